"""Sector identifiers: fetched and compared before a client that names one is kept."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from authwell.identity.clients.sectors import Sector, check_sector
from authwell.identity.configuration.problems import Refused
from authwell.protocol.clients.readers import InvalidClientMetadata
from authwell.utils.fetches import Fetches
from authwell.utils.outgoing import Outgoing
from tests.conftest import NewDatabase
from tests.identity.configuration.configuring import Desk, desk, web
from tests.parts.https import HttpsServer, Reply, https_server

CALLBACKS = ["https://a.example/cb", "https://b.example/cb"]


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpsServer]:
    with https_server(tmp_path_factory.mktemp("sector")) as running:
        yield running


@pytest.fixture
def here(new_database: NewDatabase, other: HttpsServer) -> Iterator[Desk]:
    made = desk(
        new_database("sqlite"),
        OUTGOING_ALLOW=other.host_port,
        OUTGOING_CA_FILE=str(other.ca_file),
    )
    other.seen.clear()
    yield made
    made.database.close()


def listing(*uris: Any) -> Reply:
    return Reply(json.dumps(uris).encode())


def pairwise(other: HttpsServer, **members: Any) -> dict[str, Any]:
    uri = other.origin + "/sector"
    document: Mapping[str, Any] = {
        "subject_type": "pairwise",
        "sector_identifier_uri": uri,
        "redirect_uris": CALLBACKS,
        **members,
    }
    return web(**document)


@pytest.mark.req("oidcc-registration-sector-uri")
def test_a_client_whose_uris_are_listed_is_taken(here: Desk, other: HttpsServer) -> None:
    other.replies["/sector"] = listing("https://c.example/cb", 5, *CALLBACKS)

    assert here.lines({"clients": [pairwise(other)]}) == ["+ client web"]


@pytest.mark.req("oidcc-registration-sector-bad")
@pytest.mark.parametrize(
    "reply",
    [
        listing(CALLBACKS[0]),
        listing("https://b.example/cb/", "https://B.example/cb", CALLBACKS[0]),
        listing(),
        Reply(b"{}"),
        Reply(b'"https://a.example/cb"'),
        Reply(b"<html>"),
        Reply(b"[" * 100_000),
        Reply(b" " * 300_000),
        Reply(json.dumps(CALLBACKS).encode(), status=404),
        Reply(status=302, headers={"Location": "/elsewhere"}),
    ],
)
def test_a_document_that_does_not_list_them_is_refused(
    here: Desk, other: HttpsServer, reply: Reply
) -> None:
    other.replies["/sector"] = reply

    with pytest.raises(Refused) as refused:
        here.apply({"clients": [pairwise(other)]})

    (problem,) = refused.value.problems
    assert (problem.path, problem.code) == ("sector_identifier_uri", "invalid_client_metadata")
    assert here.configurator.state().clients.find("web") is None


@pytest.mark.req("DR-02", "WH-01")
@pytest.mark.parametrize("uri", ["https://127.0.0.2/s", "https://169.254.169.254/latest"])
def test_a_private_address_is_not_fetched(uri: str) -> None:
    with pytest.raises(InvalidClientMetadata, match="could not be fetched"):
        check_sector(Fetches(Outgoing()), Sector("web", uri, frozenset(CALLBACKS)))


def test_it_is_fetched_once_and_again_only_for_new_uris(here: Desk, other: HttpsServer) -> None:
    other.replies["/sector"] = listing(*CALLBACKS)
    here.apply({"clients": [pairwise(other)]})
    here.apply({"clients": [pairwise(other)]})
    here.apply({"clients": [pairwise(other, client_name="Renamed")]})
    before = other.calls("/sector")

    other.replies["/sector"] = listing()
    with pytest.raises(Refused):
        here.apply({"clients": [pairwise(other, redirect_uris=CALLBACKS[:1])]})

    assert before == 1
    assert other.calls("/sector") == 2


def test_a_dry_run_looks_too(here: Desk, other: HttpsServer) -> None:
    other.replies["/sector"] = listing()

    with pytest.raises(Refused):
        here.configurator.plan({"clients": [pairwise(other)]}, here.references, here.author.now)


def test_a_listing_counts_for_public_subjects_too(here: Desk, other: HttpsServer) -> None:
    other.replies["/sector"] = listing(CALLBACKS[0])

    with pytest.raises(Refused):
        here.apply({"clients": [pairwise(other, subject_type="public")]})
