"""`/integrations`, and `/webhooks/{integration_type}`: other systems that send us events."""

import json
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from authwell.routes.integrations.schemas import (
    IntegrationsSchema,
    MadeIntegrationSchema,
    MessagesSchema,
    TakenSchema,
)
from authwell.utils.standard_webhooks import key_of, signed
from tests.routes.api.people import BOB, add_account, change_account
from tests.routes.api.talking import Answer, Talker, an_application

PATH = "/integrations"
EVENT = {"type": "employee.left", "data": {"number": 7}}


@pytest.fixture(scope="module")
def talker() -> Iterator[Talker]:
    with an_application() as talker:
        change_account(talker, "alice", roles=("admin",))
        add_account(talker, BOB)
        yield talker


@pytest.fixture(scope="module")
def admin(talker: Talker) -> str:
    return talker.token()


def make(talker: Talker, admin: str, called: str, /, **changes: Any) -> Answer:
    members = {"type": "custom", "name": called, **changes}
    return talker.call("POST", PATH, token=admin, json=members)


def tell(
    talker: Talker,
    made: dict[str, Any],
    event: Any = EVENT,
    *,
    message_id: str = "msg-1",
    path: str = "/webhooks/custom",
    at: datetime | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    sent = signed([key_of(made["secret"])], message_id, at or datetime.now(UTC), body)
    sent |= {"X-API-Key": made["api_key"], **(headers or {})}
    return talker.call("POST", path, headers=sent, data=body, content_type="application/json")


def events_of(talker: Talker, admin: str, made: dict[str, Any]) -> list[dict[str, Any]]:
    answer = talker.call("GET", f"{PATH}/{made['id']}/events", token=admin)
    assert MessagesSchema().validate(answer.json) == {}
    return list(answer.json["events"])


@pytest.mark.req("J6")
@pytest.mark.parametrize("kind", ["oauth2", "api_key", "custom"])
def test_an_integration_is_made_shown_changed_and_deleted(
    talker: Talker, admin: str, kind: str
) -> None:
    made = make(talker, admin, f"hr {kind}", type=kind, config={"region": "eu"})
    one = f"{PATH}/{made.json['id']}"

    changed = talker.call("PUT", one, token=admin, json={"description": "People"})
    shown = talker.call("GET", one, token=admin)
    listed = talker.call("GET", f"/api/v1{PATH}/?type={kind}", token=admin)

    assert made.status_code == 201
    assert MadeIntegrationSchema().validate(made.json) == {}
    assert (changed.json["description"], changed.json["config"]) == ("People", {"region": "eu"})
    assert shown.json == changed.json
    assert IntegrationsSchema().validate(listed.json) == {}
    assert made.json["id"] in [found["id"] for found in listed.json["integrations"]]
    for secret in (made.json["api_key"], made.json["secret"]):
        assert secret not in shown.text + changed.text + listed.text
    assert talker.call("DELETE", one, token=admin).status_code == 204
    assert talker.call("GET", one, token=admin).status_code == 404


@pytest.mark.req("J8", "3.5")
def test_an_event_is_taken_once_however_often_it_comes(talker: Talker, admin: str) -> None:
    made = make(talker, admin, "once").json

    first = tell(talker, made)
    again = tell(talker, made)
    another = tell(talker, made, {"type": "employee.came"})

    assert (first.status_code, first.json) == (202, {"id": "msg-1", "status": "accepted"})
    assert TakenSchema().validate(first.json) == {}
    assert (again.status_code, again.json["status"]) == (200, "duplicate")
    assert (another.status_code, another.json["code"]) == (409, "conflict")
    (kept,) = events_of(talker, admin, made)
    assert (kept["id"], kept["payload"]) == ("msg-1", EVENT)


@pytest.mark.req("J8", "3.5")
def test_of_many_at_once_one_is_taken(talker: Talker, admin: str) -> None:
    made = make(talker, admin, "raced").json

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: tell(talker, made, message_id="raced"), range(8)))

    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [202]
    assert len(events_of(talker, admin, made)) == 1


@pytest.mark.req("J8", "3.5", "WH-05")
@pytest.mark.parametrize(
    "headers",
    [
        {"webhook-signature": "v1,AAAA"},
        {"webhook-signature": ""},
        {"webhook-timestamp": "1"},
        {"webhook-timestamp": "soon"},
        {"webhook-id": "other"},
        {"webhook-id": ""},
        {"webhook-id": "x" * 300},
    ],
)
def test_what_is_not_signed_for_this_moment_is_refused(
    talker: Talker, admin: str, headers: dict[str, str]
) -> None:
    made = make(talker, admin, f"unsigned {json.dumps(headers)[:90]}").json

    answer = tell(talker, made, headers=headers)

    assert (answer.status_code, answer.json["code"]) == (401, "invalid_signature")
    assert events_of(talker, admin, made) == []
    assert tell(talker, made).status_code == 202


