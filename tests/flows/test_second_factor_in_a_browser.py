"""An authenticator app in Chromium: set up on the way, asked for again, with and without scripts."""

from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlencode, urlsplit

import pyotp
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.apps import STEP, app_of
from tests.support.configuration import CALLBACK, PASSWORD, account, client
from tests.support.running import running_site
from tests.support.site import Site, authorization_request


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    entries = {
        "clients": [client("web")],
        "accounts": [account("alice"), account("bob")],
    }
    with running_site(entries=entries, ENABLE_2FA="true") as running:
        yield running


def log_in(context: BrowserContext, site: Site, name: str) -> Page:
    """From a client to the page after the password."""
    page = context.new_page()
    page.route(f"{CALLBACK}**", lambda route: route.fulfill(body="You are here."))
    page.goto(f"{site.endpoint('authorize')}?{urlencode(authorization_request('web'))}")
    page.get_by_label("Email or user name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    return page


def set_up(page: Page, *, scripts: bool) -> tuple[pyotp.TOTP, list[str]]:
    """Type the key into an app, and confirm it by a code of half a minute ago; the backup codes."""
    picture = page.get_by_role("img", name="QR code of the key below")
    expect(picture).to_be_visible()
    if scripts:
        assert picture.evaluate("image => image.complete && image.naturalWidth > 0")
    otp = app_of(page.locator("code.secret").inner_text())
    page.get_by_label("Code", exact=True).fill(otp.at(datetime.now(UTC) - STEP))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", name="Your backup codes")).to_be_visible()
    return otp, page.locator(".codes code").all_inner_texts()


def is_back(page: Page) -> bool:
    expect(page.get_by_text("You are here.")).to_be_visible()
    return bool(parse_qs(urlsplit(page.url).query)["code"])


@pytest.mark.req("2.6", "E1", "E2", "E6", "E7")
@pytest.mark.parametrize(("name", "scripts"), [("alice", True), ("bob", False)])
def test_an_app_is_set_up_and_asked_for(
    browser: Browser, site: Site, name: str, *, scripts: bool
) -> None:
    with browser.new_context(java_script_enabled=scripts) as context:
        page = log_in(context, site, name)
        otp, codes = set_up(page, scripts=scripts)
        page.get_by_role("link", name="Continue").click()
        assert is_back(page)
    assert len(codes) == 10

    for code in (codes[0], otp.at(datetime.now(UTC))):
        with browser.new_context(java_script_enabled=scripts) as context:
            page = log_in(context, site, name)
            expect(page.get_by_role("heading", name="Second step")).to_be_visible()
            page.get_by_label("Code from your app, or a backup code").fill(code)
            page.get_by_role("button", name="Continue").click()
            assert is_back(page)
