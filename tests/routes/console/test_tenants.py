"""The console of a tenant: its own people, its own things, and links that stay below its prefix."""

import pytest

from tests.routes.console.conftest import page, send, shown
from tests.routes.login.conftest import ISSUER, Here, at
from tests.support.browser import Browser, soup
from tests.support.configuration import PASSWORD, account, client
from tests.support.tenants import add_tenant, configure

ACME = f"{ISSUER}/t/acme"
PLACES = ("", "/users", "/sessions", "/clients", "/keys", "/audit", "/policy", "/branding")


@pytest.fixture(scope="module")
def acme(here: Here) -> None:
    """A tenant with an administrator and a client."""
    add_tenant(here.site, "acme")
    people = [account("wile", roles=["admin"]), account("beep")]
    configure(here.site, "acme", {"accounts": people, "clients": [client("anvil", scope="openid")]})


@pytest.fixture
def wile(here: Here, acme: None) -> Browser:
    """The browser of the tenant's administrator."""
    browser = here.browser()
    browser.log_in(browser.open(f"{ACME}/console"), "wile", PASSWORD)
    return browser


@pytest.mark.req("H5", "9.2")
@pytest.mark.parametrize("place", PLACES)
def test_all_links_stay_in_the_tenant(wile: Browser, place: str) -> None:
    document = soup(page(wile, f"/t/acme/console{place}"))

    links = [str(link["href"]) for link in document.select("a")]
    links += [str(form["action"]) for form in document.select("form[action]")]

    assert len(links) > len(PLACES)
    assert [link for link in links if not link.startswith("/t/acme/")] == []


@pytest.mark.req("H1", "H5")
def test_only_what_is_the_tenants_is_seen(wile: Browser) -> None:
    users = shown(page(wile, "/t/acme/console/users"))
    clients = shown(page(wile, "/t/acme/console/clients"))

    assert ("beep" in users, "carol" in users) == (True, False)
    assert ("anvil" in clients, "other-rs" in clients) == (True, False)
    assert wile.get(f"{ACME}/console/client/web").status_code == 404


@pytest.mark.req("H5", "9.2")
def test_a_form_leads_back_into_the_tenant(here: Here, wile: Browser) -> None:
    (row,) = here.rows("SELECT id FROM accounts WHERE username = 'beep'")

    after = send(wile, f"/t/acme/console/users/{row['id']}/edit", full_name="Road Runner")

    assert at(after) == f"/t/acme/console/users/{row['id']}"
    assert "Road Runner" in shown(after)


@pytest.mark.req("H1")
def test_an_administrator_of_one_tenant_is_nobody_in_another(
    here: Here, wile: Browser, admin: Browser
) -> None:
    away = [
        wile.get(f"{ISSUER}/console"),
        admin.get(f"{ACME}/console"),
    ]

    assert [(answer.status_code, at(answer)) for answer in away] == [
        (303, "/login"),
        (303, "/t/acme/login"),
    ]


@pytest.mark.req("11.6")
def test_tokens_of_a_tenant_are_simulated_in_it(wile: Browser) -> None:
    text = shown(page(wile, "/t/acme/console/simulate/anvil?user=beep"))

    assert f'"iss": "{ACME}"' in text


@pytest.mark.req("H2", "H3", "9.2")
def test_a_tenant_is_made_and_its_first_administrator_invited(here: Here, admin: Browser) -> None:
    here.rows("DELETE FROM invitations")

    after = send(
        admin, "/console/tenants/new", name="Globex", slug="", admin_email="hank@globex.example"
    )

    assert "globex" in shown(after)
    assert here.http.get(f"{ISSUER}/t/globex/.well-known/openid-configuration").status_code == 200
    (row,) = here.rows("SELECT email FROM invitations")
    assert row["email"] == "hank@globex.example"
    assert "Globex" in shown(page(admin, "/console/tenants?q=glo"))


@pytest.mark.req("H2", "TN-12", "9.2")
def test_a_tenant_is_suspended_served_again_and_ended(here: Here, admin: Browser) -> None:
    path = at(send(admin, "/console/tenants/new", name="Initech", slug="initech"))
    metadata = f"{ISSUER}/t/initech/.well-known/openid-configuration"
    statuses = []

    for step in ("suspend", "activate", "delete"):
        send(admin, f"{path}/{step}")
        found = here.site.tenants.of("initech")
        if found is not None:
            found.forget()
        statuses.append(here.http.get(metadata).status_code)

    assert statuses[1] == 200
    assert 200 not in (statuses[0], statuses[2])
    assert admin.get(f"{ISSUER}{path}").status_code == 404


@pytest.mark.req("H2", "TN-04")
def test_an_administrator_of_a_tenant_makes_no_tenants(wile: Browser) -> None:
    menu = {link.get_text() for link in soup(page(wile, "/t/acme/console")).select(".menu-open a")}

    answers = [wile.get(f"{ACME}/console/tenants{place}").status_code for place in ("", "/new")]

    assert answers == [403, 403]
    assert "Tenants" not in menu


def test_the_default_tenant_stays(here: Here, admin: Browser) -> None:
    (row,) = here.rows("SELECT id FROM tenants WHERE slug = 'default'")

    answers = [
        admin.get(f"{ISSUER}/console/tenants/{row['id']}/{step}").status_code
        for step in ("suspend", "delete")
    ]

    assert answers == [404, 404]


@pytest.mark.req("HT-06", "BR-04")
@pytest.mark.parametrize("name", ["a" * 256, "Umbrella\u202e"])
def test_a_name_that_no_list_can_show_is_refused(admin: Browser, name: str) -> None:
    refused = send(admin, "/console/tenants/new", name=name, slug="umbrella")

    assert refused.status_code == 422
    assert soup(refused).select_one("#name[aria-invalid=true]")


def test_a_name_that_is_taken_is_told_beside_the_field(acme: None, admin: Browser) -> None:
    refused = send(admin, "/console/tenants/new", name="Acme", slug="acme")

    assert refused.status_code == 422
    assert soup(refused).select_one("#slug[aria-invalid=true]")
