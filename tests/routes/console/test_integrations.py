"""Integrations in the console: made with a key and a secret, changed, given others, deleted."""

import pytest

from tests.routes.console.conftest import page, send
from tests.routes.login.conftest import ISSUER, Here, at
from tests.support.browser import Browser, soup

INTEGRATIONS = "/console/integrations"


@pytest.fixture
def integration(here: Here, admin: Browser) -> str:
    """The page of an integration."""
    here.rows("DELETE FROM integrations")
    typed = {"type": "custom", "name": "Till", "status": "active", "config": '{"shop": 7}'}
    made = send(admin, f"{INTEGRATIONS}/new", **typed)
    assert len(soup(made).select("code.secret")) == 2
    (row,) = here.rows("SELECT id FROM integrations")
    return f"{INTEGRATIONS}/{row['id']}"


@pytest.mark.req("J6", "9.2")
def test_it_is_listed_and_changed_and_its_secrets_are_not_shown_again(
    admin: Browser, integration: str
) -> None:
    links = [str(link["href"]) for link in soup(page(admin, INTEGRATIONS)).select("td a")]

    changed = send(admin, f"{integration}/edit", description="At the door", config='{"shop": 8}')

    assert links == [integration]
    assert "At the door" in changed.text
    assert "shop" in changed.text
    assert soup(changed).select_one("code.secret") is None


@pytest.mark.req("J7", "9.2")
def test_it_gets_another_key_and_secret_and_goes(admin: Browser, integration: str) -> None:
    made = send(admin, f"{integration}/regenerate-secret")
    assert len(soup(made).select("code.secret")) == 2

    after = send(admin, f"{integration}/delete")

    assert at(after) == INTEGRATIONS
    assert admin.get(f"{ISSUER}{integration}").status_code == 404


@pytest.mark.parametrize(("name", "value"), [("name", ""), ("config", "[1]"), ("name", "a" * 256)])
def test_what_does_not_fit_is_told_beside_its_field(
    admin: Browser, integration: str, name: str, value: str
) -> None:
    refused = send(admin, f"{integration}/edit", **{"status": "active", name: value})

    assert refused.status_code == 422
    assert soup(refused).select_one(f"#{name}[aria-invalid=true]")
