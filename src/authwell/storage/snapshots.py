"""Snapshots of a tenant and its clients, kept by each process (DESIGN.md section 4).

A snapshot is believed for a second, then the tenant's stamp is read; a refusal asks for a
newer one first. A process that could not read the stamp for five seconds issues nothing.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from threading import Lock
from typing import Any

from sqlalchemy import bindparam, select

from authwell.models.tenants import config_stamps, tenants
from authwell.protocol.clients.built_in import CLIENT_ID as BUILT_IN
from authwell.protocol.clients.built_in import built_in_client
from authwell.protocol.clients.metadata import Registration, read_client
from authwell.protocol.clients.readers import InvalidClientMetadata
from authwell.protocol.clients.registration_policy import registration_policy
from authwell.protocol.jose.keys import KeyRing, KeyState, StoredKey, stored_key
from authwell.protocol.model import Client, Tenant
from authwell.protocol.policy import PEOPLE_MEMBERS, InvalidPolicy, Policy, tenant_policies
from authwell.storage.configuration.edit import Configuration
from authwell.storage.configuration.rows import ClientRecord, TenantRecord
from authwell.storage.database import Database
from authwell.storage.errors import StorageUnavailable
from authwell.storage.keys import KeyRecord, SigningKeys, open_private
from authwell.storage.statements import Statement
from authwell.storage.tenancy.blocks import blocks_of
from authwell.storage.tenancy.pairwise import open_key
from authwell.storage.walls import no_wall
from authwell.utils.sealing import CannotOpen, Sealer

BELIEVED_FOR = 1.0
"""Seconds after which the stamp is read again."""
USABLE_FOR = 5.0
"""Seconds after which nothing is issued on a stamp that could not be read."""
WAIT_FOR_OTHERS = 0.5
MAX_CLIENTS = 10_000

READ_STAMP = Statement(
    select(config_stamps.c.stamp, config_stamps.c.access_stamp, config_stamps.c.tenant_id)
    .select_from(tenants.join(config_stamps, config_stamps.c.tenant_id == tenants.c.id))
    .where(tenants.c.slug == bindparam("slug"), tenants.c.status != "deleted")
)

_log = logging.getLogger(__name__)


class TenantGone(StorageUnavailable):
    """There is no such tenant, or it was deleted."""


class SnapshotClients:
    """The port `Clients` as of one stamp: a client is parsed when it is first asked for."""

    def __init__(self, configuration: Configuration, tenant: Tenant, built_in: Client) -> None:
        """Begin with the built-in client only."""
        self._configuration = configuration
        self._tenant = tenant
        self._built_in = built_in
        self._known: dict[str, Client] = {}

    def find(self, client_id: str) -> Client | None:
        """The client, disabled or not. Unknown ids are not kept: strangers choose them."""
        client = self._built_in if client_id == BUILT_IN else self._known.get(client_id)
        if client is not None:
            return client
        record = self._configuration.find_client(self._tenant.id, client_id)
        client = None if record is None else self._parsed(record)
        if client is not None:
            if len(self._known) >= MAX_CLIENTS:
                self._known.clear()
            self._known[client_id] = client
        return client

    def _parsed(self, record: ClientRecord) -> Client | None:
        registration = Registration(
            tenant_id=self._tenant.id,
            policies=self._tenant.policies,
            secrets=record.secrets,
            pairwise_key=self._tenant.pairwise_key,
            status="disabled" if record.client_id in self._tenant.blocks.clients else record.status,
            not_before=record.not_before,
            registered_by=record.registered_by,
        )
        try:
            return read_client({**record.metadata, "client_id": record.client_id}, registration)
        except InvalidClientMetadata as error:
            _log.warning("Client %s does not fit its tenant: %s", record.client_id, error)
            return None


def _signable(policy: Policy, ring: KeyRing) -> Policy:
    """The policy with the algorithms that there is a key of.

    One that an operator adds is offered when its key is made, a moment later; until then all
    that was signed before goes on.
    """
    algs = tuple(alg for alg in policy.signing_algs if ring.signing(alg) is not None)
    return replace(policy, signing_algs=algs) if algs else policy


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A tenant with its clients, as of one stamp."""

    tenant: Tenant
    clients: SnapshotClients


