"""An administrator's walk through the console in Chromium, without scripts (FEATURES.md 9.2)."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.support.configuration import PASSWORD, account, client
from tests.support.running import running_site
from tests.support.site import Site

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    accounts = [account("alice", roles=["admin"]), account("bob")]
    entries = {"clients": [client("web")], "accounts": accounts}
    with running_site(entries=entries) as running:
        yield running


@pytest.fixture
def page(browser: Browser, site: Site) -> Iterator[Page]:
    """A tab of alice in the console; scripts are off."""
    with browser.new_context(java_script_enabled=False) as context:
        view = context.new_page()
        log_in(view, site, "console", "alice")
        yield view


def log_in(view: Page, site: Site, path: str, username: str) -> None:
    """Log in on the way to a page."""
    view.goto(site.url(path))
    view.fill("#username", username)
    view.fill("#password", PASSWORD)
    view.get_by_role("button", name="Log in", exact=True).click()


def go(view: Page, *names: str) -> None:
    """Follow links by their names."""
    for name in names:
        view.locator("main, .menu-open").get_by_role("link", name=name, exact=True).click()


def press(view: Page, name: str) -> None:
    view.locator("main").get_by_role("button", name=name, exact=True).click()


@pytest.mark.req("9.2")
def test_a_client_is_made_and_its_tokens_are_simulated(page: Page) -> None:
    go(page, "Clients", "Add a client")
    page.get_by_label("Name", exact=True).fill("Reading room")
    page.get_by_label("redirect_uris", exact=True).fill("https://reading.example/cb")
    press(page, "Save")
    expect(page.get_by_role("status")).to_contain_text("not shown again")

    go(page, "Simulate tokens")
    page.get_by_label("User", exact=True).fill("bob")
    press(page, "Simulate")

    expect(page.get_by_text("The person is asked for consent")).to_be_visible()
    expect(page.get_by_text('"preferred_username": "bob"')).to_be_visible()


@pytest.mark.req("9.2", "L2")
def test_a_login_is_seen_in_the_audit(page: Page, browser: Browser, site: Site) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        view = context.new_page()
        log_in(view, site, "account", "bob")
        expect(view.get_by_role("heading", name="Bob")).to_be_visible()

    go(page, "Audit")

    expect(page.locator("tbody tr").first).to_contain_text("login.succeeded")


@pytest.mark.req("9.2", "1.8")
def test_a_key_is_rotated(page: Page) -> None:
    go(page, "Keys", "Rotate ES256")
    page.get_by_label("Others know the present key").check()
    press(page, "Rotate ES256")

    expect(page.get_by_role("status")).to_contain_text("Done")
    expect(page.locator("tbody tr", has_text="ES256").filter(has_text="retiring")).to_be_visible()


@pytest.mark.req("9.2")
def test_a_webhook_is_sent_again(page: Page, site: Site) -> None:
    go(page, "Webhooks", "Add an endpoint")
    page.get_by_label("Name", exact=True).fill("Till")
    page.get_by_label("url", exact=True).fill("https://till.example/in")
    press(page, "Save")
    go(page, "Send a test message")
    press(page, "Send a test message")
    # As if all attempts were over: the receiver does not exist.
    site.sql("UPDATE webhook_deliveries SET done_at = created_at")

    go(page, "webhook.test", "Send again")
    press(page, "Send again")

    expect(page.get_by_role("status")).to_contain_text("Done")
    assert site.sql("SELECT count(*) AS number FROM webhook_deliveries WHERE done_at IS NULL")


@pytest.mark.req("9.2", "H2")
def test_a_tenant_is_made_and_its_administrator_invited(page: Page, site: Site) -> None:
    go(page, "Tenants", "Add a tenant")
    page.get_by_label("Name", exact=True).fill("Globex")
    page.get_by_label("Email of its first administrator").fill("hank@globex.example")
    press(page, "Save")

    expect(page.get_by_role("heading", name="Globex")).to_be_visible()
    (row,) = site.sql("SELECT email FROM invitations")
    assert row["email"] == "hank@globex.example"


@pytest.mark.req("9.2", "9.1")
def test_real_pages_have_no_barrier(browser: Browser, site: Site) -> None:
    found = {}
    with browser.new_context() as context:
        view = context.new_page()
        log_in(view, site, "console", "alice")
        for link in view.locator(".menu-open a").all():
            path = str(link.get_attribute("href"))
            other = context.new_page()
            other.goto(site.url(path))
            result = Axe().run(other, options={"runOnly": TAGS})
            if result.violations_count:
                found[path] = result.generate_report()
            other.close()

    assert found == {}
