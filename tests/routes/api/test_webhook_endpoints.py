"""`/webhook-endpoints`: administrators choose who is told of events."""

from collections.abc import Iterator
from typing import Any

import pytest

from authwell.routes.webhooks.schemas import (
    DeliveriesSchema,
    EndpointsSchema,
    MadeEndpointSchema,
    WholeDeliverySchema,
)
from authwell.storage.webhooks.queue import WEBHOOK, WebhookQueue
from authwell.utils.standard_webhooks import key_of
from tests.routes.api.people import BOB, add_account, change_account
from tests.routes.api.talking import Answer, Talker, an_application

PATH = "/webhook-endpoints"
URL = "https://192.0.2.44/hook"
"""Of a documentation network, which the settings allow and nobody answers at."""


@pytest.fixture(scope="module")
def talker() -> Iterator[Talker]:
    with an_application(OUTGOING_ALLOW="192.0.2.0/24") as talker:
        change_account(talker, "alice", roles=("admin",))
        add_account(talker, BOB)
        yield talker


@pytest.fixture(scope="module")
def admin(talker: Talker) -> str:
    return talker.token()


def make(talker: Talker, admin: str, called: str, /, **changes: Any) -> Answer:
    members = {"name": called, "url": URL, "event_types": ["*"], **changes}
    return talker.call("POST", PATH, token=admin, json=members)


@pytest.mark.req("4.8", "WH-05")
def test_an_endpoint_is_made_shown_changed_and_deleted(talker: Talker, admin: str) -> None:
    made = make(talker, admin, "crm", event_types=["account.deleted"])
    one = f"{PATH}/{made.json['id']}"

    changed = talker.call("PUT", one, token=admin, json={"status": "disabled"})
    shown = talker.call("GET", one, token=admin)
    listed = talker.call("GET", PATH, token=admin)

    assert made.status_code == 201
    assert MadeEndpointSchema().validate(made.json) == {}
    assert len(key_of(made.json["secret"])) == 32
    assert (changed.json["status"], changed.json["name"]) == ("disabled", "crm")
    assert shown.json == changed.json
    assert EndpointsSchema().validate(listed.json) == {}
    assert made.json["secret"] not in shown.text + listed.text + changed.text
    assert talker.call("DELETE", one, token=admin).status_code == 204
    assert talker.call("GET", one, token=admin).status_code == 404


@pytest.mark.req("WH-05")
def test_a_rotated_secret_is_shown_once_and_the_old_one_stays_a_while(
    talker: Talker, admin: str
) -> None:
    made = make(talker, admin, "rotating").json
    one = f"{PATH}/{made['id']}"

    rotated = talker.call("POST", f"{one}/rotate-secret", token=admin, json={"overlap_seconds": 60})

    assert rotated.status_code == 200
    assert rotated.json["secret"] != made["secret"]
    assert rotated.json["previous_secret_until"] is not None
    at_once = talker.call("POST", f"{one}/rotate-secret", token=admin, json={"overlap_seconds": 0})
    assert at_once.json["previous_secret_until"] is None


@pytest.mark.req("4.8")
def test_a_message_is_in_the_log_and_is_sent_again_when_asked(talker: Talker, admin: str) -> None:
    one = f"{PATH}/{make(talker, admin, 'logging').json['id']}"
    site = talker.application.site
    tested = talker.call("POST", f"{one}/test", token=admin)
    delivery = f"{one}/deliveries/{tested.json['delivery_id']}"

    early = talker.call("POST", f"{delivery}/replay", token=admin)
    queue, now = WebhookQueue(site.database), site.clock()
    for entry in queue.claim(WEBHOOK, now):
        queue.finish(entry, 200, now)
    page = talker.call("GET", f"{one}/deliveries?status=delivered", token=admin)
    whole = talker.call("GET", delivery, token=admin)
    again = talker.call("POST", f"{delivery}/replay", token=admin)

    assert tested.status_code == 202
    assert (early.status_code, early.json["code"]) == (409, "conflict")
    assert DeliveriesSchema().validate(page.json) == {}
    assert [found["event_type"] for found in page.json["deliveries"]] == ["webhook.test"]
    assert WholeDeliverySchema().validate(whole.json) == {}
    assert (again.status_code, again.json["status"]) == (202, "pending")


