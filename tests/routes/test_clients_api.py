"""B14: the clients API, for administrators, without secrets in its answers."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.test import TestResponse

from authwell.app import create_app
from authwell.middleware.context import EXTENSION
from authwell.models.audit import audit_events
from authwell.protocol.events import EventType
from authwell.protocol.model import Account, Grant
from authwell.storage.database import Database
from authwell.storage.statements import Statement
from authwell.storage.tokens.grants import SqlGrants
from authwell.utils.randomness import new_id
from tests.conftest import NewDatabase
from tests.identity.configuration import configuring
from tests.identity.configuration.configuring import NOW, SECRET, Desk, alice, desk, service, web
from tests.support.statements import sent_statements

EVENTS = Statement(select(audit_events).order_by(audit_events.c.id))
PATH = "/oauth/clients"


@dataclass
class Api:
    """The API in the hands of somebody with a token."""

    app: Flask
    here: Desk
    now: datetime = NOW

    @property
    def browser(self) -> FlaskClient:
        return self.app.test_client()

    def token(self, client_id: str = "boss", scope: str = "admin") -> str:
        response = self.browser.post(
            "/oauth/token",
            data={"grant_type": "client_credentials", "scope": scope},
            auth=(client_id, SECRET),
        )
        return str(response.get_json()["access_token"])

    def call(
        self, method: str, path: str = "", body: Any = None, token: str | None = None, **more: Any
    ) -> TestResponse:
        bearer = token if token is not None else self.token()
        if body is not None:
            more["json"] = body
        headers = {"Authorization": f"Bearer {bearer}"}
        return self.browser.open(PATH + path, method=method, headers=headers, **more)


@pytest.fixture(scope="module")
def api(new_database: NewDatabase) -> Iterator[Api]:
    url = new_database("sqlite")
    here = desk(url)
    settings = configuring.settings(url, RATE_LIMITING_ENABLED="false", LOG_LEVEL="ERROR")
    app = create_app(settings, lambda: NOW)
    here.apply(
        {
            "scopes": [{"name": "read"}],
            "clients": [
                service(client_id="boss", scope="admin read"),
                service(client_id="worker", scope="read"),
            ],
            "accounts": [alice(roles=["admin"]), {"username": "bob"}],
        }
    )
    yield Api(app, here)
    here.database.close()


def problem(response: TestResponse) -> dict[str, Any]:
    assert response.content_type == "application/problem+json"
    found: dict[str, Any] = response.get_json()
    assert found["status"] == response.status_code
    return found


@pytest.mark.req("B14", "1.1")
def test_a_client_lives_through_the_api(api: Api) -> None:
    made = api.call("POST", body=web(client_id="life", client_secret=None))
    read = api.call("GET", "/life")
    changed = api.call("PATCH", "/life", {"client_name": "Life", "scope": None})
    replaced = api.call("PUT", "/life", {"redirect_uris": ["https://life.example/cb"]})
    rotated = api.call("POST", "/life/rotate-secret")
    deleted = api.call("DELETE", "/life")
    gone = api.call("GET", "/life")

    assert made.status_code == 201
    assert made.headers["Location"] == "http://localhost:5000/oauth/clients/life"
    assert made.get_json()["client_secret_expires_at"] == 0
    assert read.get_json()["client_id_issued_at"] == int(NOW.timestamp())
    assert changed.get_json()["client_name"] == "Life"
    assert "scope" not in changed.get_json()
    assert "client_name" not in replaced.get_json()
    assert rotated.get_json()["client_secret"] != made.get_json()["client_secret"]
    assert deleted.status_code == 204
    assert problem(gone)["code"] == "not_found"


@pytest.mark.req("1.1", "B14")
def test_no_answer_but_the_first_has_a_secret(api: Api) -> None:
    made = api.call("POST", body=web(client_id="quiet"))

    answers = [
        made,
        api.call("GET", "/quiet"),
        api.call("GET"),
        api.call("PATCH", "/quiet", {"client_name": "Quiet"}),
    ]

    assert made.status_code == 201
    assert all(SECRET not in answer.text for answer in answers)
    assert all('"client_secret' not in answer.text for answer in answers)
    assert all(answer.headers["Cache-Control"] == "no-store" for answer in answers)


@pytest.mark.req("1.1")
def test_two_secrets_are_good_after_a_rotation(api: Api) -> None:
    first = api.call("POST", body=service(client_id="turns", client_secret=None)).get_json()

    second = api.call("POST", "/turns/rotate-secret", {"overlap_seconds": 60}).get_json()
    third = api.call("POST", "/turns/rotate-secret", {"overlap_seconds": 0}).get_json()

    kept = api.here.configurator.client("turns").secrets
    secrets = api.here.configurator.rules.secrets
    assert secrets.is_one_of(kept, third["client_secret"])
    assert not secrets.is_one_of(kept, second["client_secret"])
    assert not secrets.is_one_of(kept, first["client_secret"])


def test_a_client_without_a_name_is_given_one(api: Api) -> None:
    made = api.call("POST", body=service(client_id=None, client_secret=None)).get_json()

    assert len(made["client_id"]) == 24
    assert api.call("GET", f"/{made['client_id']}").status_code == 200


def test_an_answer_can_be_sent_back(api: Api) -> None:
    api.call("POST", body=web(client_id="round"))
    read = api.call("GET", "/round").get_json()

    written = api.call("PUT", "/round", read)

    assert written.get_json() == read


@pytest.mark.req("B14")
def test_pages_follow_a_cursor_and_miss_nothing(api: Api) -> None:
    for number in range(5):
        api.call("POST", body=service(client_id=f"page-{number}"))
    seen: list[str] = []
    cursor = ""

    while True:
        page = api.call("GET", f"?limit=2{cursor}").get_json()
        seen += [client["client_id"] for client in page["clients"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"

    everyone = [client.client_id for client in api.here.configurator.state().clients]
    assert seen == everyone


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("?limit=0", "invalid_request"),
        ("?limit=201", "invalid_request"),
        ("?limit=x", "invalid_request"),
        ("?limit=٣", "invalid_request"),
        ("?cursor=%C3%BC", "invalid_request"),
        ("?cursor=AAAA", "invalid_request"),
        ("?cursor=A", "invalid_request"),
        ("?sort=secret", "invalid_request"),
        ("?status=gone", "invalid_request"),
        ("?name=x", "invalid_request"),
    ],
)
def test_an_odd_page_is_refused(api: Api, query: str, code: str) -> None:
    response = api.call("GET", query)

    assert response.status_code == 400
    assert problem(response)["code"] == code


@pytest.mark.req("TK-09", "B14")
@pytest.mark.parametrize(
    ("header", "status", "code"),
    [
        (None, 401, "missing_token"),
        ("Basic Ym9zczpzZWNyZXQ=", 401, "missing_token"),
        ("Bearer nonsense", 401, "invalid_token"),
        ("Bearer", 401, "missing_token"),
    ],
)
def test_without_a_good_token_nothing_is_told(
    api: Api, header: str | None, status: int, code: str
) -> None:
    response = api.browser.get(PATH, headers={"Authorization": header} if header else {})

    assert response.status_code == status
    assert response.headers["WWW-Authenticate"].startswith("Bearer ")
    assert problem(response)["code"] == code


@pytest.mark.req("TK-09", "CA-15")
def test_another_scope_is_not_enough(api: Api) -> None:
    response = api.call("GET", token=api.token("worker", "read"))

    assert response.status_code == 403
    assert problem(response)["code"] == "insufficient_scope"


@pytest.mark.req("TK-09")
def test_a_client_that_is_not_registered_for_admin_gets_no_such_token(api: Api) -> None:
    response = api.browser.post(
        "/oauth/token",
        data={"grant_type": "client_credentials", "scope": "admin"},
        auth=("worker", SECRET),
    )

    assert response.get_json()["error"] == "invalid_scope"


def test_taking_the_scope_away_takes_effect_within_a_second(api: Api) -> None:
    api.call("POST", body=service(client_id="former", scope="admin"))
    token = api.token("former")
    before = api.call("GET", token=token)

    api.call("PATCH", "/former", {"scope": "read"})
    server = api.app.extensions[EXTENSION].snapshots
    server.newer(server.current()[0])

    assert before.status_code == 200
    assert api.call("GET", token=token).status_code == 403


@pytest.mark.parametrize(
    ("body", "code", "member"),
    [
        (web(redirect_uris=["http://far.example/cb"]), "invalid_redirect_uri", "redirect_uris"),
        (web(redirect_uris=[]), "invalid_redirect_uri", "redirect_uris"),
        (web(redirect_uris="x"), "invalid_client_metadata", "redirect_uris"),
        (web(redirect_uris=[1]), "invalid_client_metadata", "redirect_uris"),
        (web(require_auth_time="yes"), "invalid_client_metadata", "require_auth_time"),
        (web(access_token_lifetime=1.5), "invalid_client_metadata", "access_token_lifetime"),
        (web(redirect_uri="https://x.example"), "unknown_member", "redirect_uri"),
        (web(client_secret=" "), "invalid_value", "client_secret"),
        (web(client_secret={"env": "HOME"}), "invalid_client_metadata", "client_secret"),
        (web(tenant="acme"), "unsupported_tenant", "tenant"),
        (web(status="gone"), "invalid_client_metadata", "status"),
        (web(client_id="a b"), "invalid_client_metadata", "client_id"),
    ],
)
def test_a_wrong_member_is_named(api: Api, body: Any, code: str, member: str) -> None:
    response = api.call("POST", body={"client_id": "wrong", **body})

    found = problem(response)
    assert response.status_code == 400
    assert found["code"] == code
    assert found["errors"][0]["member"] == member
    assert found["detail"].startswith(f"{member}: ")


@pytest.mark.parametrize(
    ("data", "content_type", "status", "code"),
    [
        (b"{", "application/json", 400, "malformed_json"),
        (b"[]", "application/json", 400, "malformed_json"),
        (b"", "application/json", 400, "malformed_json"),
        (b"[" * 60_000, "application/json", 400, "malformed_json"),
        (b'{"client_id": "\\ud800"}', "application/json", 400, "malformed_json"),
        (b"client_id=x", "application/x-www-form-urlencoded", 415, "unsupported_media_type"),
        (b"x" * 70_000, "application/json", 413, "body_too_large"),
    ],
)
def test_a_body_that_is_no_client_is_refused(
    api: Api, data: bytes, content_type: str, status: int, code: str
) -> None:
    response = api.call("POST", data=data, content_type=content_type)

    assert response.status_code == status
    assert code in response.text


def test_a_client_is_registered_once(api: Api) -> None:
    api.call("POST", body=web(client_id="once"))

    response = api.call("POST", body=web(client_id="once", client_name="Again"))

    assert response.status_code == 409
    assert problem(response)["code"] == "already_exists"
    assert "client_name" not in api.call("GET", "/once").get_json()


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
@pytest.mark.parametrize("client_id", ["nobody", "a%2Fb", "%00", "%F0%9F%98%80", "x" * 300])
def test_an_unknown_client_is_not_found(api: Api, method: str, client_id: str) -> None:
    body: dict[str, Any] | None = {} if method in ("PUT", "PATCH") else None

    response = api.call(method, f"/{client_id}", body)

    assert response.status_code in (400, 404)
    assert problem(response)


def test_a_client_cannot_be_renamed(api: Api) -> None:
    api.call("POST", body=web(client_id="named"))

    response = api.call("PATCH", "/named", {"client_id": "other"})

    assert response.status_code == 400
    assert problem(response)["code"] == "client_id_differs"


def test_a_disabled_client_stays_so_when_it_is_replaced(api: Api) -> None:
    api.call("POST", body=web(client_id="off"))
    api.call("PATCH", "/off", {"status": "disabled"})

    replaced = api.call("PUT", "/off", web(client_id="off"))

    assert replaced.get_json()["status"] == "disabled"


def test_digests_cannot_be_planted(api: Api) -> None:
    digest = {"kind": "hmac", "value": "a" * 43}

    response = api.call("POST", body={**web(client_secret=None), "client_secret_digests": [digest]})

    assert response.status_code == 400
    assert problem(response)["code"] == "unknown_member"


def test_each_change_names_its_author(api: Api) -> None:
    api.call("POST", body=web(client_id="told"))
    api.call("POST", "/told/rotate-secret")

    events = [event for event in api.here.database.all(EVENTS, {}) if event.client_id == "told"]

    assert [event.type for event in events] == ["client.created", "client.updated"]
    assert {event.actor for event in events} == {"boss"}
    assert all(event.request_id for event in events)


def test_an_administrators_token_needs_the_role_still(api: Api) -> None:
    tokens = {name: _token_of(api, name) for name in ("alice", "bob")}

    answers = {name: api.call("GET", token=token).status_code for name, token in tokens.items()}

    assert answers == {"alice": 200, "bob": 403}


def _token_of(api: Api, username: str) -> str:
    """An access token about a person, signed by the server's own engine."""
    from authwell.middleware.context import authorization_server
    from authwell.protocol.resources import audience
    from authwell.protocol.tokens import access_token

    record = api.here.configurator.state().people.find_by_name(username)
    assert record is not None
    person: Account = record.account
    with api.app.test_request_context(PATH):
        server = authorization_server()
        client = server.clients.find("boss")
        assert client is not None
        scope = frozenset({"admin"})
        grant = Grant(
            id=new_id(NOW),
            tenant_id=server.tenant.id,
            client_id="boss",
            account=person,
            scope=scope,
            resources=(),
            created_at=NOW,
            expires_at=NOW + timedelta(days=1),
        )
        database: Database = api.here.database
        SqlGrants(database).start(grant, server.event(EventType.AUTHORIZATION_GRANTED, grant=grant))
        content = access_token.Content(
            client,
            grant,
            audience(server.tenant, client, (), scope),
            scope,
            NOW + timedelta(hours=1),
        )
        return access_token.sign(server, content)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=8,
)


@settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60
)
@given(
    body=st.dictionaries(
        st.sampled_from(["client_id", "redirect_uris", "scope", "jwks", "status", "contacts"])
        | st.text(max_size=9),
        JSON,
        max_size=5,
    )
)
def test_no_body_crashes_the_api(api: Api, body: dict[str, Any]) -> None:
    response = api.call("POST", body=body)

    assert response.status_code in (201, 400, 409)


@pytest.mark.req("B14", "1.1")
def test_a_list_is_filtered_and_turned_round(api: Api) -> None:
    for name in ("filter-a", "filter-b", "filter_c"):
        api.call("POST", body=service(client_id=name))
    api.call("PATCH", "/filter-b", {"status": "disabled"})

    def found(query: str) -> list[str]:
        return [client["client_id"] for client in api.call("GET", query).get_json()["clients"]]

    assert found("?q=filter-") == ["filter-a", "filter-b"]
    assert found("?q=filter-&sort=-client_id") == ["filter-b", "filter-a"]
    assert found("?q=filter-&status=disabled") == ["filter-b"]
    assert found("?q=%25") == []


@pytest.mark.req("B14", "TN-10")
def test_a_cursor_goes_with_its_filters(api: Api) -> None:
    for name in ("bound-a", "bound-b"):
        api.call("POST", body=service(client_id=name))
    cursor = api.call("GET", "?q=bound-&limit=1").get_json()["next_cursor"]

    elsewhere = api.call("GET", f"?q=&limit=1&cursor={cursor}")
    other = api.call("GET", f"?q=bound&limit=1&cursor={cursor}")

    assert {elsewhere.status_code, other.status_code} == {400}


