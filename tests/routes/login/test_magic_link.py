"""The pages of a login by a link in a mail."""

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from httpx2 import Response

from authwell.identity.mail.letters import MAIL
from authwell.storage.work.outbox import Outbox
from tests.routes.login.conftest import ISSUER, Clock, Here, MakeHere, at
from tests.support.browser import Browser, answer, form_with, has_form
from tests.support.configuration import account

ALICE = "alice@example.com"


@pytest.fixture(scope="module")
def here(make_here: MakeHere) -> Here:
    here = make_here()
    here.apply(accounts=[account("hidden", email="hidden@people.example")])
    here.rows("UPDATE accounts SET status = 'disabled' WHERE username = 'hidden'")
    return here


def address_of(here: Here) -> str:
    (row,) = here.rows("SELECT email FROM accounts WHERE username = 'alice'")
    return str(row["email"])


def mailed(here: Here) -> list[str]:
    """The links of the mails that wait."""
    outbox = Outbox(here.site.database)
    found = outbox.claim(MAIL, here.clock.now + timedelta(seconds=1), 10)
    for entry in found:
        outbox.finish(entry, here.clock.now)
    return [here.site.letters.open(entry).values["link"] for entry in found]


def ask(here: Here, browser: Browser, email: str, **request: str) -> Response:
    """From the login page to the page that tells where to look."""
    login = (
        here.authorize(browser, "web", **request) if request else browser.open(f"{ISSUER}/login")
    )
    assert "/magic-link" in login.text
    page = browser.open(str(login.url).replace("/login", "/magic-link"))
    return browser.follow(browser.submit(page, {"email": email}))


@pytest.mark.req("2.7", "E8", "E9", "RC-04", "RC-12")
def test_a_link_leads_back_to_the_client_that_asked(here: Here, clock: Clock) -> None:
    browser = here.browser()
    ask(here, browser, address_of(here), state="s-1")
    (link,) = mailed(here)

    page = browser.open(link)
    again = browser.open(link)
    assert page.status_code == again.status_code == 200
    done = answer(browser.follow(browser.submit(again, {})))

    assert link.startswith(f"{ISSUER}/magic-link?token=aml_")
    assert done.params["state"] == "s-1"
    assert done.code
    assert browser.open(link).status_code == 400


@pytest.mark.req("RC-12")
def test_opened_elsewhere_it_shows_a_code_for_the_browser_that_asked(
    here: Here, clock: Clock
) -> None:
    browser, other = here.browser(), here.browser()
    sent = ask(here, browser, address_of(here))
    (link,) = mailed(here)

    page = other.open(link)
    assert "elsewhere" in page.text
    shown = other.submit(page, {})
    code = shown.text.partition('translate="no">')[2][:6]
    assert code.isdigit()
    wrong = browser.submit(sent, {"code": "x"})
    assert (wrong.status_code, "too old" in wrong.text) == (422, True)
    done = browser.submit(wrong, {"code": code})

    assert at(other.open(f"{ISSUER}/login")) == "/login"
    assert at(done) == "/"
    assert other.open(link).status_code == 400


@pytest.mark.req("MF-09")
def test_the_session_says_that_it_was_a_link(here: Here, clock: Clock) -> None:
    browser = here.browser()
    ask(here, browser, address_of(here))
    browser.submit(browser.open(mailed(here)[0]), {})

    (row,) = here.rows("SELECT amr, acr FROM sessions ORDER BY created_at DESC, id DESC LIMIT 1")

    assert (row["amr"], row["acr"]) == ('["link"]', None)


@pytest.mark.req("AU-01")
def test_every_address_gets_the_same_answer(here: Here, clock: Clock) -> None:
    answers = []
    for email in (address_of(here), "hidden@people.example", "nobody@people.example"):
        browser = here.browser()
        page = ask(here, browser, email)
        form = form_with(page, "code")
        text = page.text.replace(form.value("csrf_token"), "").replace(form.value("asking"), "")
        answers.append((page.status_code, text))

    assert len(set(answers)) == 1
    assert len(mailed(here)) == 1


@pytest.mark.req("BR-02", "RC-04")
def test_a_form_of_another_place_uses_nothing_up(here: Here, clock: Clock) -> None:
    browser = here.browser()
    ask(here, browser, address_of(here))
    (link,) = mailed(here)
    token = dict(parse_qsl(urlsplit(link).query))["token"]

    foreign = browser.request("POST", f"{ISSUER}/magic-link", data={"token": token})

    assert foreign.status_code == 400
    assert at(browser.submit(browser.open(link), {})) == "/"


@pytest.mark.parametrize("email", ["", "alice", "a" * 400 + "@people.example"])
def test_what_is_no_address_is_asked_for_again(here: Here, email: str) -> None:
    page = ask(here, here.browser(), email)

    assert page.status_code == 422
    assert has_form(page, "email")


@pytest.mark.parametrize("token", ["", "x", "aml_" + "x" * 43, "é" * 5000])
def test_any_token_is_refused_in_words(here: Here, token: str) -> None:
    browser = here.browser()

    page = browser.open(f"{ISSUER}/magic-link", {"token": token})

    assert (page.status_code, "does not work any more" in page.text) == (400, True)


@pytest.mark.req("2.7")
def test_switched_off_there_is_no_such_page(make_here: MakeHere) -> None:
    here = make_here(MAGIC_LINKS_ENABLED="false")
    browser = here.browser()

    login = browser.open(f"{ISSUER}/login")

    assert "/magic-link" not in login.text
    assert browser.open(f"{ISSUER}/magic-link").status_code == 404


@pytest.mark.req("2.7")
def test_a_tenant_can_do_without(make_here: MakeHere) -> None:
    here = make_here()
    here.apply(tenants=[{"slug": "default", "policy": {"magic_links": False}}])

    assert here.browser().open(f"{ISSUER}/magic-link").status_code == 404


@pytest.mark.req("E10", "RC-07", "Q-MAGIC_LINK_RATE_LIMIT")
def test_the_third_link_in_five_minutes_is_not_sent(make_here: MakeHere) -> None:
    here = make_here(RATE_LIMITING_ENABLED="true", MAGIC_LINK_RATE_LIMIT="2")
    browser = here.browser()

    pages = [ask(here, browser, address_of(here)) for _ in range(3)]

    assert len({page.status_code for page in pages}) == 1
    assert len(mailed(here)) == 2