def test_the_log_is_read_page_by_page(talker: Talker, admin: str) -> None:
    one = f"{PATH}/{make(talker, admin, 'paging').json['id']}"
    sent = [talker.call("POST", f"{one}/test", token=admin).json["delivery_id"] for _ in range(3)]

    first = talker.call("GET", f"{one}/deliveries?limit=2", token=admin).json
    cursor = first["next_cursor"]
    second = talker.call("GET", f"{one}/deliveries?limit=2&cursor={cursor}", token=admin).json

    found = [delivery["id"] for delivery in first["deliveries"] + second["deliveries"]]
    assert found == sent[::-1]
    assert second["next_cursor"] is None


@pytest.mark.req("WH-01", "WH-08")
@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("url", "https://127.0.0.1/"),
        ("url", "https://localhost./"),
        ("url", "http://192.0.2.44/"),
        ("url", "https://[fd00::1]/"),
        ("url", "not a url"),
        ("name", ""),
        ("event_types", []),
        ("event_types", ["no.such_type"]),
        ("status", "asleep"),
        ("secret", "mine"),
        ("description", 5),
    ],
)
def test_what_does_not_fit_is_refused_by_member(
    talker: Talker, admin: str, member: str, value: object
) -> None:
    answer = make(talker, admin, "never", **{member: value})

    assert (answer.status_code, answer.json["code"]) == (400, "invalid_request")
    assert any(name.startswith(member) for name in answer.json["errors"])


def test_a_name_is_one_endpoints(talker: Talker, admin: str) -> None:
    make(talker, admin, "taken")

    assert make(talker, admin, "taken").status_code == 409


def test_a_disabled_endpoint_is_not_tested(talker: Talker, admin: str) -> None:
    one = f"{PATH}/{make(talker, admin, 'off', status='disabled').json['id']}"

    answer = talker.call("POST", f"{one}/test", token=admin)

    assert (answer.status_code, answer.json["code"]) == (409, "endpoint_disabled")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", PATH),
        ("POST", PATH),
        ("GET", f"{PATH}/x"),
        ("PUT", f"{PATH}/x"),
        ("DELETE", f"{PATH}/x"),
        ("POST", f"{PATH}/x/rotate-secret"),
        ("GET", f"{PATH}/x/deliveries"),
    ],
)
def test_only_administrators_may(talker: Talker, method: str, path: str) -> None:
    token = talker.log_in(BOB)["access_token"]

    assert talker.call(method, path).status_code == 401
    assert talker.call(method, path, token=token, json={}).status_code == 403


@pytest.mark.parametrize("endpoint_id", ["x", "%00", "a" * 500])
def test_an_unknown_endpoint_is_not_found(talker: Talker, admin: str, endpoint_id: str) -> None:
    for path in (endpoint_id, f"{endpoint_id}/deliveries", f"{endpoint_id}/deliveries/x"):
        assert talker.call("GET", f"{PATH}/{path}", token=admin).status_code == 404


def test_what_is_offered_is_listed(talker: Talker, admin: str) -> None:
    found = talker.call("GET", f"{PATH}/event-types", token=admin).json["event_types"]

    assert {"type": "account.deleted", "members": []} in found


def test_who_has_not_seen_the_present_version_changes_nothing(talker: Talker, admin: str) -> None:
    one = f"{PATH}/{make(talker, admin, 'versioned').json['id']}"
    tag = talker.call("GET", one, token=admin).headers["ETag"]
    seen = {"If-Match": tag}

    first = talker.call("PUT", one, token=admin, headers=seen, json={"description": "first"})
    second = talker.call("PUT", one, token=admin, headers=seen, json={"description": "second"})
    deleted = talker.call("DELETE", one, token=admin, headers=seen)

    assert (first.status_code, second.status_code, deleted.status_code) == (200, 412, 412)
    assert second.json["code"] == "changed_meanwhile"
    assert talker.call("GET", one, token=admin).json["description"] == "first"