@pytest.mark.req("B14", "TN-14")
def test_nobody_writes_over_a_version_that_they_have_not_seen(api: Api) -> None:
    made = api.call("POST", body=web(client_id="versions"))
    seen = api.call("GET", "/versions")
    api.call("PATCH", "/versions", {"client_name": "Another"})
    old = {"If-Match": seen.headers["ETag"]}

    def conditional(method: str, headers: dict[str, str], body: Any = None) -> TestResponse:
        bearer = {"Authorization": f"Bearer {api.token()}"}
        path = f"{PATH}/versions"
        return api.browser.open(path, method=method, headers=bearer | headers, json=body)

    refused = [
        conditional("PUT", old, {"redirect_uris": ["https://x.example/cb"]}),
        conditional("PATCH", old, {"client_name": "Mine"}),
        conditional("DELETE", old),
    ]
    now = api.call("GET", "/versions")
    unchanged = conditional("GET", {"If-None-Match": now.headers["ETag"]})
    written = conditional("PATCH", {"If-Match": now.headers["ETag"]}, {"client_name": "Mine"})

    assert made.headers["ETag"] == seen.headers["ETag"]
    assert [(each.status_code, problem(each)["code"]) for each in refused] == [
        (412, "changed_meanwhile")
    ] * 3
    assert unchanged.status_code == 304
    assert (written.status_code, written.get_json()["client_name"]) == (200, "Mine")
    assert written.headers["ETag"] != now.headers["ETag"]
    assert conditional("DELETE", {"If-Match": written.headers["ETag"]}).status_code == 204


@pytest.mark.req("B14")
def test_a_page_takes_a_few_statements(api: Api) -> None:
    token = api.token()
    api.call("GET", "?limit=200", token=token)

    with sent_statements() as sent:
        answer = api.call("GET", "?limit=200", token=token)

    assert answer.status_code == 200
    assert 0 < len(sent) <= 5, sent
