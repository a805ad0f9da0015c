"""A link by mail in Chromium, sent by a real mail server: here, elsewhere, and with a passkey asked for."""

import re
from collections.abc import Iterator
from time import monotonic, sleep
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.parts.smtp import MailServer, mail_server
from tests.support.configuration import CALLBACK, account, client
from tests.support.running import running_site
from tests.support.site import Site, authorization_request

ADDRESS = "alice@people.example"
LINK = r"http://\S+/magic-link\?\S+"
KEYED = "bob@people.example"


@pytest.fixture(scope="module")
def mails() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture(scope="module")
def site(mails: MailServer) -> Iterator[Site]:
    people = [account("alice", email=ADDRESS), account("bob", email=KEYED)]
    entries = {"clients": [client("web")], "accounts": people}
    limit = {"MAGIC_LINK_RATE_LIMIT": "100"}
    with running_site(entries=entries, **mails.settings(**limit)) as running:
        yield running


def ask(page: Page, site: Site, mails: MailServer, address: str = ADDRESS) -> str:
    """From a client to the page that tells where to look; the link of the mail."""
    before = len(mails.messages)
    page.route(f"{CALLBACK}**", lambda route: route.fulfill(body="You are here."))
    page.goto(f"{site.endpoint('authorize')}?{urlencode(authorization_request('web'))}")
    page.get_by_role("link", name="Send me a link").click()
    page.get_by_label("Email").fill(address)
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_role("heading", name="Look into your mailbox")).to_be_visible()
    return link_of(mails, before)


def link_of(mails: MailServer, before: int) -> str:
    """The link of the next mail that has one; another process sends it."""
    end = monotonic() + 30
    while not (found := re.search(LINK, texts(mails, before))) and monotonic() < end:
        sleep(0.05)
    assert found is not None
    return found[0]


def texts(mails: MailServer, before: int) -> str:
    """All mails but the first ones, as one text."""
    bodies = [mail.get_body(("plain",)) for mail in mails.messages[before:]]
    return "\n".join(body.get_content() for body in bodies if body is not None)


def is_back(page: Page) -> bool:
    expect(page.get_by_text("You are here.")).to_be_visible()
    return bool(parse_qs(urlsplit(page.url).query)["code"])


@pytest.mark.req("2.7", "E8", "E9", "RC-04")
def test_the_link_logs_in_the_browser_that_asked(
    browser: Browser, site: Site, mails: MailServer
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        link = ask(page, site, mails)
        page.goto(link)

        page.get_by_role("button", name="Log in").click()

        assert is_back(page)
        page.goto(link)
        expect(page.get_by_text("does not work any more")).to_be_visible()


@pytest.mark.req("2.7", "RC-12")
def test_opened_in_another_browser_its_code_logs_in_the_first(
    browser: Browser, site: Site, mails: MailServer
) -> None:
    with browser.new_context() as mine, browser.new_context() as other:
        page, phone = mine.new_page(), other.new_page()
        link = ask(page, site, mails)
        phone.goto(link)
        expect(
            phone.get_by_role("heading", name="You asked for this link elsewhere")
        ).to_be_visible()
        phone.get_by_role("button", name="Show the code").click()
        code = phone.locator("p.code").inner_text()

        page.get_by_label("Code").fill(code)
        page.get_by_role("button", name="Log in").click()

        assert is_back(page)
        phone.goto(site.url("account"))
        assert urlsplit(phone.url).path == "/login"


@pytest.mark.req("MF-09", "MF-04", "2.8")
def test_a_passkey_is_asked_for_after_the_link(
    browser: Browser, site: Site, mails: MailServer
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "usb",
            "hasResidentKey": False,
            "hasUserVerification": False,
            "automaticPresenceSimulation": True,
        }
        session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        page.goto(ask(page, site, mails, KEYED))
        page.get_by_role("button", name="Log in").click()
        assert is_back(page)
        page.goto(site.url("account/passkeys"))
        add_key(page)
        context.clear_cookies()

        page.goto(ask(page, site, mails, KEYED))
        page.get_by_role("button", name="Log in").click()
        expect(page).to_have_url(re.compile("/second-factor"))
        page.locator("form[data-passkey=get] button").click()

        assert is_back(page)
        (row,) = site.sql("SELECT amr, acr FROM sessions ORDER BY created_at DESC LIMIT 1")
        assert "link" in str(row["amr"])
        assert "pop" in str(row["amr"])
        assert "hwk" not in str(row["amr"])


def add_key(page: Page) -> None:
    """Add a security key that knows no user."""
    expect(page.locator("form[data-passkey=create]")).to_be_visible()
    page.fill("input[name=passkey_name]", "Key")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name="Key", exact=True)).to_be_visible()
