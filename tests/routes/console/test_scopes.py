"""Scopes and APIs in the console: made, described anew, deleted unless they are used."""

import pytest

from tests.routes.console.conftest import page, send, shown
from tests.routes.login.conftest import ISSUER, at
from tests.support.browser import Browser, soup

SCOPES = "/console/scopes"
PRINTER = {"identifier": "https://printer.example/jobs"}


@pytest.mark.req("9.2")
def test_a_scope_is_made_described_and_deleted(admin: Browser) -> None:
    made = send(admin, f"{SCOPES}/new", name="print:jobs/own", description="Print your jobs")
    assert "Print your jobs" in shown(made)

    described = send(admin, f"{SCOPES}/edit/print:jobs/own", description="Print what you wrote")

    assert "Print what you wrote" in shown(described)
    assert at(send(admin, f"{SCOPES}/delete/print:jobs/own")) == SCOPES
    assert admin.get(f"{ISSUER}/console/scope/print:jobs/own").status_code == 404


def test_a_scope_without_a_description_is_told(admin: Browser) -> None:
    refused = send(admin, f"{SCOPES}/new", name="bare")

    assert refused.status_code == 422
    assert soup(refused).select_one("#description[aria-invalid=true]")


@pytest.mark.req("9.2")
def test_an_api_is_registered_changed_and_deleted_and_keeps_its_scope(admin: Browser) -> None:
    send(admin, f"{SCOPES}/new", name="scan", description="Scan")
    send(admin, "/console/resources/new", **PRINTER, name="Printer", scopes="scan")
    (link,) = [a for a in soup(page(admin, SCOPES)).select("td a") if "printer" in a.get_text()]
    path = str(link["href"])
    assert "Printer" in shown(page(admin, path))

    send(admin, path.replace("?", "/edit?"), access_token_lifetime="120")

    assert "120" in shown(page(admin, path))
    assert send(admin, f"{SCOPES}/delete/scan").status_code == 422
    assert at(send(admin, path.replace("?", "/delete?"))) == SCOPES
    assert admin.get(f"{ISSUER}{path}").status_code == 404


@pytest.mark.parametrize("lifetime", ["-1", "1e3", "0", "99999999"])
def test_an_api_that_does_not_fit_is_told(admin: Browser, lifetime: str) -> None:
    refused = send(admin, "/console/resources/new", **PRINTER, access_token_lifetime=lifetime)

    assert refused.status_code == 422
    assert soup(refused).select_one("#access_token_lifetime[aria-invalid=true]")
