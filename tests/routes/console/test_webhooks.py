"""Webhooks in the console: made, tested, and a message sent again."""

import pytest

from tests.routes.console.conftest import page, send, shown
from tests.routes.login.conftest import ISSUER, Here, at
from tests.support.browser import Browser, soup

WEBHOOKS = "/console/webhooks"


@pytest.fixture
def endpoint(here: Here, admin: Browser) -> str:
    """The page of an endpoint."""
    here.rows("DELETE FROM webhook_endpoints")
    made = send(
        admin, f"{WEBHOOKS}/new", name="Till", url="https://till.example/in", status="active"
    )
    assert soup(made).select_one("code.secret")
    (row,) = here.rows("SELECT id FROM webhook_endpoints")
    return f"{WEBHOOKS}/{row['id']}"


@pytest.mark.req("9.2")
def test_an_endpoint_is_listed_and_its_secret_is_not_shown_again(
    admin: Browser, endpoint: str
) -> None:
    links = [str(link["href"]) for link in soup(page(admin, WEBHOOKS)).select("td a")]

    assert links == [endpoint]
    assert soup(page(admin, endpoint)).select_one("code.secret") is None


@pytest.mark.req("9.2")
def test_a_test_message_is_seen_and_sent_again_when_it_was_given_up(
    here: Here, admin: Browser, endpoint: str
) -> None:
    send(admin, f"{endpoint}/test")
    (link,) = soup(page(admin, endpoint)).select("td a[href*=deliveries]")
    path = str(link["href"])
    assert "pending" in shown(page(admin, path))
    here.rows("UPDATE webhook_deliveries SET done_at = created_at")

    after = send(admin, f"{path}/replay")

    assert at(after) == path
    assert "pending" in shown(after)


@pytest.mark.req("9.2")
def test_what_does_not_fit_is_told_beside_its_field(admin: Browser, endpoint: str) -> None:
    refused = send(admin, f"{endpoint}/edit", url="http://127.0.0.1/in", status="active")

    assert refused.status_code == 422
    assert soup(refused).select_one("#url[aria-invalid=true]")


@pytest.mark.req("9.2")
def test_an_endpoint_gets_another_secret_and_goes(admin: Browser, endpoint: str) -> None:
    made = send(admin, f"{endpoint}/rotate-secret")
    assert soup(made).select_one("code.secret")

    after = send(admin, f"{endpoint}/delete")

    assert at(after) == WEBHOOKS
    assert admin.get(f"{ISSUER}{endpoint}").status_code == 404
