"""How a server gets its first administrator (REQUIREMENTS.md K16, G13; THREATS.md AU-19)."""

from datetime import timedelta

import pytest

from authwell.identity.administration.first import (
    LIFETIME,
    HasAdministrator,
    make_default,
    make_handle,
)
from authwell.identity.configuration.authors import Author
from authwell.identity.login.guard import Door
from authwell.protocol.errors import InvalidGrant
from authwell.protocol.server import Caller
from tests.routes.account.conftest import shown
from tests.routes.login.conftest import ISSUER, Here, MakeHere, at
from tests.support.browser import Browser, soup

PAGE = f"{ISSUER}/console/first-administrator"
GOOD = "Correct-Horse-7-Battery"
GIVEN = "Given-By-9-Settings"


@pytest.fixture
def fresh(make_here: MakeHere) -> Here:
    """A server that nobody administers."""
    return make_here()


def handle_of(here: Here) -> str:
    tenant, _ = here.site.snapshots.current()
    return make_handle(here.site.database, tenant.id, Author("cli:root", here.clock.now))


def types(here: Here) -> list[str]:
    rows = here.rows("SELECT type FROM audit_events WHERE type LIKE 'administrator.%' ORDER BY id")
    return [row["type"] for row in rows]


def new_accounts(here: Here) -> list[str]:
    names = [row["username"] for row in here.rows("SELECT username FROM accounts")]
    return [name for name in names if name not in ("alice", "bob", "carol")]


def send(browser: Browser, handle: str, username: str = "root", password: str = GOOD) -> int:
    page = browser.get(PAGE)
    if page.status_code != 200:
        return page.status_code
    fields = {"handle": handle, "username": username, "password": password}
    return browser.submit(page, fields).status_code


@pytest.mark.req("K16", "G13", "AU-19", "3.4")
def test_the_handle_of_the_terminal_makes_one_administrator(fresh: Here) -> None:
    browser, handle = fresh.browser(), handle_of(fresh)

    assert send(browser, handle, password="short") == 422
    assert send(browser, handle) == 303

    assert browser.get(f"{ISSUER}/console").status_code == 200
    assert types(fresh) == ["administrator.handle_made", "administrator.first_made"]
    assert send(fresh.browser(), handle, "second") == 400
    with pytest.raises(HasAdministrator):
        handle_of(fresh)
    assert new_accounts(fresh) == ["root"]


@pytest.mark.req("K16", "AU-19")
def test_only_the_last_handle_works_and_for_an_hour(fresh: Here) -> None:
    old, new = handle_of(fresh), handle_of(fresh)

    assert send(fresh.browser(), old) == 400
    assert send(fresh.browser(), "") == 400
    fresh.clock.now += LIFETIME + timedelta(seconds=1)
    assert send(fresh.browser(), new) == 400
    assert new_accounts(fresh) == []


@pytest.mark.req("AU-19")
def test_a_page_without_an_administrator_to_make_says_nothing_else(fresh: Here) -> None:
    unknown = fresh.browser()
    page = unknown.get(PAGE)
    refused = unknown.submit(page, {"handle": "first_x", "username": "eve", "password": GOOD})
    send(fresh.browser(), handle_of(fresh))

    gone = fresh.browser().get(PAGE)

    assert refused.status_code == gone.status_code == 400
    assert soup(refused).find("h1") == soup(gone).find("h1")
    assert soup(refused).find("code") == soup(gone).find("code")


@pytest.mark.req("K16", "G13", "Q-DEFAULT_ADMIN_PASSWORD")
def test_the_password_of_the_settings_is_changed_at_the_first_login(make_here: MakeHere) -> None:
    here = make_here(DEFAULT_ADMIN_PASSWORD=GIVEN)
    site, (tenant, _) = here.site, here.site.snapshots.current()
    made = [make_default(site.database, site.settings, tenant.id, here.clock.now) for _ in "ab"]
    browser = here.browser()

    entered = browser.log_in(browser.get(f"{ISSUER}/login"), "admin", GIVEN)
    before = browser.get(f"{ISSUER}/console").status_code
    page = browser.get(f"{ISSUER}/account/security/password")
    same = browser.submit(page, {"new_password": GIVEN})
    changed = browser.submit(same, {"new_password": GOOD})

    assert made == [True, False]
    assert at(entered) == "/account/security/password"
    assert before == 303
    assert "you are the administrator" in shown(page)
    assert (same.status_code, changed.status_code) == (422, 303)
    assert types(here) == ["administrator.default_made", "administrator.first_made"]
    here.clock.now += timedelta(seconds=2)
    assert browser.get(f"{ISSUER}/console").status_code == 200


@pytest.mark.req("K16", "AU-19")
def test_the_settings_make_nobody_beside_an_administrator(make_here: MakeHere) -> None:
    here = make_here(DEFAULT_ADMIN_PASSWORD=GIVEN)
    site, (tenant, _) = here.site, here.site.snapshots.current()
    make_default(site.database, site.settings, tenant.id, here.clock.now)
    send(here.browser(), handle_of(here))
    late = here.browser()

    late.log_in(late.get(f"{ISSUER}/login"), "admin", GIVEN)
    page = late.get(f"{ISSUER}/account/security/password")
    late.submit(page, {"new_password": "Another-Horse-8!"})

    assert "There is an administrator already" in shown(page)
    assert late.get(f"{ISSUER}/console").status_code == 403
    assert types(here).count("administrator.first_made") == 1


@pytest.mark.req("K16", "Q-DEFAULT_ADMIN_PASSWORD")
def test_the_password_of_the_settings_is_good_for_its_change_alone(make_here: MakeHere) -> None:
    here = make_here(DEFAULT_ADMIN_PASSWORD=GIVEN)
    site, (tenant, _) = here.site, here.site.snapshots.current()
    make_default(site.database, site.settings, tenant.id, here.clock.now)
    browser = here.browser()
    browser.log_in(browser.get(f"{ISSUER}/login"), "admin", GIVEN)

    places = ("/account", "/account/api-keys", "/account/confirm", "/console", "/console/users")
    led = {at(browser.get(f"{ISSUER}{place}")) for place in places}
    asked = here.authorize(browser)
    program = here.browser().http.post(
        f"{ISSUER}/auth/login", json={"username": "admin", "password": GIVEN}
    )
    left = browser.get(f"{ISSUER}/oauth/logout")

    assert led == {"/account/security/password"}
    assert at(asked) == "/login"
    assert (program.status_code, program.json()["code"]) == (403, "password_change_required")
    assert not here.rows("SELECT id FROM grants")
    assert left.status_code == 200


@pytest.mark.req("K16")
def test_the_password_grant_takes_no_password_of_the_settings(make_here: MakeHere) -> None:
    here = make_here(DEFAULT_ADMIN_PASSWORD=GIVEN)
    site, (tenant, _) = here.site, here.site.snapshots.current()
    make_default(site.database, site.settings, tenant.id, here.clock.now)
    door = Door(tenant, here.clock.now, Caller())

    with pytest.raises(InvalidGrant) as refused:
        site.login.admit(door, "admin", GIVEN)

    assert refused.value.rule == "password_change_required"
