"""`/sessions` and `authwell session`: administrators see and end sessions of people."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.parts.https import HttpsServer, Reply, https_server
from tests.support import jose
from tests.support.administration import Administration
from tests.support.configuration import account, client, document
from tests.support.running import running_site
from tests.support.site import Site


@pytest.fixture(scope="module")
def party(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpsServer]:
    folder: Path = tmp_path_factory.mktemp("party")
    with https_server(folder) as running:
        yield running


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, party: HttpsServer) -> Iterator[Site]:
    if request.param == "postgresql":
        request.getfixturevalue("postgresql_url")
    told = client("told", backchannel_logout_uri=party.origin + "/logout")
    people = [account(name) for name in ("carol", "dave")]
    with running_site(
        request.param,
        document(clients=[told], accounts=people),
        OUTGOING_ALLOW=party.host_port,
        OUTGOING_CA_FILE=str(party.ca_file),
    ) as running:
        yield running


def call(site: Site, method: str, path: str, **query: str) -> httpx2.Response:
    bearer = Administration(site).bearer
    return site.http.request(method, site.url(path), headers=bearer, params=query)


def account_id(site: Site, username: str) -> str:
    shown = site.run("user", "show", username, "--json").stdout
    return str(json.loads(shown)["id"])


def sessions_of(site: Site, username: str) -> list[dict[str, Any]]:
    found = call(site, "GET", "sessions", account_id=account_id(site, username)).json()
    return list(found["sessions"])


def delivery(site: Site, session_id: str) -> dict[str, Any]:
    clients = call(site, "GET", f"sessions/{session_id}").json()["clients"]
    (told,) = [each["backchannel_logout"] for each in clients if each["client_id"] == "told"]
    return dict(told or {})


def wait_for(site: Site, session_id: str, status: str) -> dict[str, Any]:
    deadline = time.monotonic() + 20
    while (found := delivery(site, session_id)).get("status") != status:
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    return found


@pytest.mark.req("F7", "F8", "oidcc-backchannel-rp-initiated-logout")
def test_an_administrator_ends_a_session_and_sees_that_its_client_was_told(
    site: Site, party: HttpsServer
) -> None:
    party.replies["/logout"] = Reply(status=204)
    tokens = site.tokens("told", username="carol")
    (listed,) = sessions_of(site, "carol")
    shown = call(site, "GET", f"sessions/{listed['id']}").json()

    ended = [call(site, "DELETE", f"sessions/{listed['id']}").status_code for _ in range(2)]

    told = wait_for(site, listed["id"], "delivered")
    assert (listed["username"], listed["ended_at"]) == ("carol", None)
    assert shown["clients"] == [
        {
            "client_id": "told",
            "sid": jose.claims_of(tokens["id_token"])["sid"],
            "backchannel_logout": None,
        }
    ]
    assert ended == [204, 204]
    assert (told["attempts"], told["last_error"], told["next_attempt_at"]) == (1, None, None)
    assert not site.is_active(tokens["access_token"]) or "offline_access" in tokens["scope"]
    events = site.sql(
        "SELECT type, actor FROM audit_events WHERE session_id = :id", id=listed["id"]
    )
    kinds = [event["type"] for event in events]
    assert kinds.count("session.ended") == 1
    assert kinds.count("backchannel_logout.delivered") == 1
    assert "admin" in {event["actor"] for event in events}


@pytest.mark.req("F7", "F8")
def test_the_command_line_does_the_same_and_shows_a_failure(site: Site, party: HttpsServer) -> None:
    party.replies["/logout"] = Reply(status=500)
    site.tokens("told", username="dave")
    listed = json.loads(site.run("session", "list", "--account", "dave", "--json").stdout)
    session_id = listed[0]["id"]

    first = site.run("session", "end", session_id).stdout
    second = site.run("session", "end", session_id).stdout

    found = wait_for(site, session_id, "retrying")
    shown = site.run("session", "show", session_id).stdout
    assert "has ended" in first
    assert "had ended before" in second
    assert "500" in found["last_error"]
    assert found["next_attempt_at"] is not None
    assert "client told: retrying, attempts: " in shown
    assert site.run("session", "show", "no-such", check=False).returncode == 1


@pytest.mark.req("F7")
def test_pages_of_sessions_lead_on(site: Site) -> None:
    for _ in range(3):
        site.sign_in("web", username="bob")
    bob = account_id(site, "bob")

    first = call(site, "GET", "sessions", account_id=bob, limit="2").json()
    second = call(
        site, "GET", "sessions", account_id=bob, limit="2", cursor=first["next_cursor"]
    ).json()

    ids = [session["id"] for session in first["sessions"] + second["sessions"]]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 3
    assert second["next_cursor"] is None
    assert not any("digest" in session for session in first["sessions"])


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize("session_id", ["no-such", "%00", "x" * 300, "%F0%9F%98%80"])
def test_an_unknown_session_is_not_found(site: Site, method: str, session_id: str) -> None:
    response = call(site, method, f"sessions/{session_id}")

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "sessions"), ("GET", "sessions/x"), ("DELETE", "sessions/x")]
)
def test_only_administrators_may_ask(site: Site, method: str, path: str) -> None:
    person = site.tokens("web")["access_token"]

    without = site.http.request(method, site.url(path))
    wrong = site.http.request(method, site.url(path), headers={"Authorization": f"Bearer {person}"})

    assert (without.status_code, wrong.status_code) == (401, 403)
    assert without.headers["www-authenticate"].startswith("Bearer")
