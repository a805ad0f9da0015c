"""`limit`, `cursor`, `sort` and filters of the API's lists (THREATS.md TN-10, AU-16)."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.routes.api.administrators import administrator_token
from tests.routes.api.people import record_of
from tests.routes.api.talking import Answer, Talker, an_application


@dataclass(frozen=True, slots=True)
class Caller:
    """An administrator with a few sessions to list."""

    talker: Talker
    token: str

    def list(self, **query: Any) -> Answer:
        """A page of sessions."""
        return self.talker.call("GET", "/sessions", token=self.token, query_string=query)

    def cursor(self, **query: Any) -> str:
        """That of the second page."""
        return str(self.list(limit=1, **query).json["next_cursor"])


@pytest.fixture(scope="module")
def ada() -> Iterator[Caller]:
    with an_application() as talker:
        token = administrator_token(talker)
        for _ in range(3):
            talker.log_in()
        yield Caller(talker, token)


def refused(answer: Answer, member: str) -> bool:
    return (
        answer.status_code == 400
        and answer.json["code"] == "invalid_request"
        and list(answer.json["errors"]) == [member]
    )


@pytest.mark.req("F7", "TN-10")
@pytest.mark.parametrize("sort", ["created_at", "-created_at"])
def test_cursors_lead_through_the_whole_list_once(ada: Caller, sort: str) -> None:
    whole = ada.list(sort=sort).json["sessions"]
    page = ada.list(sort=sort, limit=1).json
    found = page["sessions"]

    while page["next_cursor"] is not None:
        page = ada.list(sort=sort, limit=1, cursor=page["next_cursor"]).json
        found += page["sessions"]

    times = [session["created_at"] for session in whole]
    assert found == whole
    assert len(whole) == 4
    assert times == sorted(times, reverse=sort.startswith("-"))


@pytest.mark.req("TN-10", "AU-16")
def test_a_cursor_belongs_to_its_order_and_its_filters(ada: Caller) -> None:
    alice = record_of(ada.talker, "alice").id
    of_all, of_alice = ada.cursor(), ada.cursor(account_id=alice)

    assert ada.list(cursor=of_all, limit=200).status_code == 200
    assert ada.list(cursor=of_alice, account_id=alice).status_code == 200
    assert refused(ada.list(cursor=of_all, account_id=alice), "cursor")
    assert refused(ada.list(cursor=of_alice), "cursor")
    assert refused(ada.list(cursor=of_all, sort="created_at"), "cursor")


@pytest.mark.req("TN-10")
def test_a_cursor_tells_nothing_and_cannot_be_changed(ada: Caller) -> None:
    cursor = ada.cursor()
    changed = [
        f"{cursor[:place]}{'A' if cursor[place] != 'A' else 'B'}{cursor[place + 1 :]}"
        for place in (0, 10, 30, len(cursor) - 2)
    ]

    assert record_of(ada.talker, "alice").id not in cursor
    for wrong in (*changed, cursor[:-4], f"{cursor}AAAA", "e30", "W10"):
        assert refused(ada.list(cursor=wrong), "cursor"), wrong


@pytest.mark.req("TN-10", "AU-15", "AU-16")
@given(st.text(min_size=1, max_size=80) | st.binary(min_size=1).map(urlsafe_b64encode))
def test_no_text_is_a_cursor(ada: Caller, text: str | bytes) -> None:
    assert refused(ada.list(cursor=text), "cursor")


@pytest.mark.req("AU-16")
@pytest.mark.parametrize(
    "limit", ["0", "201", "-1", "x", "", "9" * 30, "\u0663", "1_0", " 5", "5.0"]
)
def test_a_limit_is_a_number_in_bounds(ada: Caller, limit: str) -> None:
    assert refused(ada.list(limit=limit), "limit")


@pytest.mark.req("AU-16")
@pytest.mark.parametrize(
    "sort", ["", "id", "digest", "created_at,id", "created_at DESC", "--created_at", "1;--"]
)
def test_an_order_has_a_fixed_name(ada: Caller, sort: str) -> None:
    assert refused(ada.list(sort=sort), "sort")


@pytest.mark.req("AU-14", "AU-16")
def test_a_filter_has_a_fixed_name(ada: Caller) -> None:
    assert refused(ada.list(tenant_id="x"), "tenant_id")


@pytest.mark.req("AU-16")
@pytest.mark.parametrize("account_id", ["' OR 1=1 --", "%", "\ufffd", "no-such"])
def test_a_filter_is_a_value_and_nothing_else(ada: Caller, account_id: str) -> None:
    assert ada.list(account_id=account_id).json == {"sessions": [], "next_cursor": None}
