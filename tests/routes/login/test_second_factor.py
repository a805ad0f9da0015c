"""The pages of the second step: asked for after the password, skipped by nobody."""

from datetime import timedelta
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.routes.login.conftest import ISSUER, Clock, Here, MakeHere, at
from tests.support.apps import add_app, app_of
from tests.support.browser import Browser, answer, form_with, has_form, soup
from tests.support.configuration import PASSWORD, account

_COUNT = iter(range(1000))


def person(here: Here, **members: object) -> str:
    """The name of somebody new."""
    name = f"person{next(_COUNT)}"
    here.apply(accounts=[account(name, **members)])
    return name


def second_step(here: Here, browser: Browser, name: str, **changes: str) -> httpx2.Response:
    """The page after the password."""
    page = here.authorize(browser, **changes)
    return browser.log_in(page, name, PASSWORD)


@pytest.mark.req("MF-04", "BR-11", "2.6")
def test_a_code_of_the_app_finishes_the_login(here: Here) -> None:
    browser, name = here.browser(), person(here)
    app = add_app(here.site, here.clock, name)

    page = second_step(here, browser, name)
    assert at(page) == "/second-factor"
    assert "aw-default" not in browser.cookies
    sent = browser.follow(browser.submit(page, {"code": app.code}))

    assert answer(sent).code
    assert "aw-default" in browser.cookies


@pytest.mark.req("E6")
def test_a_backup_code_does_too_and_once(here: Here) -> None:
    browser, other, name = here.browser(), here.browser(), person(here)
    code = add_app(here.site, here.clock, name).backup_codes[0]

    first = browser.follow(browser.submit(second_step(here, browser, name), {"code": code}))
    again = other.submit(second_step(here, other, name), {"code": code})

    assert answer(first).code
    assert again.status_code == 422


def test_a_wrong_code_shows_the_page_again(here: Here) -> None:
    browser, name = here.browser(), person(here)
    app = add_app(here.site, here.clock, name)

    page = browser.submit(second_step(here, browser, name), {"code": "000000"})

    assert page.status_code == 422
    assert "The code is wrong" in page.text
    assert answer(browser.follow(browser.submit(page, {"code": app.code}))).code


@pytest.mark.req("MF-03", "AU-07")
def test_a_new_login_brings_no_new_guesses(here: Here) -> None:
    name = person(here)
    app = add_app(here.site, here.clock, name)

    for _ in range(here.site.settings.account_lockout_attempts):
        browser = here.browser()
        browser.submit(second_step(here, browser, name), {"code": "000000"})
    browser = here.browser()
    page = browser.submit(second_step(here, browser, name), {"code": app.code})

    assert page.status_code == 422
    assert "too many wrong codes" in page.text


@pytest.mark.req("MF-04", "BR-11")
def test_no_step_can_be_skipped(here: Here) -> None:
    browser, stranger, name = here.browser(), here.browser(), person(here)
    app = add_app(here.site, here.clock, name)
    page = second_step(here, browser, name)
    form = form_with(page, "code")

    skipped = here.authorize(browser)
    elsewhere = stranger.open(form.action)
    empty = browser.submit(page, {"code": ""})
    bare = browser.open(f"{ISSUER}/second-factor")
    enrolment = browser.open(form.action.replace("/second-factor", "/second-factor/enrol"))

    assert at(skipped) == "/login"
    assert not has_form(elsewhere, "code")
    assert empty.status_code == 422
    assert at(bare) == "/login"
    assert at(enrolment) == "/login"
    assert answer(browser.follow(browser.submit(page, {"code": app.code}))).code


@pytest.mark.req("MF-04")
def test_a_waiting_login_is_no_session_anywhere(here: Here) -> None:
    browser, name = here.browser(), person(here)
    add_app(here.site, here.clock, name)
    page = second_step(here, browser, name)
    token = urlsplit(str(page.url)).query.partition("login=")[2].partition("&")[0]

    browser.cookies["aw-default"] = token
    account_page = browser.open(f"{ISSUER}/account")
    api = browser.request("GET", f"{ISSUER}/users/me", headers={"Authorization": f"Bearer {token}"})

    assert at(account_page) == "/login"
    assert api.status_code == 401


def test_cancelling_tells_the_client(here: Here) -> None:
    browser, name = here.browser(), person(here)
    add_app(here.site, here.clock, name)

    sent = browser.cancel(second_step(here, browser, name))

    assert answer(sent).params["error"] == "access_denied"


