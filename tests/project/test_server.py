"""The server as the other tests start it."""

import json
import urllib.request

import pytest

from tests.conftest import NewDatabase
from tests.parts.server import StartServer


def get(url: str) -> dict[str, object]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        found: dict[str, object] = json.load(answer)
    return found


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("program", ["granian", "gunicorn"])
def test_a_started_server_publishes_its_issuer(
    start_server: StartServer, new_database: NewDatabase, program: str, kind: str
) -> None:
    server = start_server(SERVER=program, DATABASE_URL=new_database(kind))

    found = get(f"{server.url}/.well-known/openid-configuration")

    assert found["issuer"] == server.url
    server.stop()


def test_a_killed_server_comes_back_on_its_port(start_server: StartServer) -> None:
    server = start_server()
    keys = get(f"{server.url}/.well-known/jwks.json")

    server.kill()
    server.start_again()

    assert get(f"{server.url}/.well-known/jwks.json") == keys
    server.stop()
