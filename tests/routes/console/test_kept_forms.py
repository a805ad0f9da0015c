"""A form that was open for too long keeps what was typed, and does nothing before it is confirmed."""

from base64 import urlsafe_b64decode
from datetime import timedelta

import httpx2
import pyotp
import pytest

from tests.routes.account.test_security import set_up_app
from tests.routes.console.conftest import at_console, events, page, send_from, shown
from tests.routes.login.conftest import ISSUER, Here, at
from tests.support.browser import Browser, form_with, soup
from tests.support.configuration import PASSWORD, account

NEW = "/console/roles/new"
SECRET = "a-description-that-nobody-else-reads"


def typed_too_late(here: Here, browser: Browser, name: str) -> httpx2.Response:
    """The answer to a form that was filled in for six minutes."""
    opened = page(browser, NEW)
    here.clock.move(timedelta(minutes=6))
    return send_from(browser, opened, name=name, description=SECRET)


def confirm(browser: Browser, kept: httpx2.Response) -> httpx2.Response:
    """What the second tab shows in the end."""
    (link,) = soup(kept).select("main a[target=_blank]")
    asked = browser.open(f"{ISSUER}{link['href']}")
    return browser.follow(browser.submit(asked, {"password": PASSWORD}))


def made(here: Here, name: str) -> bool:
    """Whether there is such a role."""
    return bool(here.rows("SELECT id FROM roles WHERE name = :name", name=name))


@pytest.mark.req("MF-05")
def test_what_was_typed_too_late_is_saved_once_it_is_confirmed(here: Here, admin: Browser) -> None:
    kept = typed_too_late(here, admin, "late")
    assert not made(here, "late")

    after = confirm(admin, kept)
    saved = send_from(admin, kept)

    assert at(after) == "/console/confirmed"
    assert "continue there" in shown(after)
    assert SECRET in shown(saved)
    assert made(here, "late")


@pytest.mark.req("MF-05")
def test_nothing_is_done_before_it_is_confirmed(here: Here, admin: Browser) -> None:
    kept = typed_too_late(here, admin, "eager")
    told = len(events(here, "role.created"))

    again = send_from(admin, kept)

    assert (again.status_code, len(events(here, "role.created"))) == (403, told)
    confirm(admin, again)
    assert SECRET in shown(send_from(admin, again))


@pytest.mark.req("MF-05", "MF-08")
def test_who_has_a_second_factor_confirms_by_it_too(here: Here) -> None:
    here.apply(accounts=[account("yara", roles=["admin"])])
    browser = at_console(here, "yara")
    key, _codes = set_up_app(browser, here.clock)
    kept = typed_too_late(here, browser, "twofold")

    asked = confirm(browser, kept)
    early = send_from(browser, kept)
    after = browser.follow(browser.submit(asked, {"code": pyotp.TOTP(key).at(here.clock.now)}))

    assert (at(asked), early.status_code) == ("/second-factor", 403)
    assert at(after) == "/console/confirmed"
    assert SECRET in shown(send_from(browser, kept))


@pytest.mark.req("MF-05")
def test_a_form_with_a_mistake_comes_back_with_a_token_of_now(here: Here, admin: Browser) -> None:
    kept = typed_too_late(here, admin, "admin")
    confirm(admin, kept)

    refused = send_from(admin, kept)
    saved = send_from(admin, refused, name="other")

    assert refused.status_code == 422
    assert SECRET in shown(saved)


def test_what_is_kept_is_read_by_nobody(here: Here, admin: Browser) -> None:
    kept = typed_too_late(here, admin, "sealed")

    value = form_with(kept, "kept_form").value("kept_form")

    assert SECRET not in kept.text
    assert SECRET.encode() not in urlsafe_b64decode(value)
    assert kept.headers["cache-control"] == "no-store"
    assert value not in str(kept.url)


@pytest.mark.req("BR-02")
@pytest.mark.parametrize("change", ["", "x", "=", "\u00e9", "AAAA", "flip", "cut"])
def test_what_is_not_sealed_here_is_refused(here: Here, admin: Browser, change: str) -> None:
    kept = typed_too_late(here, admin, "forged")
    value = form_with(kept, "kept_form").value("kept_form")
    end = "A" if value[-6] != "A" else "B"
    forged = {"flip": f"{value[:-6]}{end}{value[-5:]}", "cut": value[:-8]}.get(change, change)
    confirm(admin, kept)

    refused = send_from(admin, kept, kept_form=forged)

    assert refused.status_code == 400
    assert not made(here, "forged")


@pytest.mark.req("BR-02")
def test_what_is_kept_is_good_on_its_page_only(here: Here, admin: Browser) -> None:
    kept = typed_too_late(here, admin, "elsewhere")
    confirm(admin, kept)
    value = {"kept_form": form_with(kept, "kept_form").value("kept_form")}

    refused = admin.request("POST", f"{ISSUER}/console/groups/new", data=value)

    assert refused.status_code == 400
    assert here.rows("SELECT id FROM groups WHERE name = 'elsewhere'") == []


@pytest.mark.req("BR-02")
def test_what_is_kept_is_good_in_its_session_only(here: Here, admin: Browser) -> None:
    kept = typed_too_late(here, admin, "borrowed")
    other = at_console(here, "zoe")
    value = {"kept_form": form_with(kept, "kept_form").value("kept_form")}

    refused = other.request("POST", f"{ISSUER}{NEW}", data=value)

    assert refused.status_code == 400
    assert not made(here, "borrowed")


@pytest.mark.req("BR-02")
def test_another_site_does_not_send_what_is_kept(here: Here, admin: Browser) -> None:
    kept = typed_too_late(here, admin, "foreign")
    confirm(admin, kept)
    value = {"kept_form": form_with(kept, "kept_form").value("kept_form")}

    refused = admin.request(
        "POST", f"{ISSUER}{NEW}", data=value, headers={"Sec-Fetch-Site": "cross-site"}
    )

    assert refused.status_code == 400
    assert not made(here, "foreign")


def test_after_an_hour_nothing_is_kept(here: Here, admin: Browser) -> None:
    kept = typed_too_late(here, admin, "stale")
    here.clock.move(timedelta(minutes=61))
    confirm(admin, kept)

    refused = send_from(admin, kept)

    assert refused.status_code == 400
    assert not made(here, "stale")
