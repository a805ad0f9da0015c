"""Domains in the console, and the export of the audit log."""

import pytest

from tests.routes.console.conftest import events, page, send, shown
from tests.routes.login.conftest import ISSUER, Here, at
from tests.support.browser import Browser, soup

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
