"""`/admin/audit`: administrators read and export the log of their tenant."""

import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from authwell.protocol.events import SECURITY, EventType
from authwell.protocol.model import Event
from authwell.routes.audit.schemas import EventsSchema
from authwell.storage.audit.events import AuditLog
from authwell.utils.randomness import new_id
from tests.routes.api.people import BOB, add_account, change_account
from tests.routes.api.talking import Talker, an_application

PATH = "/admin/audit"
OTHER_TENANT = new_id()
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def add_event(talker: Talker, kind: EventType, at: datetime, **members: Any) -> None:
    site = talker.application.site
    tenant_id = members.pop("tenant_id", site.snapshots.known().id)
    AuditLog(site.database).add(Event(kind, tenant_id, at, **members))


@pytest.fixture(scope="module")
def talker() -> Iterator[Talker]:
    with an_application() as talker:
        change_account(talker, "alice", roles=("admin",))
        add_account(talker, BOB)
        for number, kind in enumerate(
            (EventType.LOGIN_FAILED, EventType.TOKEN_REFRESHED, EventType.CLIENT_DELETED) * 3
        ):
            at = LONG_AGO + timedelta(minutes=number)
            data = {"text": '=1+1,"quoted"\n'}
            add_event(talker, kind, at, client_id=f"=client-{number}", actor="ann", data=data)
        add_event(talker, EventType.LOGIN_FAILED, LONG_AGO, tenant_id=OTHER_TENANT, actor="ann")
        yield talker


@pytest.fixture(scope="module")
def admin(talker: Talker) -> str:
    return talker.token()


def pages(talker: Talker, admin: str, path: str, **query: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] | None = {}
    while cursor is not None:
        page = talker.call("GET", path, token=admin, query_string={**query, **cursor}).json
        assert EventsSchema().validate(page) == {}
        found += page["events"]
        cursor = {"cursor": page["next_cursor"]} if page["next_cursor"] else None
    return found


@pytest.mark.req("L2", "L5", "4.1", "LG-05")
def test_administrators_read_all_events_of_their_tenant(talker: Talker, admin: str) -> None:
    found = pages(talker, admin, PATH, limit=4, actor="ann")
    oldest_first = pages(talker, admin, PATH, limit=4, actor="ann", sort="at")

    assert [event["client_id"] for event in found] == [f"=client-{n}" for n in range(8, -1, -1)]
    assert oldest_first == found[::-1]
    assert found[-1]["at"] == "2020-01-01T00:00:00Z"
    assert (found[0]["seq"], found[0]["hash"]) == (None, None)
    assert talker.call("GET", f"/api/v1{PATH}", token=admin).status_code == 200


@pytest.mark.req("L3", "4.1")
def test_the_security_view_has_what_is_critical(talker: Talker, admin: str) -> None:
    found = pages(talker, admin, f"{PATH}/security", limit=2, actor="ann")

    assert {event["type"] for event in found} == {"login.failed", "client.deleted"}
    assert len(found) == 6
    everything = pages(talker, admin, f"{PATH}/security")
    assert {event["type"] for event in everything} <= set(SECURITY)


@pytest.mark.req("L2")
@pytest.mark.parametrize(
    ("query", "number"),
    [
        ({"type": "token.refreshed"}, 3),
        ({"type": "login.failed"}, 3),
        ({"client_id": "=client-4"}, 1),
        ({"since": "2020-01-01T00:05:00Z"}, 4),
        ({"until": "2020-01-01T00:05:00Z", "since": "2020-01-01T00:03:00Z"}, 2),
        ({"account_id": new_id()}, 0),
        ({"session_id": "none"}, 0),
        ({"request_id": "none"}, 0),
        ({"address": "192.0.2.77"}, 0),
    ],
)
def test_events_are_filtered(
    talker: Talker, admin: str, query: dict[str, str], number: int
) -> None:
    assert len(pages(talker, admin, PATH, actor="ann", **query)) == number


@pytest.mark.req("AU-16", "TN-10")
@pytest.mark.parametrize(
    "query",
    [
        *("type=x", "since=2020-01-01", "until=yesterday", "limit=0", "sort=type", "tenant_id=x"),
        *("cursor=x", "actor=%00", "order=at", "limit=1&limit=2"),
    ],
)
def test_any_other_question_is_refused(talker: Talker, admin: str, query: str) -> None:
    for path in (PATH, f"{PATH}/security"):
        answer = talker.call("GET", f"{path}?{query}", token=admin)
        assert (answer.status_code, answer.json["code"]) == (400, "invalid_request")


def test_a_cursor_of_one_view_is_none_of_the_other(talker: Talker, admin: str) -> None:
    query = {"limit": 1, "actor": "ann"}
    page = talker.call("GET", PATH, token=admin, query_string=query).json

    sent = {**query, "cursor": page["next_cursor"]}
    answer = talker.call("GET", f"{PATH}/security", token=admin, query_string=sent)

    assert answer.status_code == 400


@pytest.mark.req("LG-05", "L2", "L3")
@pytest.mark.parametrize("path", [PATH, f"{PATH}/security", f"{PATH}/export"])
def test_nobody_else_reads_it(talker: Talker, path: str) -> None:
    bob = str(talker.log_in(BOB)["access_token"])

    assert talker.call("GET", path).status_code == 401
    assert talker.call("GET", path, token=bob).status_code == 403


@pytest.mark.req("L2", "LG-05")
def test_an_export_is_a_line_for_each_event_and_an_event_itself(talker: Talker, admin: str) -> None:
    answer = talker.call("GET", f"{PATH}/export?actor=ann", token=admin)

    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert answer.headers["Content-Type"].startswith("application/jsonl")
    assert "audit.jsonl" in answer.headers["Content-Disposition"]
    assert [line["client_id"] for line in lines] == [f"=client-{n}" for n in range(9)]
    noted = pages(talker, admin, PATH, type="audit.exported", limit=1)
    assert noted[0]["data"]["actor"] == "ann"
    assert noted[0]["actor"] is not None


@pytest.mark.req("L2", "L3")
def test_an_export_as_csv_runs_no_formula(talker: Talker, admin: str) -> None:
    query = "format=csv&security=true&actor=ann&until=2020-01-01T00:04:00Z"
    answer = talker.call("GET", f"{PATH}/export?{query}", token=admin)

    names, *rows = list(csv.reader(answer.text.splitlines()))
    events = [dict(zip(names, row, strict=True)) for row in rows]
    assert answer.headers["Content-Type"].startswith("text/csv")
    assert [event["type"] for event in events] == ["login.failed", "client.deleted", "login.failed"]
    assert events[0]["client_id"] == "'=client-0"
    assert json.loads(events[0]["data"]) == {"text": '=1+1,"quoted"\n'}


def test_a_long_export_is_read_in_parts(talker: Talker, admin: str) -> None:
    for number in range(1100):
        at = LONG_AGO - timedelta(days=1, minutes=number)
        add_event(talker, EventType.MAIL_DELIVERED, at, actor="many")

    answer = talker.call("GET", f"{PATH}/export?actor=many", token=admin)

    ids = [json.loads(line)["id"] for line in answer.text.splitlines()]
    assert len(set(ids)) == len(ids) == 1100


@pytest.mark.req("L2", "HT-06")
@pytest.mark.parametrize("way", ["", "/security", "/export"])
@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_utc_does_not_have_is_refused(
    talker: Talker, admin: str, way: str, at: str
) -> None:
    for name in ("since", "until"):
        answer = talker.call("GET", PATH + way, token=admin, query_string={name: at})

        assert answer.status_code == 400
        assert name in answer.json["errors"]
