"""Blocks in the console: set, seen, lifted; and addresses that are unlocked."""

from datetime import timedelta

import pytest

from authwell.identity.login.guard import Door
from authwell.protocol.server import Caller
from authwell.storage.login.guards import AttemptGuards, Subject
from tests.routes.console.conftest import events, identifier, page, send, shown
from tests.routes.login.conftest import ISSUER, Here, at
from tests.support.browser import Browser, soup
from tests.support.configuration import PASSWORD, account
from tests.support.tenants import add_tenant, configure

BLOCKS = "/console/blocks"


@pytest.mark.req("L10", "9.2")
def test_a_network_is_blocked_and_let_in_again(admin: Browser) -> None:
    made = send(admin, f"{BLOCKS}/new", kind="address", value="198.51.100.9/24", hours="24")
    path = at(made)

    assert "198.51.100.0/24" in shown(made)
    assert "198.51.100.0/24" in shown(page(admin, BLOCKS))
    assert at(send(admin, f"{path}/lift")) == BLOCKS
    assert admin.get(f"{ISSUER}{path}").status_code == 404


@pytest.mark.req("L10", "TN-01")
def test_an_address_is_blocked_for_all_tenants_by_the_default_one_alone(
    here: Here, admin: Browser
) -> None:
    for slug in ("north", "south"):
        add_tenant(here.site, slug)
    configure(here.site, "north", {"accounts": [account("nora", roles=["admin"])]})
    nora = here.browser()
    nora.log_in(nora.open(f"{ISSUER}/t/north/console"), "nora", PASSWORD)
    places = ("/login", "/t/north/login", "/t/south/login")

    def answers() -> list[int]:
        client = here.app.test_client(use_cookies=False)
        elsewhere = {"REMOTE_ADDR": "198.51.100.201"}
        sent = [client.get(f"{ISSUER}{place}", environ_base=elsewhere) for place in places]
        return [each.status_code for each in sent]

    sentence = "for all tenants of this server"
    for browser, prefix, expected in (
        (nora, "/t/north", [200, 403, 200]),
        (admin, "", [403, 403, 403]),
    ):
        told = shown(page(browser, f"{prefix}{BLOCKS}/new"))
        made = send(browser, f"{prefix}{BLOCKS}/new", kind="address", value="198.51.100.201")
        assert ((sentence in told), answers()) == (prefix == "", expected)
        send(browser, f"{at(made)}/lift")
        assert answers() == [200, 200, 200]


@pytest.mark.req("L10", "9.2")
def test_a_blocked_person_is_told_by_the_page_that_the_login_failed(
    here: Here, admin: Browser
) -> None:
    here.apply(accounts=[account("blocked-bea")])
    account_id = identifier(here, "blocked-bea")
    path = at(send(admin, f"{BLOCKS}/new", kind="account", value=account_id, hours=""))

    browser = here.browser()
    refused = browser.log_in(browser.open(f"{ISSUER}/login"), "blocked-bea", PASSWORD)

    assert soup(refused).select_one("form input[type=password]")
    assert events(here, "login.failed")[-1]["account_id"] == account_id
    send(admin, f"{path}/lift")


@pytest.mark.req("L10")
@pytest.mark.parametrize(
    ("kind", "value"),
    [("address", "0.0.0.0/0"), ("address", "127.0.0.1"), ("account", "nobody"), ("client", "x")],
)
def test_what_cannot_be_blocked_is_told_beside_its_field(
    admin: Browser, kind: str, value: str
) -> None:
    refused = send(admin, f"{BLOCKS}/new", kind=kind, value=value)

    assert refused.status_code == 422
    assert soup(refused).select_one("#value[aria-invalid=true]")


@pytest.mark.req("L10", "9.2")
@pytest.mark.parametrize("address", ["203.0.113.5", "2001:db8:1:2::7"])
def test_a_locked_address_is_seen_and_unlocked(here: Here, admin: Browser, address: str) -> None:
    door = Door(here.site.snapshots.known(), here.clock.now, Caller(address=address))
    for _ in range(here.site.settings.address_lockout_attempts):
        here.site.guard.admit(door, "passkey")
    listed = soup(page(admin, f"{BLOCKS}/locks"))
    (link,) = listed.select('td a[href*="/unlock/"]')

    unlocked = send(admin, str(link["href"]))

    assert link.get_text() not in shown(unlocked)
    assert events(here, "address.unlocked")[-1]["type"] == "address.unlocked"


@pytest.mark.req("L10", "AU-03")
def test_a_lock_without_an_end_names_no_day(here: Here, admin: Browser) -> None:
    here.apply(accounts=[account("locked-lou")])
    account_id = identifier(here, "locked-lou")
    subject = Subject(f"password/{account_id}", account_id, 1000, timedelta(hours=1), most=2)
    for _ in range(2):
        tenant_id = here.site.snapshots.known().id
        AttemptGuards(here.site.database).count(tenant_id, subject, here.clock.now)

    listed = shown(page(admin, f"{BLOCKS}/locks"))

    assert "Until it is lifted" in listed
    assert "9999" not in listed
