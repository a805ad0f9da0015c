"""Choosing an account (prompt=select_account, OpenID Connect Core section 3.1.2.1)."""

from datetime import timedelta

import pytest

from tests.routes.login.conftest import Clock, Here, at
from tests.support.browser import answer, form_with, has_form, soup
from tests.support.configuration import PASSWORD


def test_the_person_of_the_browser_may_go_on(here: Here) -> None:
    browser = here.browser()
    here.log_in(browser, "alice")

    page = here.authorize(browser, prompt="select_account")
    chosen = browser.submit(page, {}, button="account")

    assert at(page) == "/select-account"
    assert "alice@people.example" in page.text
    assert answer(browser.follow(chosen)).code


def test_another_person_may_log_in_instead(here: Here, clock: Clock) -> None:
    browser = here.browser()
    here.log_in(browser, "alice")
    clock.move(timedelta(minutes=1))

    page = here.authorize(browser, prompt="select_account")
    login = browser.follow(browser.submit(page, {}, button="other"))
    sent = answer(browser.log_in(login, "bob", PASSWORD))

    assert at(login) == "/login"
    assert form_with(login, "password").value("username") == ""
    assert sent.code
    assert "bob" in here.authorize(browser, prompt="select_account").text


def test_logging_in_for_the_request_is_choosing(here: Here) -> None:
    browser = here.browser()

    page = here.authorize(browser, prompt="select_account")
    sent = answer(browser.log_in(page, "alice", PASSWORD))

    assert at(page) == "/login"
    assert sent.code


@pytest.mark.req("BR-08")
@pytest.mark.parametrize("account", ["", "somebody"])
def test_nobody_else_can_be_chosen(here: Here, account: str) -> None:
    browser = here.browser()
    here.log_in(browser, "alice")
    page = here.authorize(browser, prompt="select_account")
    form = form_with(page, "account")

    again = browser.request("POST", form.action, data=[*form.fields, ("account", account)])

    assert again.status_code == 200
    assert has_form(again, "account")


@pytest.mark.req("BR-11")
def test_the_step_is_left_when_it_is_done(here: Here) -> None:
    browser = here.browser()
    here.log_in(browser, "alice")
    page = here.authorize(browser, "asks", prompt="select_account consent")
    consent = browser.follow(browser.submit(page, {}, button="account"))

    back = browser.open(str(page.url))

    assert at(consent) == at(back) == "/consent"
    assert soup(back).h1 is not None
