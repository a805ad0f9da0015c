"""The key of pairwise subjects: made once, sealed, the same for ever."""

from collections.abc import Iterator

import pytest

from authwell.identity.tenants.defaults import ensure_default_tenant
from authwell.protocol import subjects
from authwell.protocol.clients.metadata import Registration, read_client
from authwell.protocol.model import Account
from authwell.storage.configuration.edit import Configuration
from authwell.storage.configuration.rows import TenantRecord
from authwell.storage.database import Database
from authwell.storage.snapshots import Snapshots
from authwell.storage.tenancy.pairwise import ensure_key, open_key, reseal_key
from authwell.utils.sealing import CannotOpen, Sealer
from tests.identity.configuration.configuring import NOW, settings

OLD, NEW = b"o" * 32, b"n" * 32


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url)
    ensure_default_tenant(made, settings(database_url), NOW)
    yield made
    made.close()


def tenant(database: Database) -> TenantRecord:
    found = Configuration(database).find_tenant("default")
    assert found is not None
    return found


def test_it_is_made_once(database: Database) -> None:
    ensure_key(database, Sealer(OLD), tenant(database))
    made = tenant(database).pairwise_sealed

    ensure_key(database, Sealer(OLD), tenant(database))

    assert made is not None
    assert tenant(database).pairwise_sealed == made


def test_who_comes_second_changes_nothing(database: Database) -> None:
    before = tenant(database)
    ensure_key(database, Sealer(OLD), before)
    made = open_key(Sealer(OLD), tenant(database))

    ensure_key(database, Sealer(OLD), before)

    assert open_key(Sealer(OLD), tenant(database)) == made


@pytest.mark.req("DC-05")
def test_it_survives_a_change_of_the_key_encryption_key(database: Database) -> None:
    ensure_key(database, Sealer(OLD), tenant(database))
    made = open_key(Sealer(OLD), tenant(database))

    both = Sealer(NEW, (OLD,))
    moved = reseal_key(database, both, tenant(database))
    again = reseal_key(database, both, tenant(database))

    assert (moved, again) == (True, False)
    assert open_key(Sealer(NEW), tenant(database)) == made
    with pytest.raises(CannotOpen):
        ensure_key(database, Sealer(OLD), tenant(database))


def test_a_snapshot_makes_subjects_with_it(database: Database) -> None:
    ensure_key(database, Sealer(OLD), tenant(database))

    found, _ = Snapshots(database, Sealer(OLD), {}).current()

    entry = {
        "client_id": "web",
        "redirect_uris": ["https://app.example/cb"],
        "subject_type": "pairwise",
    }
    registration = Registration(found.id, found.policies, pairwise_key=found.pairwise_key)
    client = read_client(entry, registration)
    assert found.pairwise_key == open_key(Sealer(OLD), tenant(database))
    assert len(subjects.of(client, Account("id", "alice"))) == 43
