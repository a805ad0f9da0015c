"""`/openapi.json`: generated from the operations, and valid by the standard's own schema."""

import json
import re
import subprocess
import sys

import pytest
from openapi_spec_validator import validate

from authwell.app import FIRST_PARTY
from authwell.middleware.api.openapi_standards import ENDPOINTS
from tests.routes.api.talking import Talker, an_application


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
        if path not in ENDPOINTS
    }

    routed = {
        (method, re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule))
        for rule in refusing.application.app.url_map.iter_rules()
        if rule.rule.startswith(tuple(part.path for part in FIRST_PARTY))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == routed


def test_a_process_that_is_never_asked_does_not_load_the_generator() -> None:
    code = "import sys, json, authwell.app; print(json.dumps('apispec' in sys.modules))"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout) is False


@pytest.mark.req("N5", "B14")
def test_what_stands_below_no_prefix_says_where_it_is(refusing: Talker) -> None:
    issuer = refusing.application.site.settings.issuer
    paths = refusing.call("GET", "/api/v1/openapi.json").json["paths"]

    elsewhere = {path for path, item in paths.items() if "servers" in item}

    assert {"/oauth/clients", "/oauth/token", "/oauth/resources"} <= elsewhere
    assert not {"/users/me", "/sessions", "/keys", "/scopes"} & elsewhere
    assert paths["/oauth/clients"]["servers"] == [{"url": issuer}]


@pytest.mark.req("A14", "B14", "N5")
@pytest.mark.parametrize("path", sorted({path for path in ENDPOINTS if "register" not in path}))
def test_what_the_document_says_of_the_standards_is_there(refusing: Talker, path: str) -> None:
    allowed = refusing.call("PROPFIND", path).headers["Allow"]
    answers = [refusing.call(method.upper(), path).status_code for method in ENDPOINTS[path]]

    assert allowed
    assert set(answers) <= {200, 400, 401}


@pytest.mark.req("N5", "K26", "HT-08")
@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/api/v1/openapi.json"])
def test_documents_are_a_setting(path: str) -> None:
    with an_application(DOCS_ENABLED="false") as talker:
        answer = talker.call("GET", path)

    assert answer.status_code == 404
    assert "swagger" not in answer.text


@pytest.mark.req("J8", "N5")
def test_the_document_says_how_an_integration_proves_itself(refusing: Talker) -> None:
    document = refusing.call("GET", "/openapi.json").json

    operation = document["paths"]["/webhooks/{integration_type}"]["post"]
    (needed,) = operation["security"]
    headers = {document["components"]["securitySchemes"][name]["name"] for name in needed}
    headers |= {each["name"] for each in operation["parameters"] if each["in"] == "header"}
    assert headers == {"X-API-Key", "webhook-id", "webhook-timestamp", "webhook-signature"}
