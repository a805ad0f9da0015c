"""What lets a person in, on their pages: shown again first, then changed (MF-05, AU-18)."""

from datetime import timedelta

import httpx2
import pyotp
import pytest

from tests.routes.account.conftest import logged_in, page, shown
from tests.routes.login.conftest import ISSUER, Clock, Here, at
from tests.support.browser import Browser, form_with, has_form, soup
from tests.support.configuration import PASSWORD, account

SECURITY = "/account/security"
APP = f"{SECURITY}/app"
NEW = "Another-Horse-8-Stapled"
GUARDED = (
    "/account/email",
    f"{SECURITY}/password",
    APP,
    f"{APP}/remove",
    f"{SECURITY}/backup-codes",
    "/account/export",
    "/account/delete",
)


@pytest.fixture
def ivy(here: Here, clock: Clock) -> Browser:
    """The browser of somebody with a password only."""
    here.rows("DELETE FROM accounts WHERE email = 'ivy@people.example'")
    here.apply(accounts=[account("ivy")])
    return logged_in(here, "ivy")


def send(browser: Browser, path: str, values: dict[str, str]) -> httpx2.Response:
    """Fill in the form of a page, and follow."""
    return browser.follow(browser.submit(page(browser, path), values))


def set_up_app(browser: Browser, clock: Clock) -> tuple[str, list[str]]:
    """Set an app up; its secret and the backup codes."""
    setup = page(browser, APP)
    secret = soup(setup).select_one("dd code")
    assert secret is not None
    key = secret.get_text().replace(" ", "")
    code = pyotp.TOTP(key).at(clock.now)
    done = browser.follow(browser.submit(setup, {"code": code}))
    return key, [item.get_text() for item in soup(done).select(".codes code")]


@pytest.mark.req("MF-05", "AU-18")
@pytest.mark.parametrize("path", GUARDED)
def test_what_matters_asks_the_person_again_after_a_while(
    clock: Clock, ivy: Browser, path: str
) -> None:
    clock.move(timedelta(minutes=6))

    asked = ivy.open(f"{ISSUER}{path}")
    back = ivy.follow(ivy.submit(asked, {"password": PASSWORD}))

    assert at(asked) == "/account/confirm"
    assert at(back) in (path, SECURITY)
    assert back.status_code in (200, 409)


@pytest.mark.req("MF-05", "BR-11")
@pytest.mark.parametrize("path", GUARDED)
def test_a_form_of_before_is_not_taken_after_a_while(clock: Clock, ivy: Browser, path: str) -> None:
    token = form_with(page(ivy, "/account/profile"), "full_name").value("csrf_token")
    clock.move(timedelta(minutes=6))

    data = {"csrf_token": token, "new_password": NEW, "sure": "1", "email": "x@people.example"}
    answer = ivy.request("POST", path, data=data)

    assert (answer.status_code, at(answer)) == (303, "/account/confirm")
    logged_in_again = ivy.open(f"{ISSUER}/account")
    assert logged_in_again.status_code == 200


@pytest.mark.req("MF-05")
def test_a_wrong_password_confirms_nothing(clock: Clock, ivy: Browser) -> None:
    clock.move(timedelta(minutes=6))
    asked = ivy.open(f"{ISSUER}/account/delete")

    sent = ivy.submit(asked, {"password": PASSWORD + "x"})

    assert sent.status_code == 422
    assert at(ivy.get(f"{ISSUER}/account/delete")) == "/account/confirm"


@pytest.mark.req("MF-05", "MF-08")
def test_who_has_a_second_factor_shows_it_too(clock: Clock, ivy: Browser) -> None:
    set_up_app(ivy, clock)
    clock.move(timedelta(minutes=6))

    asked = ivy.open(f"{ISSUER}{APP}/remove")
    then = ivy.submit(asked, {"password": PASSWORD})

    assert at(then) == "/second-factor"
    assert "return_to=%2Faccount%2Fsecurity%2Fapp%2Fremove" in then.headers["location"]


@pytest.mark.req("C10", "AU-18", "RT-05")
def test_a_new_password_ends_all_other_sessions(here: Here, ivy: Browser) -> None:
    other = logged_in(here, "ivy")

    done = send(ivy, f"{SECURITY}/password", {"new_password": NEW})

    assert "Your password was changed." in shown(done)
    assert ivy.get(f"{ISSUER}{SECURITY}").status_code == 200
    assert at(other.get(f"{ISSUER}{SECURITY}")) == "/login"
    browser = here.browser()
    login = browser.open(f"{ISSUER}/account")
    assert browser.log_in(login, "ivy", NEW).status_code == 200


