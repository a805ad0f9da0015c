"""Clients in the console: made, changed, given another secret, deleted."""

from typing import Any

import pytest
from sqlalchemy import event

from tests.routes.console.conftest import at_console, events, identifier, page, send, shown
from tests.routes.login.conftest import ISSUER, Here, at
from tests.support.browser import Browser, soup
from tests.support.configuration import account, client
from tests.support.site import basic

CLIENTS = "/console/clients"


@pytest.fixture
def shop(here: Here) -> str:
    """A client of this test."""
    here.rows("DELETE FROM clients WHERE client_id = 'shop'")
    here.apply(clients=[client("shop", client_name="Shop")])
    return "shop"


def secret_on(response: object) -> str:
    """The secret that a page shows."""
    found = soup(response).select_one("code.secret")  # type: ignore[arg-type]
    assert found is not None
    return found.get_text()


def token_status(here: Here, client_id: str, secret: str) -> int:
    """Whether a secret lets the client in; a code that nobody knows is refused after that."""
    fields = {"grant_type": "authorization_code", "code": "x", "redirect_uri": "https://x.example"}
    answer = here.http.post(f"{ISSUER}/oauth/token", data=fields, headers=basic(client_id, secret))
    return answer.status_code


@pytest.mark.req("B14", "9.2")
def test_clients_are_listed_and_shown_without_secrets(admin: Browser, shop: str) -> None:
    listed = soup(page(admin, CLIENTS))
    text = shown(page(admin, f"/console/client/{shop}"))

    links = {link.get_text(): str(link["href"]) for link in listed.select("td a")}

    assert links["Shop"] == f"/console/client/{shop}"
    assert "https://app.example/cb" in text
    assert "client_secret " not in text


@pytest.mark.req("B14", "9.2")
def test_the_list_reads_few_rows_however_many_clients_there_are(here: Here, admin: Browser) -> None:
    here.apply(clients=[client(f"many{number}") for number in range(12)])
    page(admin, CLIENTS)
    asked: list[str] = []

    def note(*arguments: Any) -> None:
        asked.append(str(arguments[2]))

    for engine in here.site.database.engines:
        event.listen(engine, "before_cursor_execute", note)
    listed = page(admin, CLIENTS)
    for engine in here.site.database.engines:
        event.remove(engine, "before_cursor_execute", note)

    assert "many11" in shown(listed)
    assert len(asked) <= 5, asked


@pytest.mark.req("B14", "9.2")
def test_a_client_is_made_and_its_secret_shown_once(here: Here, admin: Browser) -> None:
    here.rows("DELETE FROM clients WHERE client_id = 'kiosk'")

    made = send(
        admin,
        f"{CLIENTS}/new",
        client_id="kiosk",
        client_name="Kiosk",
        redirect_uris="https://kiosk.example/cb\nhttps://kiosk.example/other",
    )

    assert token_status(here, "kiosk", secret_on(made)) == 400
    assert token_status(here, "kiosk", "another") == 401
    assert secret_on(made) not in page(admin, "/console/client/kiosk").text
    assert events(here, "client.created")[-1]["actor"] == identifier(here, "zoe")


def test_a_client_that_is_wrong_is_refused_beside_its_field(admin: Browser) -> None:
    refused = send(admin, f"{CLIENTS}/new", client_name="Bad", redirect_uris="ftp://bad.example")

    document = soup(refused)
    assert refused.status_code == 422
    assert document.select_one("#redirect_uris[aria-invalid=true]")
    assert document.select_one("#redirect_uris").get_text().strip() == "ftp://bad.example"  # type: ignore[union-attr]


@pytest.mark.parametrize("text", ["{", "[]", '{"scope": "openid"}', '{"colour": "red"}'])
def test_other_members_must_be_known_json(admin: Browser, shop: str, text: str) -> None:
    refused = send(admin, f"{CLIENTS}/edit/{shop}", others=text)

    assert refused.status_code == 422


@pytest.mark.req("B14")
def test_a_client_is_changed_and_keeps_what_the_form_has_no_field_for(
    here: Here, admin: Browser, shop: str
) -> None:
    after = send(
        admin,
        f"{CLIENTS}/edit/{shop}",
        client_name="Corner shop",
        redirect_uris="https://shop.example/cb",
        others='{"require_auth_time": true}',
    )

    text = shown(after)
    assert at(after) == f"/console/client/{shop}"
    assert "Corner shop" in text
    assert "https://shop.example/cb" in text
    assert "require_auth_time true" in text
    assert token_status(here, shop, client("shop")["client_secret"]) == 400


@pytest.mark.req("B14", "1.1")
def test_two_secrets_are_good_while_one_takes_over(here: Here, admin: Browser, shop: str) -> None:
    made = send(admin, f"{CLIENTS}/rotate-secret/{shop}", overlap="24")

    assert token_status(here, shop, secret_on(made)) == 400
    assert token_status(here, shop, client("shop")["client_secret"]) == 400


def test_a_client_is_deleted(here: Here, admin: Browser, shop: str) -> None:
    after = send(admin, f"{CLIENTS}/delete/{shop}")

    assert at(after) == CLIENTS
    assert admin.get(f"{ISSUER}/console/client/{shop}").status_code == 404
    assert events(here, "client.deleted")[-1]["actor"] == identifier(here, "zoe")


@pytest.mark.req("TN-05")
@pytest.mark.parametrize(
    "members", [{"scope": "openid admin"}, {"scope": "openid account", "consent": "implicit"}]
)
def test_only_superusers_touch_clients_that_reach_anybodys_account(
    here: Here, members: dict[str, str]
) -> None:
    here.apply(
        roles=[{"name": "keeper", "permissions": ["client:manage"]}],
        accounts=[account("kim", roles=["keeper"])],
        clients=[client("chief", **members)],
    )
    browser = at_console(here, "kim")

    refused = send(browser, f"{CLIENTS}/rotate-secret/chief")

    assert refused.status_code == 403
    assert not soup(refused).select("code.secret")
