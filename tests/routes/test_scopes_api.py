"""`/scopes` and `/oauth/resources`: administrators say what clients may ask for."""

from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.routes.login.conftest import ISSUER, Here, clock, make_here
from tests.support.configuration import document, secret_of, service
from tests.support.site import basic

__all__ = ["clock", "make_here"]

NOTES = "https://notes.example/v1"


@pytest.fixture(scope="module")
def here(make_here: Any) -> Iterator[Here]:
    """The application of the module."""
    made: Here = make_here()
    made.apply(**document(clients=[service("scope-admin", scope="admin")]))
    yield made
    made.site.database.close()


def call(here: Here, method: str, path: str, body: Any = None, **query: str) -> httpx2.Response:
    answer = here.http.post(
        f"{ISSUER}/oauth/token",
        data={"grant_type": "client_credentials", "scope": "admin"},
        headers=basic("scope-admin", secret_of("scope-admin")),
    )
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    return here.http.request(
        method, ISSUER + path, headers=headers, json=body, params=query or None
    )


@pytest.mark.req("B14", "B16")
def test_a_scope_lives_through_the_api(here: Here) -> None:
    made = call(here, "POST", "/scopes", {"name": "notes:read", "description": "Read notes"})
    again = call(here, "POST", "/scopes", {"name": "notes:read", "description": "Other words"})
    changed = call(here, "PUT", "/api/v1/scopes/notes:read", {"description": "See your notes"})
    listed = call(here, "GET", "/scopes").json()["scopes"]
    deleted = call(here, "DELETE", "/scopes/notes:read")
    gone = call(here, "GET", "/scopes/notes:read")

    assert (made.status_code, again.status_code) == (201, 409)
    assert again.json()["code"] == "already_exists"
    assert changed.json() == {"name": "notes:read", "description": "See your notes"}
    assert changed.json() in listed
    assert (deleted.status_code, gone.status_code) == (204, 404)


@pytest.mark.req("TN-05", "B16")
@pytest.mark.parametrize("scope", ["admin", "account", "openid", "roles"])
def test_nobody_owns_a_scope_that_is_built_in(here: Here, scope: str) -> None:
    # It would be an audience of everybody's tokens, and say how long they live.
    entry = {"identifier": "https://mine.example", "scopes": [scope], "access_token_lifetime": 1}

    refused = call(here, "POST", "/oauth/resources", entry)

    assert refused.status_code == 400
    assert list(refused.json()["errors"]) == ["scopes"]


@pytest.mark.req("TN-05", "B16")
@pytest.mark.parametrize("scope", ["admin", "account"])
def test_nobody_describes_our_own_apis_otherwise(here: Here, scope: str) -> None:
    refused = call(here, "POST", "/scopes", {"name": scope, "description": "See your name"})

    assert refused.status_code == 400


@pytest.mark.req("B14", "B16")
def test_what_others_need_is_not_deleted(here: Here) -> None:
    used = call(here, "DELETE", "/scopes/read")

    assert (used.status_code, used.json()["code"]) == (409, "in_use")
    assert "resource https://api.example" in used.json()["detail"]
    assert call(here, "GET", "/scopes/read").status_code == 200


@pytest.mark.req("B14", "B16")
def test_a_resource_lives_through_the_api(here: Here) -> None:
    path, entry = "/oauth/resources", {"identifier": NOTES, "name": "Notes", "scopes": ["other"]}
    made = call(here, "POST", path, entry | {"access_token_lifetime": 60, "scopes": []})
    again = call(here, "POST", path, entry)
    replaced = call(here, "PUT", path, {"identifier": NOTES, "name": "My notes"})
    found = call(here, "GET", path, identifier=NOTES).json()["resources"]
    deleted = call(here, "DELETE", path, identifier=NOTES)

    assert (made.status_code, again.status_code) == (201, 409)
    assert made.json()["access_token_lifetime"] == 60
    assert found == [replaced.json()]
    assert (replaced.json()["name"], "access_token_lifetime" in replaced.json()) == (
        "My notes",
        False,
    )
    assert deleted.status_code == 204
    assert call(here, "GET", path, identifier=NOTES).json()["resources"] == []


@pytest.mark.req("AU-14", "AU-15", "HT-06")
@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/scopes", {"name": "a b", "description": "x"}, 400),
        ("POST", "/scopes", {"name": "x"}, 400),
        ("POST", "/scopes", {"name": 1, "description": "x"}, 400),
        ("POST", "/scopes", {"name": "x\x00", "description": "x"}, 400),
        ("PUT", "/scopes/nobody", {"description": "x"}, 404),
        ("DELETE", "/scopes/%00", None, 404),
        ("POST", "/oauth/resources", {"identifier": "no uri"}, 400),
        ("POST", "/oauth/resources", {"identifier": NOTES, "access_token_lifetime": True}, 400),
        ("PUT", "/oauth/resources", {"identifier": "https://nobody.example"}, 404),
        ("DELETE", "/oauth/resources?identifier=https://nobody.example", None, 404),
        ("DELETE", "/oauth/resources", None, 400),
        ("GET", "/oauth/resources?name=x", None, 400),
    ],
)
def test_what_does_not_fit_is_refused(
    here: Here, method: str, path: str, body: Any, status: int
) -> None:
    answer = call(here, method, path, body)

    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.req("TK-09")
@pytest.mark.parametrize("path", ["/scopes", "/oauth/resources"])
def test_without_a_token_nothing_is_told(here: Here, path: str) -> None:
    assert here.http.get(ISSUER + path).status_code == 401
