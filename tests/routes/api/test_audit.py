"""`/auth/audit`: a person's own events, page by page."""

from typing import Any

import pytest

from authwell.routes.auth.audit import AuditEventsSchema
from tests.routes.api.people import BOB, add_account
from tests.routes.api.talking import Talker


@pytest.mark.req("L1", "L5")
def test_a_person_sees_their_own_events_page_by_page(api: Talker) -> None:
    add_account(api, BOB)
    token = api.token()
    api.log_in(BOB)
    api.call("PUT", "/users/me", token=token, json={"name": "Alice"})

    found: list[dict[str, Any]] = []
    query: dict[str, Any] | None = {"limit": 2}
    while query is not None:
        page = api.call("GET", "/auth/audit", token=token, query_string=query).json
        assert AuditEventsSchema().validate(page) == {}
        found += page["events"]
        cursor = page["next_cursor"]
        query = {"limit": 2, "cursor": cursor} if cursor else None

    types = [event["type"] for event in found]
    assert types[0] == "account.updated"
    assert sorted(types[1:]) == [
        "account.created",
        "login.succeeded",
        "password.set",
        "tokens.issued",
    ]
    assert len({event["id"] for event in found}) == len(found)
    assert found[0]["data"] == {"members": ["full_name"]}
    assert found[0]["address"] == "127.0.0.1"


@pytest.mark.req("AU-16")
@pytest.mark.parametrize(
    "query",
    [
        *("limit=0", "limit=201", "limit=x", "limit=1&limit=2", "cursor=x", "cursor="),
        *("cursor=1'--", "sort=at", "cursor=" + "x" * 5000),
    ],
)
def test_any_other_page_is_refused(refusing: Talker, token: str, query: str) -> None:
    answer = refusing.call("GET", f"/auth/audit?{query}", token=token)

    assert (answer.status_code, answer.json["code"]) == (400, "invalid_request")
