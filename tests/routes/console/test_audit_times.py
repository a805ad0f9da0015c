"""The audit page narrowed to a time, by the names of the API: `since` and `until`."""

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.routes.console.conftest import at_console, page, shown
from tests.routes.login.conftest import ISSUER, Here
from tests.support.browser import Browser, soup

AUDIT = "/console/audit"


def times(answer: httpx2.Response) -> list[datetime]:
    """When the listed events happened."""
    found = soup(answer).select("tbody time")
    return [datetime.fromisoformat(str(each["datetime"])) for each in found]


def asked(browser: Browser, **query: str) -> httpx2.Response:
    """The page with these filters."""
    return browser.request("GET", f"{ISSUER}{AUDIT}", params=query)


def local(at: datetime) -> str:
    """A time as the field of a browser sends it."""
    return at.replace(tzinfo=None).isoformat(timespec="minutes")


@pytest.mark.req("9.2", "L2")
def test_events_are_narrowed_to_a_time(here: Here, admin: Browser) -> None:
    at_console(here, "carol")
    here.clock.move(timedelta(minutes=3))
    middle = here.clock.now.replace(second=0, microsecond=0)
    here.clock.move(timedelta(minutes=1))
    at_console(here, "carol")

    since = times(asked(admin, since=local(middle)))
    until = times(asked(admin, until=local(middle)))
    both = asked(admin, since=middle.isoformat(), until=local(middle + timedelta(hours=1)))

    assert since
    assert until
    assert min(since) >= middle > max(until)
    assert times(both) == since
    field = soup(both).select_one("#since")
    assert field is not None
    assert str(field["value"]).startswith(local(middle))


@pytest.mark.req("9.2")
def test_the_export_and_the_next_page_keep_the_time(here: Here, admin: Browser) -> None:
    at_console(here, "carol")
    since = here.clock.now - timedelta(days=1)

    narrowed = asked(admin, since=local(since), limit="1")

    links = [str(link["href"]) for link in soup(narrowed).select("main .buttons a")]
    queries = [parse_qs(urlsplit(link).query) for link in links]
    assert len(queries) >= 3
    assert [query for query in queries if not query["since"][0].startswith(local(since))] == []
    assert {admin.get(f"{ISSUER}{link}").status_code for link in links} == {200}


@pytest.mark.req("9.2")
@pytest.mark.parametrize("name", ["since", "until"])
@pytest.mark.parametrize(
    "value", ["yesterday", "2026-13-01T00:00", "0001-01-01T00:00:00+14:00", "9" * 400, "<b>"]
)
def test_what_is_no_time_is_told_beside_its_field(admin: Browser, name: str, value: str) -> None:
    refused = asked(admin, **{name: value, "client_id": "web"})

    assert refused.status_code == 400
    assert soup(refused).select_one(f"#{name}[aria-invalid=true]")
    assert soup(refused).select_one("#client_id[value=web]")
    assert soup(refused).select("tbody tr") == []
    assert "This is not a time." in shown(refused)


@pytest.mark.req("9.2")
def test_a_time_that_ends_before_it_begins_is_told(admin: Browser) -> None:
    refused = asked(admin, since="2026-11-21T10:00", until="2026-11-21T09:00")

    assert refused.status_code == 400
    assert soup(refused).select_one("#until[aria-invalid=true]")


@pytest.mark.req("9.2")
def test_other_filters_that_do_not_fit_are_told_on_the_page(admin: Browser) -> None:
    kind = asked(admin, type="x")
    cursor = asked(admin, cursor="x")

    assert (kind.status_code, cursor.status_code) == (400, 400)
    assert soup(kind).select_one("#type[aria-invalid=true]")
    assert soup(cursor).select_one("#error-summary")
    assert page(admin, AUDIT).status_code == 200
