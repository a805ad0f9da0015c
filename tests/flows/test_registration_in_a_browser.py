"""Registering and recovering in Chromium: by a mail of a real server, back to the relying party."""

import re
import time
from collections.abc import Iterator
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.parts.server import StartServer
from tests.parts.smtp import MailServer, mail_server
from tests.support.configuration import client
from tests.support.site import Site, authorization_request, plain_client

GOOD = "Correct-Horse-7-Battery"
NEW = "Other-Horse-8-Battery"
WITH_SCRIPTS = pytest.mark.parametrize("with_scripts", [True, False])


class _Party(BaseHTTPRequestHandler):
    """Where a relying party takes the browser back."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>Here</title><p>You are here.")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def callback() -> Iterator[str]:
    """The redirect URI of a relying party that runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Party)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}/cb"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def mails() -> Iterator[MailServer]:
    """Everybody's mailbox."""
    with mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def site(start_server: StartServer, mails: MailServer, callback: str) -> Iterator[Site]:
    """A server that verifies addresses."""
    environ: dict[str, Any] = mails.settings(REQUIRE_EMAIL_VERIFICATION="true")
    server = start_server(**environ)
    with plain_client() as http:
        running = Site(server.url, server, http)
        running.apply({"clients": [client("notebook", redirect_uris=[callback])]})
        yield running
    server.stop()


def start(page: Page, site: Site, callback: str, **changes: str) -> None:
    asked = authorization_request("notebook", redirect_uri=callback, **changes)
    page.goto(f"{site.endpoint('authorize')}?{urlencode(asked)}")


def fill(page: Page, **values: str) -> None:
    for name, value in values.items():
        page.fill(f"input[name={name}]", value)
    page.keyboard.press("Enter")


def mail_to(mails: MailServer, address: str, path: str) -> str:
    """The link of the mail that came, which its reader opens."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for message in reversed(mails.messages):
            found = re.search(rf"http://\S+{path}\?token=[\w-]+", text_of(message))
            if message["To"] == address and found:
                return found[0]
        time.sleep(0.1)
    raise AssertionError(f"no mail to {address}")


def text_of(message: EmailMessage) -> str:
    body = message.get_body(("plain",))
    return str(body.get_content()) if body is not None else ""


def arrived(page: Page, site: Site, callback: str) -> dict[str, object]:
    """What the relying party is told of the person."""
    expect(page.get_by_text("You are here.")).to_be_visible()
    code = parse_qs(urlsplit(page.url).query)["code"][0]
    tokens = site.redeem(code, "notebook", redirect_uri=callback).json()
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    return dict(site.http.get(site.endpoint("userinfo"), headers=headers).json())


@pytest.mark.req("C12", "D1", "D9", "2.1", "9.1", "RC-04")
@WITH_SCRIPTS
def test_from_a_relying_party_by_a_mail_back_to_it(
    browser: Browser, site: Site, mails: MailServer, callback: str, with_scripts: bool
) -> None:
    name = f"ada-{with_scripts}".lower()
    email = f"{name}@people.example"
    with browser.new_context(java_script_enabled=with_scripts) as context:
        page = context.new_page()
        start(page, site, callback)
        page.get_by_role("link", name="Create an account").click()
        fill(page, full_name="Ada", email=email, username=name, password=GOOD)
        expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
        link = mail_to(mails, email, "/verify-email")
        page.goto(link)
        page.get_by_role("button", name="Confirm").click()
        claims = arrived(page, site, callback)

    assert claims["email"] == email
    assert claims["email_verified"] is True
    token = link.partition("token=")[2]
    assert token not in site.server.log()
    assert "/verify-email" in site.server.log()


@pytest.mark.req("D6", "D7", "2.3", "MF-08", "RC-04")
@WITH_SCRIPTS
def test_a_forgotten_password_on_the_way_to_a_relying_party(
    browser: Browser, site: Site, mails: MailServer, callback: str, with_scripts: bool
) -> None:
    name = f"bob-{with_scripts}".lower()
    email = f"{name}@people.example"
    person = {"username": name, "email": email, "email_verified": True, "password": GOOD}
    site.apply({"accounts": [person]})
    with browser.new_context(java_script_enabled=with_scripts) as context:
        page = context.new_page()
        start(page, site, callback)
        page.get_by_role("link", name="Forgot your password?").click()
        fill(page, email=email)
        expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
        link = mail_to(mails, email, "/reset-password")
        page.goto(link)
        fill(page, password="short")
        expect(page.locator("#password-error")).to_be_visible()
        fill(page, password=NEW)
        page.get_by_role("link", name="Log in").click()
        fill(page, username=name, password=NEW)
        claims = arrived(page, site, callback)

    assert claims["email"] == email
    assert link.partition("token=")[2] not in site.server.log()