class Snapshots:
    """The snapshot of one tenant, shared by the threads of a process."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        defaults: Mapping[str, Any],
        *,
        prepare: Callable[[], object] | None = None,
        login_lifetime: timedelta = timedelta(minutes=15),
        slug: str = "default",
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Load nothing yet.

        Args:
            database: where the configuration is.
            sealer: opens the private parts of signing keys.
            defaults: members of the policy from the server's settings; the tenant's win.
            prepare: makes the tenant and its keys if they are missing; called before the first
                snapshot is loaded, and again until it succeeds.
            login_lifetime: of access tokens of our own login.
            slug: of the tenant.
            monotonic: seconds that only grow, so that a clock set back makes nothing old.
        """
        self._database = database
        self._configuration = Configuration(database)
        self._keys = SigningKeys(database)
        self._sealer = sealer
        self._defaults = dict(defaults)
        self._prepare = prepare
        self._login_lifetime = login_lifetime
        self._slug = slug
        self._monotonic = monotonic
        self._lock = Lock()
        self._snapshot: Snapshot | None = None
        self._checked_at = float("-inf")
        self._failed_at = float("-inf")
        self._opened: dict[tuple[str, KeyState], StoredKey] = {}

    @property
    def slug(self) -> str:
        """Of the tenant."""
        return self._slug

    def current(self) -> tuple[Tenant, SnapshotClients]:
        """The snapshot to issue by.

        Raises:
            StorageUnavailable: the stamp could not be read for five seconds.
            TenantGone: the tenant was deleted.
        """
        snapshot, now = self._snapshot, self._monotonic()
        age = now - self._checked_at
        if snapshot is None or age >= USABLE_FOR:
            snapshot = self._checked(now)
        elif age >= BELIEVED_FOR and now - self._failed_at >= BELIEVED_FOR:
            snapshot = self._checked_by_one(now, snapshot)
        return snapshot.tenant, snapshot.clients

    def known(self) -> Tenant:
        """The tenant as last seen, however long ago: for discovery and JWKS.

        Raises:
            StorageUnavailable: it has never been seen.
        """
        try:
            return self.current()[0]
        except StorageUnavailable:
            if self._snapshot is None:
                raise
            return self._snapshot.tenant

    def newer(self, tenant: Tenant) -> tuple[Tenant, SnapshotClients] | None:
        """A snapshot later than `tenant`'s stamp, read now; None if it has not changed."""
        with self._lock:
            snapshot = self._read(self._monotonic())
        if snapshot.tenant.stamp == tenant.stamp:
            return None
        return snapshot.tenant, snapshot.clients

    def forget(self) -> None:
        """Read the stamp at the next request: someone says that it has changed."""
        self._checked_at = min(self._checked_at, self._monotonic() - BELIEVED_FOR)

    def _checked(self, now: float) -> Snapshot:
        """The snapshot after reading the stamp; whoever else waits for it, waits shortly."""
        if not self._lock.acquire(timeout=WAIT_FOR_OTHERS if self._snapshot else USABLE_FOR):
            raise StorageUnavailable("The configuration is being read.")
        try:
            if self._snapshot is not None and now - self._checked_at < BELIEVED_FOR:
                return self._snapshot
            if now - self._failed_at < BELIEVED_FOR:
                raise StorageUnavailable("The configuration could not be read.")
            return self._read(now)
        finally:
            self._lock.release()

    def _checked_by_one(self, now: float, snapshot: Snapshot) -> Snapshot:
        """One thread reads the stamp; the others, and all if it fails, go on for a while."""
        if not self._lock.acquire(blocking=False):
            return snapshot
        try:
            return self._read(now)
        except TenantGone:
            raise
        except StorageUnavailable:
            return snapshot
        finally:
            self._lock.release()

    def _read(self, now: float) -> Snapshot:
        # It is everybody's, whoever happened to ask for it behind a wall.
        with no_wall():
            return self._read_outside(now)

    def _read_outside(self, now: float) -> Snapshot:
        snapshot = self._snapshot
        try:
            if snapshot is None and self._prepare is not None:
                self._prepare()
            stamp, access_stamp = self._stamps()
            if snapshot is None or _stamp_of(snapshot) != stamp:
                # The stamp is read first: what is written meanwhile makes another one.
                snapshot = self._load(stamp[1])
            if snapshot.tenant.access_stamp != access_stamp:
                tenant = replace(snapshot.tenant, access_stamp=access_stamp)
                snapshot = replace(snapshot, tenant=tenant)
            self._snapshot = snapshot
        except StorageUnavailable:
            self._failed_at = self._monotonic()
            raise
        self._checked_at = now
        return snapshot

    def _stamps(self) -> tuple[tuple[str, int], int]:
        """Whose configuration it is and as of when; and the same of who may do what."""
        row = self._database.one(READ_STAMP, {"slug": self._slug})
        if row is None:
            self._snapshot = None
            raise TenantGone(f"There is no tenant {self._slug}.")
        return (row.tenant_id, int(row.stamp)), int(row.access_stamp)

    def _load(self, stamp: int) -> Snapshot:
        record = self._configuration.find_tenant(self._slug)
        if record is None:
            raise TenantGone(f"There is no tenant {self._slug}.")
        try:
            tenant = self._tenant(record, stamp)
        except (CannotOpen, InvalidPolicy) as error:
            if self._snapshot is None:
                raise
            _log.exception("The new configuration cannot be used.")
            raise StorageUnavailable("The new configuration cannot be used.") from error
        built_in = built_in_client(tenant, self._login_lifetime)
        return Snapshot(tenant, SnapshotClients(self._configuration, tenant, built_in))

    def _tenant(self, record: TenantRecord, stamp: int) -> Tenant:
        resources = self._configuration.list_resources(record.id)
        policies = tenant_policies(record.policy, self._defaults)
        # Clients encrypt to what is published, so nothing is where it would be refused.
        opens = any(policy.request_object_encryption for policy in policies.values())
        keys = [
            key
            for key in self._keys.list(record.id)
            if (opens or key.use == "sig") and key.revoked_at is None
        ]
        ring = KeyRing(map(self._opened_once, keys))
        return Tenant(
            id=record.id,
            slug=record.slug,
            name=record.name,
            issuer=record.issuer,
            policies={name: _signable(policy, ring) for name, policy in policies.items()},
            resources={resource.identifier: resource for resource in resources},
            scopes=self._configuration.list_scopes(record.id),
            keys=ring,
            status=record.status,
            not_before=record.not_before,
            pairwise_key=open_key(self._sealer, record),
            stamp=stamp,
            registration=registration_policy(record.policy),
            blocks=blocks_of(self._database, record.id),
            people_policy={
                name: value for name, value in record.policy.items() if name in PEOPLE_MEMBERS
            },
        )

    def _opened_once(self, record: KeyRecord) -> StoredKey:
        # Parsing an RSA key costs 26 ms; a change of anything else must not pay it again.
        name = (record.kid, record.state)
        if name not in self._opened:
            # What was encrypted to a key may come for a while after the next one took over.
            wanted = ("active",) if record.use == "sig" else ("active", "retiring")
            is_used = record.state in wanted
            private = open_private(self._sealer, record) if is_used else None
            self._opened[name] = stored_key(record.public_jwk, record.state, private)
        return self._opened[name]


def _stamp_of(snapshot: Snapshot) -> tuple[str, int]:
    return snapshot.tenant.id, snapshot.tenant.stamp