@pytest.mark.req("AU-11")
@pytest.mark.parametrize(
    ("new", "sentence"),
    [("", "Enter a new password."), ("short", "Use at least"), ("only-lower-case-1", "upper-case")],
)
def test_a_weak_password_is_refused_in_words(ivy: Browser, new: str, sentence: str) -> None:
    form = page(ivy, f"{SECURITY}/password")

    refused = ivy.submit(form, {"new_password": new})

    assert refused.status_code == 422
    assert sentence in shown(refused)


@pytest.mark.req("G11", "K41")
def test_another_address_gets_a_link_and_the_present_one_stays(here: Here, ivy: Browser) -> None:
    mails = "SELECT count(*) AS number FROM outbox WHERE kind = 'mail'"
    (before,) = here.rows(mails)

    done = send(ivy, "/account/email", {"email": "new-ivy@people.example"})

    (after,) = here.rows(mails)
    assert "We sent a link to the new address." in shown(done)
    assert after["number"] == before["number"] + 1
    assert "ivy@people.example" in shown(done)


@pytest.mark.parametrize(
    ("email", "sentence"),
    [("x", "This is not an email address."), ("ivy@people.example", "your address already")],
)
def test_an_address_that_cannot_be_is_refused(ivy: Browser, email: str, sentence: str) -> None:
    refused = ivy.submit(page(ivy, "/account/email"), {"email": email})

    assert refused.status_code == 422
    assert sentence in shown(refused)


@pytest.mark.req("E1", "E2", "MF-06")
def test_an_app_is_set_up_by_its_first_code(clock: Clock, ivy: Browser) -> None:
    key, codes = set_up_app(ivy, clock)

    again = ivy.open(f"{ISSUER}{APP}")

    assert len(codes) == 10
    assert at(again) == SECURITY
    assert "A code of the app is asked for" in shown(again)
    assert key not in again.text.replace(" ", "")


@pytest.mark.req("E1")
def test_a_wrong_code_shows_the_same_key_again(ivy: Browser) -> None:
    setup = page(ivy, APP)

    refused = ivy.submit(setup, {"code": "000000"})

    assert refused.status_code == 422
    assert soup(refused).select("dd code") == soup(setup).select("dd code")
    assert "This is not a code of the app." in shown(refused)


@pytest.mark.req("E3", "E5")
def test_codes_are_made_anew_and_the_app_is_removed(clock: Clock, ivy: Browser) -> None:
    _, codes = set_up_app(ivy, clock)
    asked = page(ivy, f"{SECURITY}/backup-codes")

    renewed = ivy.submit(asked, {}, form=form_with(asked, "csrf_token"))
    new = [item.get_text() for item in soup(renewed).select(".codes code")]
    removed = ivy.follow(ivy.request("POST", f"{APP}/remove", data={"csrf_token": _token(ivy)}))

    assert len(new) == 10
    assert not set(new) & set(codes)
    assert "The app was removed." in shown(removed)


@pytest.mark.req("BR-14")
def test_all_that_is_held_is_a_file(ivy: Browser) -> None:
    form = page(ivy, "/account/export")

    file = ivy.submit(form, {}, form=form_with(form, "csrf_token"))

    assert file.headers["content-type"] == "application/json"
    assert file.headers["content-disposition"].startswith("attachment")
    assert file.headers["x-content-type-options"] == "nosniff"
    assert file.json()["account"]["username"] == "ivy"


@pytest.mark.req("G12")
def test_an_account_is_deleted_only_by_who_is_sure(here: Here, ivy: Browser) -> None:
    form = page(ivy, "/account/delete")

    unsure = ivy.submit(form, {}, form=form_with(form, "csrf_token"))
    done = ivy.submit(form, {"sure": "1"}, form=form_with(form, "csrf_token"))

    assert unsure.status_code == 422
    assert "Tick the box" in shown(unsure)
    assert "Your account is deleted" in shown(done)
    assert at(ivy.get(f"{ISSUER}/account")) == "/login"
    (row,) = here.rows("SELECT status FROM accounts WHERE username = 'ivy'")
    assert row["status"] == "deleted"


@pytest.mark.parametrize("credential", ["", "x", "{}", "[]", '{"id": "\\u0000"}'])
def test_an_odd_passkey_is_refused(ivy: Browser, credential: str) -> None:
    data = {"csrf_token": _token(ivy), "passkey_name": "Phone", "credential": credential}

    answer = ivy.request("POST", "/account/passkeys", data=data)

    assert answer.status_code == 422
    assert "This passkey was not added." in shown(answer)


def test_making_keys_needs_a_recent_login_too(clock: Clock, ivy: Browser) -> None:
    clock.move(timedelta(minutes=6))

    listed = page(ivy, "/account/api-keys")

    assert not has_form(listed, "scope")
    assert soup(listed).select_one('a[href^="/account/confirm"]')


def _token(browser: Browser) -> str:
    return form_with(page(browser, "/account/profile"), "full_name").value("csrf_token")
