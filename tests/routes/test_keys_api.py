"""`/keys`: administrators see, rotate and revoke signing keys."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from tests.routes.login.conftest import ISSUER, Here, clock, make_here
from tests.support import jose
from tests.support.configuration import document, secret_of, service
from tests.support.site import basic

__all__ = ["clock", "make_here"]

ADMIN = service("key-admin", scope="admin")


@pytest.fixture
def here(make_here: Any) -> Iterator[Here]:
    """An application of the test's own: keys are shared by everything in it."""
    made: Here = make_here()
    made.apply(**document(clients=[ADMIN, service("key-reader", scope="read")]))
    yield made
    made.site.database.close()


def token(here: Here, client_id: str = "key-admin", scope: str = "admin") -> str:
    answer = here.http.post(
        f"{ISSUER}/oauth/token",
        data={"grant_type": "client_credentials", "scope": scope},
        headers=basic(client_id, secret_of(client_id)),
    )
    return str(answer.json()["access_token"])


def call(
    here: Here, method: str, path: str = "", body: Any = None, bearer: str | None = None
) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {bearer or token(here)}"}
    return here.http.request(method, f"{ISSUER}/keys{path}", headers=headers, json=body)


def latest(here: Here) -> None:
    """A snapshot is believed for a second; the tests do not wait that long."""
    snapshots = here.site.snapshots
    snapshots.newer(snapshots.current()[0])


def kids(here: Here, state: str, alg: str = "RS256") -> list[str]:
    found = call(here, "GET", f"?state={state}&alg={alg}").json()["keys"]
    return [key["kid"] for key in found]


def published(here: Here) -> set[str]:
    found = here.http.get(f"{ISSUER}/.well-known/jwks.json").json()["keys"]
    return {key["kid"] for key in found}


@pytest.mark.req("1.8", "N5")
def test_keys_are_listed_with_their_calendar_and_without_secrets(here: Here) -> None:
    answer = call(here, "GET")

    listed = answer.json()
    active = [key for key in listed["keys"] if (key["alg"], key["state"]) == ("RS256", "active")]
    following = [key for key in listed["keys"] if (key["alg"], key["state"]) == ("RS256", "next")]
    assert len(active) == len(following) == 1
    assert ("activate", following[0]["kid"]) in [
        (step["action"], step["kid"]) for step in listed["calendar"]
    ]
    private = {"d", "p", "q", "dp", "dq", "qi", "k"}
    assert not any(private & key["public_jwk"].keys() for key in listed["keys"])
    assert call(here, "GET", f"/{active[0]['kid']}").json() == active[0]


@pytest.mark.req("1.8", "DC-04")
def test_a_rotation_waits_for_caches_unless_it_is_told_not_to(here: Here) -> None:
    (before,) = kids(here, "active")
    (following,) = kids(here, "next")

    early = call(here, "POST", "/rotate", {"alg": "RS256"})
    at_once = call(here, "POST", "/rotate", {"alg": "RS256", "at_once": True})
    latest(here)

    assert (early.status_code, early.json()["code"]) == (409, "not_rotated")
    assert at_once.json() == {"rotated": [{"alg": "RS256", "kid": following}]}
    assert kids(here, "active") == [following]
    assert kids(here, "retiring") == [before]
    assert {before, following} <= published(here)


@pytest.mark.req("1.8")
def test_all_algorithms_are_rotated_when_their_time_has_come(here: Here) -> None:
    active = {key["alg"] for key in call(here, "GET", "?state=active").json()["keys"]}
    here.clock.move(timedelta(days=1))

    rotated = call(here, "POST", "/rotate", {}).json()["rotated"]

    assert {each["alg"] for each in rotated} == active


@pytest.mark.req("1.8", "DC-04", "TK-09")
def test_nothing_that_a_revoked_key_signed_is_believed(here: Here) -> None:
    (known,) = kids(here, "active")
    bearer = token(here)
    assert jose.header_of(bearer)["kid"] == known

    revoked = call(here, "POST", f"/{known}/revoke")
    again = call(here, "POST", f"/{known}/revoke", bearer=token(here))
    latest(here)

    assert (revoked.status_code, again.status_code) == (204, 204)
    assert call(here, "GET", bearer=bearer).status_code == 401
    assert known not in published(here)
    kept = call(here, "GET", f"/{known}").json()
    assert (kept["state"], kept["revoked_at"] is None) == ("retired", False)
    assert len(kids(here, "active")) == len(kids(here, "next")) == 1
    assert jose.header_of(token(here))["kid"] == kids(here, "active")[0]


@pytest.mark.req("1.8", "L1")
def test_who_revoked_a_key_is_in_the_audit_log(here: Here) -> None:
    (following,) = kids(here, "next")

    call(here, "POST", f"/{following}/revoke")

    events = here.rows("SELECT actor, data FROM audit_events WHERE type = 'key.revoked'")
    assert [event["actor"] for event in events] == ["key-admin"]
    assert following in events[0]["data"]
    assert len(kids(here, "next")) == 1


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("GET", "/nobody", None, 404, "not_found"),
        ("POST", "/nobody/revoke", None, 404, "not_found"),
        ("POST", "/rotate", {"alg": "none"}, 400, "unknown_algorithm"),
        ("POST", "/rotate", {"at_once": "yes"}, 400, "invalid_request"),
        ("POST", "/rotate", {"when": 1}, 400, "invalid_request"),
        ("GET", "?state=gone", None, 400, "invalid_request"),
        ("GET", "/%00", None, 404, "not_found"),
    ],
)
def test_what_does_not_fit_is_refused(
    here: Here, method: str, path: str, body: Any, status: int, code: str
) -> None:
    answer = call(here, method, path, body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.req("TK-09")
def test_keys_are_for_administrators(here: Here) -> None:
    bearer = token(here, "key-reader", "read")

    answers = [
        call(here, method, path, bearer=bearer)
        for method, path in [("GET", ""), ("GET", "/x"), ("POST", "/rotate"), ("POST", "/x/revoke")]
    ]

    assert {answer.status_code for answer in answers} == {403}
