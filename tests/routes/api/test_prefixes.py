"""Where the first-party API is found (REQUIREMENTS.md K1)."""

import pytest

from tests.routes.api.talking import Talker
from tests.support.application import PASSWORD


@pytest.mark.req("K1", "C1")
@pytest.mark.parametrize("prefix", ["", "/api/v1", "/api"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_auth_is_under_each_prefix_with_and_without_a_slash(
    refusing: Talker, prefix: str, slash: str
) -> None:
    credentials = {"username": "alice", "password": PASSWORD}

    response = refusing.call("POST", f"{prefix}/auth/login{slash}", json=credentials)

    assert response.status_code == 200


@pytest.mark.req("K1", "K31")
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/users/me", 401),
        ("/api/v1/users/me/", 401),
        ("/api/users/me", 404),
        ("/oauth/token/", 404),
        ("/sessions", 401),
        ("/api/v1/sessions/", 401),
        ("/api/sessions", 404),
    ],
)
def test_users_are_not_under_api_and_the_protocol_is_once(
    refusing: Talker, path: str, status: int
) -> None:
    response = refusing.call("GET", path)

    assert response.status_code == status


@pytest.mark.req("K1", "M14")
@pytest.mark.parametrize("prefix", ["", "/api/v1", "/api"])
def test_what_is_not_there_is_told_as_a_problem(refusing: Talker, prefix: str) -> None:
    missing = refusing.call("GET", f"{prefix}/auth/no-such", headers={"Accept": "text/html"})
    wrong = refusing.call("PATCH", f"{prefix}/auth/login", headers={"Accept": "text/html"})

    assert (missing.status_code, missing.json["code"]) == (404, "not_found")
    assert (wrong.status_code, wrong.json["code"]) == (405, "method_not_allowed")
