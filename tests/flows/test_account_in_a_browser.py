"""A person's walk in Chromium: without scripts, and by the keyboard alone (FEATURES.md 9.1)."""

from collections.abc import Iterator
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.configuration import CALLBACK, PASSWORD, account, client
from tests.support.running import running_site
from tests.support.site import Site, authorization_request


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    entries = {"clients": [client("asks", consent="required")], "accounts": [account("alice")]}
    with running_site(entries=entries) as running:
        yield running


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A tab in a browser whose scripts are off."""
    with browser.new_context(java_script_enabled=False) as context:
        yield context.new_page()


def start(page: Page, site: Site) -> None:
    """What the client asks."""
    page.route(f"{CALLBACK}**", lambda route: route.fulfill(body="You are here."))
    page.goto(f"{site.endpoint('authorize')}?{urlencode(authorization_request('asks'))}")


def is_answered(page: Page) -> bool:
    """Whether the client got a code."""
    expect(page.get_by_text("You are here.")).to_be_visible()
    return "code" in parse_qs(urlsplit(page.url).query)


@pytest.mark.req("9.1", "6.5", "1.12")
def test_without_scripts_a_person_allows_looks_and_takes_back(page: Page, site: Site) -> None:
    start(page, site)
    page.fill("#username", "alice")
    page.fill("#password", PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.get_by_role("button", name="Allow").click()
    assert is_answered(page)

    page.goto(site.url("account"))
    page.get_by_role("link", name="Applications").first.click()
    page.get_by_role("button", name="Remove access").click()
    expect(page.get_by_role("status")).to_contain_text("no access")
    page.get_by_role("link", name="Profile").first.click()
    page.get_by_label("Full name").fill("Alice Zwaan")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("saved")
    expect(page.locator(".banner-name")).to_have_text("Alice Zwaan")
    page.get_by_role("link", name="Log out").click()
    page.get_by_role("button", name="Log out").click()

    expect(page.get_by_role("heading", name="You are logged out")).to_be_visible()


@pytest.mark.req("9.1")
def test_on_a_phone_the_menu_unfolds_without_scripts(browser: Browser, site: Site) -> None:
    with browser.new_context(
        java_script_enabled=False, viewport={"width": 390, "height": 844}
    ) as context:
        page = context.new_page()
        page.goto(site.url("account"))
        page.fill("#username", "alice")
        page.fill("#password", PASSWORD)
        page.get_by_role("button", name="Log in", exact=True).click()

        page.locator("summary").first.click()
        page.locator(".menu-folded").get_by_role("link", name="Activity").click()

        expect(page.get_by_role("heading", name="Activity")).to_be_visible()


@pytest.mark.req("9.1")
def test_by_the_keyboard_alone_a_person_logs_in_and_allows(browser: Browser, site: Site) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        start(page, site)
        page.keyboard.type("alice")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("button", name="Allow")).to_be_visible()

        for _ in range(20):
            if page.evaluate("document.activeElement.value") == "allow":
                break
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")

        assert is_answered(page)
