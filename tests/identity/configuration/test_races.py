"""Administrators at work at the same time: nobody loses a change, nobody is sent away."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from authwell.identity.configuration import lookups
from authwell.identity.configuration.problems import Refused
from tests.identity.configuration.configuring import Desk, desk, service

THREADS = 20
PROCESSES = 4
"""Each with its own connections and snapshots of nothing, as processes have."""


@pytest.fixture
def desks(database_url: str) -> Iterator[list[Desk]]:
    made = [desk(database_url, OUTGOING_ALLOW="192.0.2.0/24") for _ in range(PROCESSES)]
    yield made
    for one in made:
        one.database.close()


def test_clients_that_are_made_at_once_are_all_made(desks: list[Desk]) -> None:
    def make(number: int) -> None:
        here = desks[number % PROCESSES]
        here.configurator.create("clients", service(client_id=f"client-{number}"), here.author)

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(make, range(60)))

    assert len(list(desks[0].configurator.state().clients)) == 60


def test_one_of_many_makes_a_client(desks: list[Desk]) -> None:
    def make(number: int) -> bool:
        here = desks[number % PROCESSES]
        try:
            here.configurator.create("clients", service(), here.author)
        except Refused:
            return False
        return True

    with ThreadPoolExecutor(THREADS) as pool:
        made = list(pool.map(make, range(THREADS)))

    assert made.count(True) == 1


def test_changes_of_different_members_are_all_kept(desks: list[Desk]) -> None:
    desks[0].apply({"clients": [service()]})
    members = [f"client_name#{language}" for language in ("de", "en", "es", "fr", "nl", "pt")]

    def change(number: int) -> None:
        here = desks[number % PROCESSES]
        here.configurator.update(
            "clients",
            lambda state: lookups.client_entry(state, "service"),
            {members[number]: "Name"},
            here.author,
        )

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(change, range(len(members))))

    assert set(members) <= desks[0].configurator.client("service").metadata.keys()


def test_one_of_many_makes_a_webhook_an_integration_and_a_domain(desks: list[Desk]) -> None:
    document = {
        "webhooks": [{"name": "crm", "url": "https://192.0.2.44/hook"}],
        "integrations": [{"name": "hr", "type": "custom"}],
        "domains": [{"domain": "acme.example", "use": "email"}],
    }

    def apply(number: int) -> int:
        return len(desks[number % PROCESSES].apply(document).changes)

    with ThreadPoolExecutor(THREADS) as pool:
        made = list(pool.map(apply, range(THREADS)))

    assert sorted(made) == [0] * (THREADS - 1) + [3]