@pytest.mark.req("3.5", "WH-05")
def test_an_old_message_is_not_sent_again_by_a_stranger(talker: Talker, admin: str) -> None:
    made = make(talker, admin, "old").json

    answer = tell(talker, made, at=datetime.now(UTC) - timedelta(minutes=6))

    assert answer.status_code == 401


@pytest.mark.req("J8", "J9")
def test_without_a_key_of_an_integration_of_that_type_nothing_is_taken(
    talker: Talker, admin: str
) -> None:
    made = make(talker, admin, "keyed").json
    foreign = {**made, "api_key": "ask_" + "x" * 43}

    assert tell(talker, foreign).json["code"] == "invalid_api_key"
    assert tell(talker, made, path="/webhooks/oauth2").status_code == 401
    assert tell(talker, made, path="/webhooks/nothing").status_code == 401
    assert talker.call("POST", "/webhooks/custom", json=EVENT).status_code == 401
    assert talker.call("GET", "/auth/me", key=made["api_key"]).status_code == 401


def test_a_disabled_integration_is_not_heard(talker: Talker, admin: str) -> None:
    made = make(talker, admin, "disabled").json
    talker.call("PUT", f"{PATH}/{made['id']}", token=admin, json={"status": "disabled"})

    assert tell(talker, made).status_code == 401


@pytest.mark.req("J7")
def test_new_credentials_leave_the_old_ones_a_while_or_not(talker: Talker, admin: str) -> None:
    old = make(talker, admin, "renewed").json
    path = f"/api/v1{PATH}/{old['id']}/regenerate-secret"

    new = talker.call("POST", path, token=admin, json={"overlap_seconds": 3600}).json
    during = [tell(talker, old, message_id="a"), tell(talker, new, message_id="b")]
    last = talker.call("POST", path, token=admin, json={"overlap_seconds": 0}).json
    after = [tell(talker, each, message_id="c") for each in (old, new, last)]

    assert [answer.status_code for answer in during] == [202, 202]
    assert [answer.status_code for answer in after] == [401, 401, 202]


@pytest.mark.parametrize("body", [b"", b"[]", b'"x"', b"{}", b'{"type": 5}', b'{"type": ""}', b"{"])
def test_what_is_no_message_is_refused(talker: Talker, admin: str, body: bytes) -> None:
    made = make(talker, admin, f"odd {body!r}").json

    answer = tell(talker, made, body)

    assert (answer.status_code, answer.json["code"]) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("type", "saml"),
        ("name", ""),
        ("config", {"x": "y" * 5000}),
        ("config", "text"),
        ("status", "on"),
        ("api_key", "mine"),
    ],
)
def test_what_does_not_fit_is_refused_by_member(
    talker: Talker, admin: str, member: str, value: object
) -> None:
    answer = make(talker, admin, "never", **{member: value})

    assert (answer.status_code, answer.json["code"]) == (400, "invalid_request")
    assert any(name.startswith(member) for name in answer.json["errors"])


def test_a_name_is_one_integrations(talker: Talker, admin: str) -> None:
    make(talker, admin, "taken")

    assert make(talker, admin, "taken").status_code == 409


def test_who_has_not_seen_the_present_version_changes_nothing(talker: Talker, admin: str) -> None:
    one = f"{PATH}/{make(talker, admin, 'versioned').json['id']}"
    seen = {"If-Match": talker.call("GET", one, token=admin).headers["ETag"]}

    first = talker.call("PUT", one, token=admin, headers=seen, json={"description": "first"})
    second = talker.call("PUT", one, token=admin, headers=seen, json={"description": "second"})

    assert (first.status_code, second.status_code) == (200, 412)
    assert talker.call("DELETE", one, token=admin, headers=seen).status_code == 412


@pytest.mark.req("J6")
def test_only_administrators_may(talker: Talker) -> None:
    token = talker.log_in(BOB)["access_token"]

    for method, path in (("GET", PATH), ("POST", PATH), ("PUT", f"{PATH}/x"), ("GET", f"{PATH}/x")):
        assert talker.call(method, path).status_code == 401
        assert talker.call(method, path, token=token, json={}).status_code == 403


@pytest.mark.req("J8", "HT-04")
def test_what_could_not_be_shown_again_is_not_kept(talker: Talker, admin: str) -> None:
    deep = b'{"type": "x", "data": ' + b"[" * 300 + b"]" * 300 + b"}"
    made = make(talker, admin, "deep").json

    refused = tell(talker, made, deep)
    config = talker.call(
        "POST",
        PATH,
        token=admin,
        data=b'{"config": ' + deep + b"}",
        content_type="application/json",
    )

    assert (refused.status_code, config.status_code) == (400, 400)
    assert events_of(talker, admin, made) == []
    assert talker.call("GET", PATH, token=admin).status_code == 200
