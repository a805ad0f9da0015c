"""The generated Python client against the application, and what else the document is made into."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from importlib.util import module_from_spec, spec_from_file_location
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.parts.processes import ROOT
from tests.routes.api.people import add_account
from tests.routes.api.talking import Talker, an_application
from tests.support.application import PASSWORD

COLLECTION = json.loads((ROOT / "cURL" / "Auth System.postman_collection.json").read_text())


@pytest.fixture(scope="module")
def talker() -> Iterator[Talker]:
    with an_application() as made:
        add_account(made, "root", roles=frozenset({"admin"}))
        yield made


@pytest.fixture(scope="module")
def generated() -> Any:
    path = ROOT / "examples" / "python_client" / "authwell_api.py"
    spec = spec_from_file_location("authwell_api", path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def api(talker: Talker, generated: Any, **credentials: str) -> Any:
    """A client whose requests go to the application in this process."""

    def send(
        method: str, url: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[int, bytes]:
        parts = urlsplit(url)
        answer = talker.call(
            method, f"{parts.path}?{parts.query}", headers=dict(headers), data=body
        )
        return answer.status_code, answer.text.encode()

    return generated.Authwell("http://localhost", send=send, **credentials)


@pytest.mark.req("4.6")
def test_a_program_logs_in_and_reads_and_changes_its_account(
    talker: Talker, generated: Any
) -> None:
    client = api(talker, generated)
    tokens = client.post_auth_login({"username": "alice", "password": PASSWORD})
    client.token = tokens["access_token"]

    changed = client.put_users_me({"full_name": "Alice Example"})
    sessions = client.get_auth_sessions()["sessions"]

    assert changed["full_name"] == client.get_users_me()["full_name"] == "Alice Example"
    assert tokens["session_id"] in [session["id"] for session in sessions]
    assert client.delete_auth_sessions_session_id(tokens["session_id"]) is None
    with pytest.raises(generated.Refused) as refused:
        client.get_users_me()
    assert refused.value.status == 401


@pytest.mark.req("4.6", "B14")
def test_an_administrator_s_program_makes_a_client(talker: Talker, generated: Any) -> None:
    token = talker.log_in("root")["access_token"]
    client = api(talker, generated, token=token)

    made = client.post_oauth_clients({"client_id": "a/b", "grant_types": ["client_credentials"]})
    listed = client.get_oauth_clients(q="a/", limit=1)["clients"]

    assert made["client_secret"]
    assert [each["client_id"] for each in listed] == ["a/b"]
    assert client.get_oauth_clients_client_id("a/b")["client_id"] == "a/b"
    assert client.delete_oauth_clients_client_id("a/b") is None


@pytest.mark.req("O21", "4.6")
def test_what_is_made_of_the_document_is_in_step_with_the_operations() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "documents.py"), "--check"]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


@pytest.mark.req("O21")
def test_the_collection_has_a_request_for_each_operation(talker: Talker) -> None:
    paths = talker.call("GET", "/openapi.json").json["paths"]
    described = {f"{method.upper()} {path}" for path, item in paths.items() for method in item}

    requests = [request for folder in COLLECTION["item"] for request in folder["item"]]

    assert {request["name"] for request in requests} == described
    kept = {variable["key"] for variable in COLLECTION["variable"]}
    used = set(re.findall(r"\{\{(\w+)\}\}", json.dumps(COLLECTION)))
    assert used <= kept
    assert "http://" not in json.dumps(COLLECTION["item"])
