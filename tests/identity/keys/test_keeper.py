"""The life cycle of signing keys, on both databases."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from authwell.config.settings import Settings, load_settings
from authwell.identity.keys.calendar import LONGEST_TOKEN_LIFE, SPREAD, Calendar
from authwell.identity.keys.keeper import KeyKeeper, NotRotated, algorithms_of, key_keeper
from authwell.identity.tenants.defaults import ensure_default_tenant, policy_defaults
from authwell.protocol.jose.keys import UnusableKey
from authwell.protocol.jose.signing import sign, verify
from authwell.protocol.model import Tenant
from authwell.storage.audit.events import AuditLog
from authwell.storage.configuration.rows import TenantRecord
from authwell.storage.database import Database
from authwell.storage.keys import KeyRecord, SigningKeys
from authwell.storage.snapshots import Snapshots
from authwell.utils.sealing import CannotOpen, Sealer
from tests.identity.conftest import DEVELOPMENT

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
DAY = timedelta(days=1)
CALENDAR = Calendar(rotation=90 * DAY, jwks_max_age=timedelta(minutes=5))
SEALER = Sealer(b"k" * 32)
ALGS = ("ES256", "EdDSA")


def settings(**changes: str) -> Settings:
    return load_settings({**DEVELOPMENT, **changes})


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def tenant(database: Database) -> TenantRecord:
    return ensure_default_tenant(database, settings(), NOW)


@pytest.fixture
def keeper(database: Database) -> KeyKeeper:
    return KeyKeeper(SigningKeys(database), SEALER, CALENDAR)


def states(keeper: KeyKeeper, tenant: TenantRecord, alg: str = "ES256") -> dict[str, str]:
    return {key.kid: key.state for key in keeper.keys.list(tenant.id) if key.alg == alg}


def in_state(keeper: KeyKeeper, tenant: TenantRecord, state: str) -> KeyRecord:
    (found,) = (
        key for key in keeper.keys.list(tenant.id) if (key.alg, key.state) == ("ES256", state)
    )
    return found


def latest(snapshots: Snapshots) -> Tenant:
    known = snapshots.current()[0]
    newer = snapshots.newer(known)
    return known if newer is None else newer[0]


def pem_of(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def new_pem() -> bytes:
    return pem_of(ec.generate_private_key(ec.SECP256R1()))


@pytest.mark.req("ST-10")
def test_processes_that_start_at_once_make_one_active_and_one_next_key(
    database: Database, tenant: TenantRecord
) -> None:
    together = Barrier(8)

    def start() -> None:
        own = Database(database.url)
        together.wait()
        KeyKeeper(SigningKeys(own), SEALER, CALENDAR).ensure(tenant.id, ALGS, NOW)
        own.close()

    with ThreadPoolExecutor(8) as pool:
        for done in [pool.submit(start) for _ in range(8)]:
            done.result()

    made = sorted((key.alg, key.state) for key in SigningKeys(database).list(tenant.id))
    assert made == [(alg, state) for alg in ALGS for state in ("active", "next")]


def test_a_second_start_makes_nothing(keeper: KeyKeeper, tenant: TenantRecord) -> None:
    keeper.ensure(tenant.id, ALGS, NOW)
    before = keeper.keys.list(tenant.id)

    keeper.ensure(tenant.id, ALGS, NOW + DAY)

    assert keeper.keys.list(tenant.id) == before


def test_an_algorithm_that_a_policy_adds_gets_its_keys(
    keeper: KeyKeeper, tenant: TenantRecord
) -> None:
    keeper.ensure(tenant.id, ["ES256"], NOW)

    wider = replace(tenant, policy={"signing_algs": ["EdDSA", "ES256"]})
    keeper.ensure(tenant.id, algorithms_of(wider, settings()), NOW)

    assert {key.alg for key in keeper.keys.list(tenant.id)} == set(ALGS)


@pytest.mark.req("DC-05")
def test_a_key_that_does_not_open_is_reported_and_never_replaced(
    keeper: KeyKeeper, tenant: TenantRecord
) -> None:
    keeper.ensure(tenant.id, ["ES256"], NOW)
    before = keeper.keys.list(tenant.id)
    stranger = replace(keeper, sealer=Sealer(b"x" * 32))

    with pytest.raises(CannotOpen):
        stranger.ensure(tenant.id, ALGS, NOW)

    assert keeper.keys.list(tenant.id) == before


@pytest.mark.req("DC-04")
def test_a_rotation_waits_until_every_cache_has_the_next_key(
    keeper: KeyKeeper, tenant: TenantRecord
) -> None:
    keeper.ensure(tenant.id, ["ES256"], NOW)
    following = in_state(keeper, tenant, "next")

    with pytest.raises(NotRotated, match="12:05:10"):
        keeper.rotate(tenant.id, "ES256", NOW + timedelta(minutes=5))
    kid = keeper.rotate(tenant.id, "ES256", NOW + timedelta(minutes=5) + SPREAD)

    assert kid == following.kid
    assert in_state(keeper, tenant, "active").kid == kid


def test_a_rotation_for_a_known_key_does_not_wait(keeper: KeyKeeper, tenant: TenantRecord) -> None:
    keeper.ensure(tenant.id, ["ES256"], NOW)
    old = in_state(keeper, tenant, "active")

    kid = keeper.rotate(tenant.id, "ES256", NOW, at_once=True)

    assert in_state(keeper, tenant, "active").kid == kid
    assert states(keeper, tenant)[old.kid] == "retiring"
    assert in_state(keeper, tenant, "next").created_at == NOW


@pytest.mark.req("DC-04", "1.8")
def test_the_calendar_leads_each_key_through_its_states(
    keeper: KeyKeeper, tenant: TenantRecord
) -> None:
    keeper.ensure(tenant.id, ["ES256"], NOW)
    first, second = in_state(keeper, tenant, "active"), in_state(keeper, tenant, "next")

    assert keeper.follow_calendar(tenant.id, NOW + 90 * DAY - timedelta(seconds=1)) == []
    keeper.follow_calendar(tenant.id, NOW + 90 * DAY)
    at_change = states(keeper, tenant)
    third = in_state(keeper, tenant, "next")
    keeper.follow_calendar(tenant.id, NOW + 90 * DAY + LONGEST_TOKEN_LIFE + SPREAD)

    assert at_change == {first.kid: "retiring", second.kid: "active", third.kid: "next"}
    assert states(keeper, tenant)[first.kid] == "retired"
    assert [step.at for step in keeper.plan(tenant.id)] == [NOW + 180 * DAY]


def test_the_calendar_is_followed_once_however_many_follow_it(
    keeper: KeyKeeper, tenant: TenantRecord
) -> None:
    keeper.ensure(tenant.id, ["ES256"], NOW)
    following = in_state(keeper, tenant, "next")

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: keeper.follow_calendar(tenant.id, NOW + 90 * DAY), range(4)))

    assert in_state(keeper, tenant, "active").kid == following.kid
    assert len(states(keeper, tenant)) == 3


def test_a_shorter_rotation_counts_at_once(keeper: KeyKeeper, tenant: TenantRecord) -> None:
    keeper.ensure(tenant.id, ["ES256"], NOW)

    hasty = replace(keeper, calendar=replace(CALENDAR, rotation=30 * DAY))

    assert [step.at for step in hasty.plan(tenant.id)] == [NOW + 30 * DAY]


@pytest.mark.req("1.8", "DC-03", "B10")
def test_tokens_of_three_generations_verify_and_the_jwks_is_never_empty(
    database: Database, keeper: KeyKeeper, tenant: TenantRecord
) -> None:
    snapshots = Snapshots(database, SEALER, policy_defaults(settings()))
    tokens = []
    keeper.ensure(tenant.id, ["ES256"], NOW)
    for generation in range(3):
        ring = latest(snapshots).keys
        key = ring.signing("ES256")
        assert key is not None
        tokens.append(sign({"generation": generation}, key, "at+jwt"))
        assert key.kid.encode() in ring.jwks
        keeper.rotate(tenant.id, "ES256", NOW + generation * DAY, at_once=True)

    ring = latest(snapshots).keys

    assert [verify(token, ring, "at+jwt")["generation"] for token in tokens] == [0, 1, 2]
    assert b'"d"' not in ring.jwks


@pytest.mark.req("DC-07")
def test_private_parts_are_sealed_and_bound_to_their_row(
    keeper: KeyKeeper, tenant: TenantRecord
) -> None:
    pem = new_pem()
    record = keeper.import_pem(tenant.id, pem, NOW)

    assert record is not None
    assert record.private_sealed is not None
    assert b"PRIVATE" not in record.private_sealed
    assert "d" not in record.public_jwk
    with pytest.raises(CannotOpen):
        keeper.require_open([replace(record, kid="another")])


def test_reencrypt_moves_every_key_to_the_new_one(keeper: KeyKeeper, tenant: TenantRecord) -> None:
    keeper.ensure(tenant.id, ALGS, NOW)
    both = replace(keeper, sealer=Sealer(b"n" * 32, (b"k" * 32,)))

    moved = both.reencrypt(tenant.id)
    again = both.reencrypt(tenant.id)

    assert (moved, again) == (4, 0)
    replace(keeper, sealer=Sealer(b"n" * 32)).require_open(keeper.keys.list(tenant.id))


def test_the_first_imported_key_signs_and_others_come_next(
    keeper: KeyKeeper, tenant: TenantRecord
) -> None:
    pem = new_pem()

    first = keeper.import_pem(tenant.id, pem, NOW)
    again = keeper.import_pem(tenant.id, pem, NOW)
    keeper.ensure(tenant.id, ["ES256"], NOW)
    made = in_state(keeper, tenant, "next")
    second = keeper.import_pem(tenant.id, new_pem(), NOW)

    assert first is not None
    assert second is not None
    assert again is None
    assert states(keeper, tenant) == {
        first.kid: "active",
        made.kid: "retired",
        second.kid: "next",
    }


# joserfc warns before we refuse.
@pytest.mark.filterwarnings("ignore:Key size should be")
@pytest.mark.parametrize(
    "pem",
    [
        b"",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        pem_of(rsa.generate_private_key(65537, 1024)),  # noqa: S505 - that is the point
        pem_of(ec.generate_private_key(ec.SECP256K1())),
        ec.generate_private_key(ec.SECP256R1())
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    ],
    ids=["empty", "damaged", "short RSA", "another curve", "public"],
)
def test_a_file_without_a_usable_private_key_is_refused(
    keeper: KeyKeeper, tenant: TenantRecord, pem: bytes
) -> None:
    with pytest.raises(UnusableKey):
        keeper.import_pem(tenant.id, pem, NOW)


def test_a_folder_of_keys_is_taken_at_the_first_start_only(
    keeper: KeyKeeper, tenant: TenantRecord, tmp_path: Path
) -> None:
    (tmp_path / "private.pem").write_bytes(new_pem())
    (tmp_path / "public.pem").write_text("-----BEGIN PUBLIC KEY-----\n")

    (taken,) = keeper.import_first(tenant.id, tmp_path, NOW)
    keeper.ensure(tenant.id, ["ES256"], NOW)
    (tmp_path / "private.pem").write_bytes(new_pem())
    later = keeper.import_first(tenant.id, tmp_path, NOW + DAY)

    assert in_state(keeper, tenant, "active").kid == taken.kid
    assert later == []


def test_each_change_bumps_the_stamp_and_leaves_an_audit_event(
    database: Database, keeper: KeyKeeper, tenant: TenantRecord
) -> None:
    snapshots = Snapshots(database, SEALER, policy_defaults(settings()))
    keeper.ensure(tenant.id, ["ES256"], NOW)
    before = snapshots.current()[0]

    keeper.rotate(tenant.id, "ES256", NOW, at_once=True)

    assert snapshots.newer(before) is not None
    events = AuditLog(database).list(tenant.id, NOW + DAY)
    assert [event.type for event in events if event.type.startswith("key.")].count(
        "key.activated"
    ) == 1
    assert all(set(event.data) <= {"alg", "kid"} for event in events)


def test_the_settings_make_the_calendar(database: Database) -> None:
    keeper = key_keeper(database, SEALER, settings(KEY_ROTATION_DAYS="30", JWKS_MAX_AGE="60"))

    assert keeper.calendar == Calendar(30 * DAY, timedelta(seconds=60))
