"""`/openapi.json`: generated from the operations, and valid by the standard's own schema."""

import json
import subprocess
import sys

import pytest
from openapi_spec_validator import validate

from tests.routes.api.talking import Talker


@pytest.mark.req("N5")
@pytest.mark.parametrize(
    ("path", "below"), [("/openapi.json", ""), ("/api/v1/openapi.json", "/api/v1")]
)
def test_the_document_is_valid_and_names_where_its_paths_are(
    refusing: Talker, path: str, below: str
) -> None:
    document = refusing.call("GET", path).json

    validate(document)
    assert document["openapi"].startswith("3.1")
    assert document["servers"] == [{"url": refusing.application.site.settings.issuer + below}]
    log_in = document["paths"]["/auth/login"]["post"]
    assert set(log_in["requestBody"]["content"]) == {
        "application/json",
        "application/x-www-form-urlencoded",
    }
    assert {"200", "400", "401", "429"} <= set(log_in["responses"])
    assert document["paths"]["/users/me"]["get"]["security"] == [
        {"bearer": ["account"]},
        {"api_key": ["read:user"]},
    ]


@pytest.mark.req("A14", "N5")
def test_what_is_routed_is_what_is_described(refusing: Talker) -> None:
    described = {
        (method.upper(), path)
        for path, operations in refusing.call("GET", "/openapi.json").json["paths"].items()
        for method in operations
    }

    routed = {
        (method, str(rule.rule).replace("<", "{").replace(">", "}"))
        for rule in refusing.application.app.url_map.iter_rules()
        if rule.rule.startswith(("/auth/", "/users", "/sessions", "/webhook-endpoints"))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == routed


def test_a_process_that_is_never_asked_does_not_load_the_generator() -> None:
    code = "import sys, json, authwell.app; print(json.dumps('apispec' in sys.modules))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) is False