def test_after_ten_minutes_it_begins_anew(here: Here, clock: Clock) -> None:
    browser, name = here.browser(), person(here)
    app = add_app(here.site, here.clock, name)
    page = second_step(here, browser, name)

    clock.move(timedelta(minutes=10))
    late = browser.follow(browser.submit(page, {"code": app.code}))

    assert at(late) == "/login"


@pytest.mark.req("MF-10")
def test_a_device_may_be_trusted_for_thirty_days(here: Here, clock: Clock) -> None:
    browser, other, name = here.browser(), here.browser(), person(here)
    app = add_app(here.site, here.clock, name)
    page = second_step(here, browser, name)
    form = form_with(page, "code")
    values = {"code": app.code, "trust": "1"}
    answer(browser.follow(browser.submit(page, values, form=form)))

    def again(with_browser: Browser) -> httpx2.Response:
        return with_browser.log_in(here.authorize(with_browser, prompt="login"), name, PASSWORD)

    clock.move(timedelta(minutes=1))
    spared = again(browser)
    elsewhere = again(other)
    clock.move(timedelta(days=31))
    over = again(browser)

    assert answer(spared).code
    assert at(elsewhere) == "/second-factor"
    assert at(over) == "/second-factor"


@pytest.mark.req("MF-10", "MF-08")
def test_a_new_password_ends_trust_and_no_factor(here: Here) -> None:
    browser, name = here.browser(), person(here)
    app = add_app(here.site, here.clock, name)
    page = second_step(here, browser, name)
    values = {"code": app.code, "trust": "1"}
    answer(browser.follow(browser.submit(page, values, form=form_with(page, "code"))))

    here.apply(accounts=[account(name, password="Another-Horse-8-Stapler")])
    page = browser.log_in(here.authorize(browser), name, "Another-Horse-8-Stapler")

    assert at(page) == "/second-factor"


@pytest.mark.req("MF-10")
def test_a_tenant_may_forbid_trusted_devices(make_here: MakeHere) -> None:
    here = make_here(TRUSTED_DEVICE_DAYS="0")
    browser, name = here.browser(), person(here)
    add_app(here.site, here.clock, name)

    assert not has_form(second_step(here, browser, name), "trust")


@pytest.mark.req("BR-10")
def test_prompt_login_asks_for_both_again(here: Here, clock: Clock) -> None:
    browser, name = here.browser(), person(here)
    app = add_app(here.site, here.clock, name)
    page = second_step(here, browser, name)
    answer(browser.follow(browser.submit(page, {"code": app.code})))

    clock.move(timedelta(minutes=5))
    page = browser.log_in(here.authorize(browser, prompt="login"), name, PASSWORD)

    assert at(page) == "/second-factor"
    assert answer(browser.follow(browser.submit(page, {"code": app.code}))).code


@pytest.fixture(scope="module")
def strict(make_here: MakeHere) -> Here:
    """A server on which everybody needs a second factor."""
    return make_here(ENABLE_2FA="true")


@pytest.mark.req("E7", "K13", "MF-06")
def test_who_needs_a_factor_sets_one_up_on_the_way(strict: Here, clock: Clock) -> None:
    browser, name = strict.browser(), person(strict)

    page = second_step(strict, browser, name)
    assert at(page) == "/second-factor/enrol"
    picture = soup(page).find("img", class_="qr-code")
    assert picture is not None
    secret = soup(page).find("code", class_="secret")
    assert secret is not None
    otp = app_of(secret.get_text())
    wrong = browser.submit(page, {"code": "000000"})
    assert secret.get_text() in wrong.text
    codes = browser.submit(wrong, {"code": otp.at(strict.clock())})

    assert codes.status_code == 200
    assert "aw-default" in browser.cookies
    assert len(soup(codes).select(".codes li")) == 10
    (link,) = soup(codes).select("a.button-primary")
    assert answer(browser.open(str(link["href"]))).code
    assert secret.get_text() not in browser.open(str(page.url)).text


@pytest.mark.req("E7")
def test_without_a_waiting_request_the_way_leads_home(strict: Here) -> None:
    browser, name = strict.browser(), person(strict)

    page = browser.log_in(browser.open(f"{ISSUER}/login"), name, PASSWORD)
    secret = soup(page).find("code", class_="secret")
    assert secret is not None
    codes = browser.submit(page, {"code": app_of(secret.get_text()).at(strict.clock())})

    (link,) = soup(codes).select("a.button-primary")
    assert link["href"] == "/"


def test_who_does_not_want_to_may_go(strict: Here) -> None:
    browser, name = strict.browser(), person(strict)

    sent = browser.cancel(second_step(strict, browser, name))

    assert answer(sent).params["error"] == "access_denied"
