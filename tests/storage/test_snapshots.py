"""Snapshots of the configuration: believed for a second, and never a reason to refuse."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from threading import Barrier

import pytest
from sqlalchemy import text

from authwell.protocol.jose import keys as jose
from authwell.protocol.model import Tenant
from authwell.storage.configuration.edit import Configuration
from authwell.storage.configuration.rows import ClientRecord, TenantRecord
from authwell.storage.database import Database
from authwell.storage.errors import StorageUnavailable
from authwell.storage.keys import KeyRecord, SigningKeys, seal_private
from authwell.storage.snapshots import Snapshots
from authwell.storage.statements import Statement
from authwell.utils.randomness import new_id
from authwell.utils.sealing import CannotOpen, Sealer
from tests.conftest import NewDatabase
from tests.storage.worlds import NOW, an_event

SEALER = Sealer(b"k" * 32)


@dataclass
class Stopwatch:
    """Seconds that pass when a test says so."""

    seconds: float = 1000.0

    def __call__(self) -> float:
        return self.seconds


@dataclass
class Site:
    """A configured tenant and one process that looks at it."""

    database: Database
    configuration: Configuration
    tenant: TenantRecord
    stopwatch: Stopwatch
    snapshots: Snapshots

    def add_client(self, client_id: str) -> None:
        metadata = {
            "redirect_uris": ["https://app.example/cb"],
            "grant_types": ["authorization_code"],
        }
        with self.configuration.edit(self.tenant.id, NOW) as edit:
            edit.put_client(ClientRecord(client_id, metadata, NOW, NOW))

    def break_database(self) -> None:
        self._rename("config_stamps", "config_stamps_away")

    def repair_database(self) -> None:
        self._rename("config_stamps_away", "config_stamps")

    def _rename(self, before: str, after: str) -> None:
        statement = Statement(text(f"ALTER TABLE {before} RENAME TO {after}"))
        with self.database.transaction() as transaction:
            transaction.all(statement, {})


@pytest.fixture(params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[Site]:
    database = Database(new_database(request.param))
    configuration = Configuration(database)
    record = TenantRecord(new_id(NOW), "default", "https://as.example", "Example", {}, NOW, NOW)
    tenant = configuration.ensure_tenant(record)
    stopwatch = Stopwatch()
    yield Site(
        database,
        configuration,
        tenant,
        stopwatch,
        Snapshots(database, SEALER, {}, monotonic=stopwatch),
    )
    database.close()


def test_a_snapshot_has_the_tenant_and_its_clients(site: Site) -> None:
    site.add_client("web")
    with site.configuration.edit(site.tenant.id, NOW) as edit:
        edit.put_scope("read", "Read your data")

    tenant, clients = site.snapshots.current()

    client = clients.find("web")
    assert (tenant.issuer, tenant.scopes) == ("https://as.example", {"read": "Read your data"})
    assert client is not None
    assert client.redirect_uris == ("https://app.example/cb",)
    assert clients.find("web") is client
    assert clients.find("unknown") is None


def test_a_change_is_seen_within_a_second(site: Site) -> None:
    _, before = site.snapshots.current()
    before.find("web")
    site.add_client("web")

    site.stopwatch.seconds += 0.9
    same, _ = site.snapshots.current()
    site.stopwatch.seconds += 0.2
    later, clients = site.snapshots.current()

    assert same.stamp != later.stamp
    assert clients.find("web") is not None


def test_a_refusal_asks_for_a_newer_snapshot(site: Site) -> None:
    tenant, _ = site.snapshots.current()
    assert site.snapshots.newer(tenant) is None
    site.add_client("web")

    newer = site.snapshots.newer(tenant)

    assert newer is not None
    assert newer[1].find("web") is not None
    assert site.snapshots.current()[0] is newer[0]


def test_an_unknown_client_is_not_remembered_as_unknown(site: Site) -> None:
    _, clients = site.snapshots.current()
    assert clients.find("web") is None

    site.add_client("web")

    assert clients.find("web") is not None


def test_a_message_makes_the_next_request_look(site: Site) -> None:
    before, _ = site.snapshots.current()
    site.add_client("web")

    site.snapshots.forget()

    assert site.snapshots.current()[0].stamp != before.stamp


def test_without_stamps_nothing_is_issued_after_five_seconds(site: Site) -> None:
    tenant, _ = site.snapshots.current()
    site.break_database()

    site.stopwatch.seconds += 4.9
    assert site.snapshots.current()[0] is tenant
    site.stopwatch.seconds += 0.2
    with pytest.raises(StorageUnavailable):
        site.snapshots.current()

    assert site.snapshots.known() is tenant


def test_a_refusal_without_stamps_is_no_refusal(site: Site) -> None:
    tenant, _ = site.snapshots.current()
    site.break_database()

    with pytest.raises(StorageUnavailable):
        site.snapshots.newer(tenant)


def test_it_recovers_when_the_stamps_are_back(site: Site) -> None:
    tenant, _ = site.snapshots.current()
    site.break_database()
    site.stopwatch.seconds += 10
    with pytest.raises(StorageUnavailable):
        site.snapshots.current()

    site.repair_database()
    site.stopwatch.seconds += 1

    assert site.snapshots.current()[0] is tenant


def add_key(site: Site, sealer: Sealer) -> str:
    key = jose.generate("ES256")
    jwk = jose.public_jwk(key, "ES256")
    kid = str(jwk["kid"])
    sealed = seal_private(sealer, site.tenant.id, kid, jose.to_der(key))
    record = KeyRecord(site.tenant.id, kid, "ES256", "active", jwk, sealed, NOW)
    event = replace(an_event(), tenant_id=site.tenant.id)
    assert SigningKeys(site.database).add(record, event)
    return kid


def test_keys_are_opened_once(site: Site) -> None:
    kid = add_key(site, SEALER)
    tenant, _ = site.snapshots.current()

    site.add_client("web")
    newer = site.snapshots.newer(tenant)

    assert newer is not None
    first, second = tenant.keys.signing("ES256"), newer[0].keys.signing("ES256")
    assert first is not None
    assert (first.kid, first.private is not None) == (kid, True)
    assert second is first


def test_a_key_that_does_not_open_stops_the_start(site: Site) -> None:
    add_key(site, Sealer(b"another key of this length here!"))

    with pytest.raises(CannotOpen):
        site.snapshots.current()


def test_a_configuration_that_cannot_be_used_does_not_replace_one_that_can(site: Site) -> None:
    tenant, _ = site.snapshots.current()
    add_key(site, Sealer(b"another key of this length here!"))

    site.stopwatch.seconds += 2

    assert site.snapshots.current()[0] is tenant
    with pytest.raises(StorageUnavailable):
        site.snapshots.newer(tenant)


def test_what_is_missing_is_made_before_the_first_snapshot(new_database: NewDatabase) -> None:
    database = Database(new_database("sqlite"))
    calls: list[int] = []

    def prepare() -> None:
        calls.append(len(calls))
        if len(calls) == 1:
            raise StorageUnavailable
        record = TenantRecord(new_id(NOW), "default", "https://as.example", "E", {}, NOW, NOW)
        Configuration(database).ensure_tenant(record)

    stopwatch = Stopwatch()
    snapshots = Snapshots(database, SEALER, {}, prepare=prepare, monotonic=stopwatch)

    with pytest.raises(StorageUnavailable):
        snapshots.current()
    stopwatch.seconds += 1
    tenant, _ = snapshots.current()
    stopwatch.seconds += 10
    snapshots.current()

    assert tenant.issuer == "https://as.example"
    assert calls == [0, 1]
    database.close()


def test_threads_that_come_at_once_share_one_snapshot(site: Site) -> None:
    start = Barrier(20)

    def look(_: int) -> Tenant:
        start.wait()
        return site.snapshots.current()[0]

    with ThreadPoolExecutor(20) as pool:
        tenants = list(pool.map(look, range(20)))

    assert all(tenant is tenants[0] for tenant in tenants)


def test_an_algorithm_is_offered_when_it_has_a_key(site: Site) -> None:
    wider = replace(site.tenant, policy={"signing_algs": ["PS256", "ES256"]})
    with site.configuration.edit(site.tenant.id, NOW) as edit:
        edit.set_tenant(wider)
    before, _ = site.snapshots.current()

    add_key(site, SEALER)
    newer = site.snapshots.newer(before)

    assert before.policy.signing_algs == ("PS256", "ES256")
    assert newer is not None
    assert newer[0].policy.signing_algs == ("ES256",)
