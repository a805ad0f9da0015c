"""Passkeys in Chromium, with its virtual authenticator (WebAuthn Level 3 section 11)."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, CDPSession, Page, expect

from tests.flows.conftest import log_in
from tests.support.configuration import CALLBACK, account, client
from tests.support.running import running_site
from tests.support.site import Site, authorization_request


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    entries = {
        "clients": [client("web")],
        "accounts": [account("alice")],
    }
    with running_site(entries=entries) as running:
        yield running


@dataclass(frozen=True, slots=True)
class Device:
    """A browser on a device that knows its user."""

    page: Page
    session: CDPSession
    authenticator: str

    def verifies(self, *, yes: bool) -> None:
        """Whether the user shows finger or PIN from now on."""
        what = {"authenticatorId": self.authenticator, "isUserVerified": yes}
        self.session.send("WebAuthn.setUserVerified", what)

    def touches(self, *, yes: bool) -> None:
        """Whether somebody answers at all from now on."""
        what = {"authenticatorId": self.authenticator, "enabled": yes}
        self.session.send("WebAuthn.setAutomaticPresenceSimulation", what)

    def offers_only_the_button(self) -> None:
        """Pages opened from now on meet a browser that can't offer passkeys where names go.

        Its offer is answered at once by an authenticator that touches itself, and would race
        with the test's click on the button.
        """
        self.page.add_init_script(
            "PublicKeyCredential.isConditionalMediationAvailable = async () => false",
        )

    def credentials(self) -> list[dict[str, object]]:
        """What the authenticator holds."""
        known = {"authenticatorId": self.authenticator}
        return list(self.session.send("WebAuthn.getCredentials", known)["credentials"])


@pytest.fixture
def device(browser: Browser, site: Site) -> Iterator[Device]:
    site.sql("DELETE FROM webauthn_credentials")
    site.sql("DELETE FROM backup_codes")
    with browser.new_context() as context:
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("WebAuthn.enable")
        options = {
            "protocol": "ctap2",
            "transport": "internal",
            "hasResidentKey": True,
            "hasUserVerification": True,
            "isUserVerified": True,
            "automaticPresenceSimulation": True,
        }
        added = session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
        yield Device(page, session, added["authenticatorId"])


def register(device: Device, site: Site, name: str = "Laptop") -> None:
    """Log in by password and add a passkey."""
    page = device.page
    device.touches(yes=False)
    page.goto(site.url("login?return_to=/account/passkeys"))
    log_in(page, site.issuer)
    expect(page.locator("form[data-passkey=create]")).to_be_visible()
    device.touches(yes=True)
    page.fill("input[name=passkey_name]", name)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()


def log_out(page: Page) -> None:
    """Forget the session, as another window would."""
    page.context.clear_cookies()


def start(page: Page, site: Site, **changes: str) -> None:
    page.route(f"{CALLBACK}**", lambda route: route.fulfill(body="You are here."))
    page.goto(f"{site.endpoint('authorize')}?{urlencode(authorization_request('web', **changes))}")


def code_of(page: Page) -> str:
    expect(page.get_by_text("You are here.")).to_be_visible()
    return parse_qs(urlsplit(page.url).query)["code"][0]


@pytest.mark.req("2.8", "E11")
def test_a_passkey_is_added_and_logs_in_without_a_name(device: Device, site: Site) -> None:
    register(device, site)
    assert "Your backup codes" in device.page.content()
    assert len(device.credentials()) == 1
    log_out(device.page)
    device.offers_only_the_button()
    device.page.goto(site.url("login?return_to=/account/passkeys"))

    device.page.get_by_role("button", name="Log in with a passkey").click()

    expect(device.page.get_by_role("heading", name="Laptop")).to_be_visible()
    (row,) = site.sql("SELECT amr, acr FROM sessions ORDER BY created_at DESC LIMIT 1")
    assert "pop" in str(row["amr"])
    assert row["acr"] == "phr"


@pytest.mark.req("2.8")
def test_the_browser_offers_it_where_the_name_is_filled_in(device: Device, site: Site) -> None:
    register(device, site)
    log_out(device.page)

    device.page.goto(site.url("login?return_to=/account/passkeys"))

    expect(device.page.get_by_role("heading", name="Laptop")).to_be_visible()


@pytest.mark.req("PA-01", "2.8")
def test_without_finger_or_pin_nobody_logs_in(device: Device, site: Site) -> None:
    register(device, site)
    log_out(device.page)
    device.verifies(yes=False)
    device.page.goto(site.url("login"))

    device.page.get_by_role("button", name="Log in with a passkey").click()

    expect(device.page.locator("[data-passkey-failed]")).to_be_visible()
    assert urlsplit(device.page.url).path == "/login"


@pytest.mark.req("2.8", "BR-10")
def test_it_answers_a_client_that_wants_a_new_login(device: Device, site: Site) -> None:
    register(device, site)
    device.offers_only_the_button()
    start(device.page, site, prompt="login")

    device.page.get_by_role("button", name="Log in with a passkey").click()

    assert code_of(device.page)


@pytest.mark.req("2.8")
def test_a_passkey_is_renamed_and_removed(device: Device, site: Site) -> None:
    register(device, site)
    page = device.page
    page.goto(site.url("account/passkeys"))
    page.get_by_role("link", name="Add or change passkeys").click()
    page.get_by_role("button", name="Use a passkey").click()

    page.get_by_text("Change", exact=True).click()
    page.get_by_label("Name", exact=True).fill("Old laptop")
    page.get_by_role("button", name="Rename").click()
    expect(page.get_by_role("heading", name="Old laptop")).to_be_visible()
    page.get_by_text("Change", exact=True).click()
    page.get_by_role("button", name="Remove").click()

    expect(page.get_by_text("You have no passkey.")).to_be_visible()


@pytest.mark.req("9.1")
def test_without_scripts_the_button_is_not_there(browser: Browser, site: Site) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(site.url("login"))

        expect(page.get_by_role("button", name="Log in with a passkey")).to_be_hidden()
        expect(page.get_by_role("button", name="Log in", exact=True)).to_be_visible()
