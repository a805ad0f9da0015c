"""Keys and sessions in the console: listed, and rotated or ended."""

from datetime import timedelta

import pytest

from tests.routes.console.conftest import at_console, page, send, shown
from tests.routes.login.conftest import ISSUER, Here, at
from tests.support.browser import Browser, soup

KEYS = "/console/keys"


def rows(browser: Browser, table: int) -> list[list[str]]:
    """The cells of a table of the page."""
    found = soup(page(browser, KEYS)).select("table")[table].select("tbody tr")
    return [[cell.get_text() for cell in row.select("td")] for row in found]


@pytest.mark.req("9.2", "1.8")
def test_keys_are_listed_with_what_the_calendar_will_do(admin: Browser) -> None:
    states = {(row[0], row[2]) for row in rows(admin, 0)}
    calendar = rows(admin, 1)

    assert {("RS256", "active"), ("RS256", "next")} <= states
    assert ("activate", "RS256") in {(row[1], row[2]) for row in calendar}


@pytest.mark.req("9.2")
def test_a_key_that_caches_may_lack_is_not_used_unless_it_must(here: Here, admin: Browser) -> None:
    before = rows(admin, 0)

    refused = send(admin, f"{KEYS}/rotate/ES256")
    assert refused.status_code == 422
    assert rows(admin, 0) == before

    after = send(admin, f"{KEYS}/rotate/ES256", now="yes")

    assert at(after) == KEYS
    assert ("ES256", "retiring") in {(row[0], row[2]) for row in rows(admin, 0)}


@pytest.mark.req("9.2", "1.8")
def test_a_key_is_rotated_when_its_time_has_come(here: Here) -> None:
    here.clock.move(timedelta(days=1))
    admin = at_console(here, "zoe")

    after = send(admin, f"{KEYS}/rotate/RS256")

    assert at(after) == KEYS
    assert ("RS256", "retiring") in {(row[0], row[2]) for row in rows(admin, 0)}


def test_an_algorithm_without_keys_is_not_there(admin: Browser) -> None:
    assert admin.get(f"{ISSUER}{KEYS}/rotate/HS256").status_code == 404


@pytest.mark.req("9.2")
def test_sessions_are_listed_shown_and_ended(here: Here, admin: Browser) -> None:
    carol = at_console(here, "carol")
    (row,) = here.rows(
        "SELECT sessions.id FROM sessions JOIN accounts ON accounts.id = account_id"
        " WHERE username = 'carol' AND ended_at IS NULL ORDER BY sessions.id DESC LIMIT 1"
    )
    path = f"/console/sessions/{row['id']}"
    links = {str(link["href"]) for link in soup(page(admin, "/console/sessions")).select("td a")}

    assert path in links
    assert "carol" in shown(page(admin, path))
    send(admin, f"{path}/end")

    assert at(carol.get(f"{ISSUER}/account")) == "/login"
    assert "ended" in shown(page(admin, path))


@pytest.mark.req("9.2")
def test_a_key_that_others_know_is_revoked(here: Here, admin: Browser) -> None:
    (kid,) = [row[1] for row in rows(admin, 0) if (row[0], row[2]) == ("EdDSA", "active")]

    after = send(admin, f"{KEYS}/revoke/{kid}")

    assert at(after) == KEYS
    assert "retired" in shown(page(admin, f"{KEYS}/{kid}"))
    assert admin.get(f"{ISSUER}{KEYS}/revoke/x").status_code == 404
