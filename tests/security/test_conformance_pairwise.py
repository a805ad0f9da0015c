"""The OpenID Foundation's Dynamic OP plan: pairwise subjects and their sectors."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.parts.https import HttpsServer, Reply, https_server
from tests.support.configuration import CALLBACK, account, client, service
from tests.support.conformance import flow
from tests.support.running import running_site
from tests.support.site import Site

FOREIGN = "https://foreign.example/cb"


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpsServer]:
    with https_server(tmp_path_factory.mktemp("sector")) as running:
        running.replies["/good"] = Reply(json.dumps([CALLBACK, FOREIGN]).encode())
        running.replies["/bad"] = Reply(json.dumps([FOREIGN]).encode())
        yield running


@pytest.fixture(scope="module")
def here(other: HttpsServer) -> Iterator[Site]:
    entries = {
        "tenants": [{"slug": "default", "policy": {"registration": "open"}}],
        "clients": [
            client("web"),
            client("first", subject_type="pairwise"),
            client("second", subject_type="pairwise"),
            service("admin", scope="admin"),
        ],
        "accounts": [account("alice")],
    }
    with running_site(
        entries=entries, OUTGOING_ALLOW=other.host_port, OUTGOING_CA_FILE=str(other.ca_file)
    ) as running:
        yield running


def made(site: Site, client_id: str, **members: Any) -> Any:
    """A client of an administrator."""
    return site.http.post(
        site.endpoint("clients"),
        json=client(client_id, subject_type="pairwise", **members),
        headers={"Authorization": f"Bearer {site.client_credentials('admin', scope='admin')}"},
    )


def register(site: Site, **members: Any) -> Any:
    """A client that registers itself."""
    sent = {"redirect_uris": [CALLBACK], "subject_type": "pairwise", **members}
    return site.http.post(site.endpoint("register"), json=sent)


@pytest.mark.req("oidcc-registration-sector-uri")
def test_a_client_of_a_sector_is_made_and_known_by_one_subject(
    here: Site, other: HttpsServer
) -> None:
    uri = other.origin + "/good"

    response = made(here, "in-sector", sector_identifier_uri=uri, redirect_uris=[CALLBACK])

    assert response.status_code == 201, response.text
    assert response.json()["sector_identifier_uri"] == uri
    tokens, claims = flow(here, client_id="in-sector")
    assert here.userinfo(tokens["access_token"]).json()["sub"] == claims["sub"]
    assert "pairwise" in here.metadata()["subject_types_supported"]


@pytest.mark.req("oidcc-registration-sector-bad")
def test_a_client_outside_its_sector_is_not_made(here: Site, other: HttpsServer) -> None:
    response = made(here, "bad-sector", sector_identifier_uri=other.origin + "/bad")

    assert response.status_code == 400
    assert response.json()["code"] == "invalid_client_metadata"


def test_clients_of_one_sector_know_one_subject_that_others_do_not(here: Site) -> None:
    browser = here.browser()

    _, public = flow(here, browser)
    tokens, first = flow(here, browser, "first")
    _, second = flow(here, browser, "second")

    assert first["sub"] == second["sub"] != public["sub"]
    seen = here.introspect(tokens["access_token"], "first").json()
    assert seen["sub"] == first["sub"]
    assert "username" not in seen


def test_a_hint_of_the_client_finds_the_person_again(here: Site) -> None:
    browser = here.browser()
    tokens, claims = flow(here, browser, "first")

    _, again = flow(here, browser, "first", prompt="none", id_token_hint=tokens["id_token"])

    assert again["sub"] == claims["sub"]


@pytest.mark.req("oidcc-registration-sector-uri")
def test_registration_sector_uri(here: Site, other: HttpsServer) -> None:
    response = register(here, sector_identifier_uri=other.origin + "/good")

    assert response.status_code == 201, response.text
    assert response.json()["subject_type"] == "pairwise"


@pytest.mark.req("oidcc-registration-sector-bad")
@pytest.mark.parametrize("path", ["/bad", "/nothing"])
def test_registration_sector_bad(here: Site, other: HttpsServer, path: str) -> None:
    response = register(here, sector_identifier_uri=other.origin + path)

    assert response.status_code == 400
    assert response.json()["error"] == "invalid_client_metadata"


@pytest.mark.req("DR-02", "WH-01")
def test_registration_calls_nobody_inside(here: Site) -> None:
    response = register(here, sector_identifier_uri="https://127.0.0.2/sector")

    assert response.status_code == 400
    assert response.json()["error"] == "invalid_client_metadata"
    assert "127.0.0.2" not in response.json()["error_description"]
