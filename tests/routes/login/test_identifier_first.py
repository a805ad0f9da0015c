"""Logging in by the name first (`login_flow: identifier_first`), without a script."""

import re
from urllib.parse import urlencode

import httpx2
import pytest

from authwell.identity.configuration.authors import Author
from authwell.storage.configuration.rows import TenantRecord
from authwell.storage.tenancy.domains import verify_domain
from tests.routes.login.conftest import ISSUER, Here, MakeHere, at
from tests.support.browser import Browser, answer, form_with, has_form, soup
from tests.support.configuration import PASSWORD, account
from tests.support.tenants import add_tenant, configure

ODD = ("<b>", "a\nb", "x" * 400)


@pytest.fixture(scope="module")
def here(make_here: MakeHere) -> Here:
    """A server whose tenant asks for the name first."""
    made = make_here()
    made.apply(
        tenants=[{"slug": "default", "policy": {"login_flow": "identifier_first"}}],
        accounts=[account("dora")],
    )
    return made


def named(here: Here, browser: Browser, username: str) -> tuple[int, str]:
    """The second page after a name, without what differs from one request to the next."""
    page = browser.submit(here.authorize(browser), {"username": username})
    form = form_with(page, "password")
    interaction = form.action.partition("=")[2]
    text = page.text.replace(interaction, "").replace(username, "")
    return page.status_code, re.sub(r'nonce="[^"]+"', "", text)


@pytest.mark.req("9.1")
def test_the_name_then_the_password_then_the_client(here: Here) -> None:
    browser = here.browser()
    first = here.authorize(browser)

    second = browser.submit(first, {"username": "alice"})
    sent = answer(browser.follow(browser.submit(second, {"password": PASSWORD})))

    assert not has_form(first, "password")
    assert form_with(second, "password").value("username") == "alice"
    assert sent.code


@pytest.mark.req("AU-01", "BR-15")
def test_the_second_page_is_the_same_for_a_name_that_nobody_has(here: Here) -> None:
    here.rows("UPDATE accounts SET status = 'disabled' WHERE username = 'dora'")
    browser = here.browser()

    pages = [named(here, browser, name) for name in ("alice", "dora", "nobody", "<b>x</b>&")]

    assert len(set(pages[:3])) == 1
    assert pages[3][0] == 200


def test_a_wrong_password_is_asked_for_again_under_the_same_name(here: Here) -> None:
    browser = here.browser()
    second = browser.submit(here.authorize(browser), {"username": "alice"})

    refused = browser.submit(second, {"password": "wrong"})

    assert refused.status_code == 422
    assert form_with(refused, "password").value("username") == "alice"
    assert answer(browser.follow(browser.submit(refused, {"password": PASSWORD}))).code


def test_no_name_is_asked_for_again(here: Here) -> None:
    browser = here.browser()

    refused = browser.submit(here.authorize(browser), {"username": " "})

    assert refused.status_code == 422
    assert not has_form(refused, "password")
    assert "Enter your email or user name." in refused.text


def test_another_name_can_be_used(here: Here) -> None:
    browser = here.browser()
    second = browser.submit(here.authorize(browser), {"username": "alice"})
    link = soup(second).select_one(".beside a")
    assert link is not None

    first = browser.open(f"{ISSUER}{link['href']}")

    assert at(first) == "/login"
    assert form_with(first, "username").value("username") == ""


def test_a_login_for_itself_comes_back_to_its_page(here: Here) -> None:
    browser = here.browser()
    first = browser.open(f"{ISSUER}/account/profile")

    second = browser.submit(first, {"username": "carol"})
    done = browser.follow(browser.submit(second, {"password": PASSWORD}))

    assert at(done) == "/account/profile"


@pytest.mark.req("BR-11")
def test_both_at_once_are_as_good(here: Here) -> None:
    browser = here.browser()
    page = here.authorize(browser)

    posted = browser.submit(
        page, {"username": "alice", "password": PASSWORD}, form=form_with(page, "username")
    )

    assert answer(browser.follow(posted)).code


def test_cancel_needs_no_name(here: Here) -> None:
    browser = here.browser()

    sent = answer(browser.cancel(here.authorize(browser)))

    assert sent.params["error"] == "access_denied"


@pytest.fixture(scope="module")
def acme(here: Here) -> TenantRecord:
    """A tenant that has shown that acme.example is its own, but not globex.example."""
    made = add_tenant(here.site, "acme")
    configure(here.site, "acme", {"accounts": [account("pat", email="pat@acme.example")]})
    for domain in ("acme.example", "globex.example"):
        author = Author("test", here.clock.now)
        record = here.site.domains.add(made.id, domain, "email", author)
        if domain == "acme.example":
            with here.site.database.transaction() as transaction:
                verify_domain(transaction, made.id, record.id, here.clock.now)
    return made


def named_alone(browser: Browser, username: str, path: str = "/login") -> httpx2.Response:
    """The answer to a name on the first page, where no client waits."""
    page = browser.open(f"{ISSUER}{path}")
    return browser.submit(page, {"username": username}, form=form_with(page, "username"))


@pytest.mark.req("3.6", "AU-01")
def test_an_address_of_a_tenant_leads_to_its_login_whoever_has_it(
    here: Here, acme: TenantRecord
) -> None:
    for name in ("pat@acme.example", "nobody@ACME.example"):
        led = named_alone(here.browser(), name)
        query = urlencode({"login_hint": name})
        assert (led.status_code, led.headers["location"]) == (303, f"{acme.issuer}/login?{query}")


@pytest.mark.req("3.6")
def test_there_the_name_is_filled_in_and_the_password_lets_in(
    here: Here, acme: TenantRecord
) -> None:
    browser = here.browser()

    page = browser.follow(named_alone(browser, "pat@acme.example", "/account/profile"))
    form = form_with(page, "password")
    done = browser.follow(browser.submit(page, {"password": PASSWORD}, form=form))

    assert form.value("username") == "pat@acme.example"
    assert at(done) == "/t/acme/account/profile"


@pytest.mark.req("3.6")
@pytest.mark.parametrize("name", ["dan@globex.example", "dan@no.acme.example", "pat", "@", "a@"])
def test_any_other_name_stays_here(here: Here, acme: TenantRecord, name: str) -> None:
    page = named_alone(here.browser(), name)

    assert page.status_code == 200
    assert has_form(page, "password")


@pytest.mark.req("3.6")
def test_a_request_of_a_client_stays_with_its_tenant(here: Here, acme: TenantRecord) -> None:
    browser = here.browser()

    second = browser.submit(here.authorize(browser), {"username": "pat@acme.example"})

    assert has_form(second, "password")


def test_a_hint_of_a_link_is_text_of_a_line(here: Here) -> None:
    browser = here.browser()

    pages = [browser.open(f"{ISSUER}/login?{urlencode({'login_hint': hint})}") for hint in ODD]

    assert [form_with(page, "username").value("username") for page in pages] == ["<b>", "", ""]
