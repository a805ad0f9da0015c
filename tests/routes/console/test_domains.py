"""Domains in the console, and the export of the audit log."""

import pytest

from authwell.identity.configuration.authors import Author
from authwell.storage.tenancy.domains import verify_domain
from tests.routes.console.conftest import events, page, send, shown
from tests.routes.login.conftest import ISSUER, Here, at
from tests.support.browser import Browser, soup
from tests.support.tenants import add_tenant

DOMAINS = "/console/domains"


@pytest.mark.req("9.2")
def test_a_domain_is_named_and_forgotten(here: Here, admin: Browser) -> None:
    made = send(admin, f"{DOMAINS}/new", domain="fern.example", use="email")
    path = at(made)
    (row,) = here.rows("SELECT challenge FROM tenant_domains WHERE domain = 'fern.example'")

    assert str(row["challenge"]) in shown(made)
    assert "https://fern.example/.well-known/authwell-domain" in shown(made)
    assert at(send(admin, f"{path}/delete")) == DOMAINS
    assert admin.get(f"{ISSUER}{path}").status_code == 404


def test_what_is_no_domain_is_told(admin: Browser) -> None:
    refused = send(admin, f"{DOMAINS}/new", domain="not one", use="email")

    assert refused.status_code == 422
    assert soup(refused).select_one("#domain[aria-invalid=true]")


@pytest.mark.req("9.2")
def test_the_audit_log_is_exported(here: Here, admin: Browser) -> None:
    listed = soup(page(admin, "/console/audit?type=login.succeeded"))
    links = [str(link["href"]) for link in listed.select('main a[href*="/audit/export"]')]

    files = [admin.get(f"{ISSUER}{link}") for link in links]

    assert len(files) == 2
    assert all(file.status_code == 200 and "login.succeeded" in file.text for file in files)
    assert not any("key.created" in file.text for file in files)
    assert events(here, "audit.exported")


@pytest.mark.req("9.2", "3.6")
def test_a_tenant_is_given_the_host_that_it_has_shown(here: Here, admin: Browser) -> None:
    tenant = add_tenant(here.site, "initech")
    author = Author("test", here.clock.now)
    domain = here.site.domains.add(tenant.id, "login.initech.example", "host", author)
    place = f"/console/tenants/{tenant.id}"

    unproven = send(admin, f"{place}/host", host="login.initech.example")
    with here.site.database.transaction() as transaction:
        verify_domain(transaction, tenant.id, domain.id, here.clock.now)
    moved = send(admin, f"{place}/host", host="login.initech.example")

    assert unproven.status_code == 422
    assert at(moved) == place
    assert "http://login.initech.example" in shown(moved)
    assert events(here, "tenant.issuer_changed")


@pytest.mark.req("9.2", "3.6")
def test_the_host_of_a_tenant_is_not_forgotten(here: Here, admin: Browser) -> None:
    (tenant,) = here.rows("SELECT id FROM tenants WHERE slug = 'default'")
    author = Author("test", here.clock.now)
    domain = here.site.domains.add(str(tenant["id"]), "at.example", "host", author)
    here.rows("UPDATE tenants SET issuer = 'http://at.example' WHERE slug = 'default'")

    refused = send(admin, f"{DOMAINS}/{domain.id}/delete")
    here.rows("UPDATE tenants SET issuer = :issuer WHERE slug = 'default'", issuer=ISSUER)

    assert refused.status_code == 422
    assert "The tenant is found at this host." in refused.text
