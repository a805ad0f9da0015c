"""The life cycle of signing keys: made, rotated, withdrawn, imported, sealed anew (DESIGN.md 4).

Any number of processes may do any of this at once: the database keeps one active and one next
key for each algorithm, and who comes second finds the work done.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from authwell.config.settings import Settings
from authwell.identity.configuration.authors import Author
from authwell.identity.keys.calendar import Calendar, Step, steps
from authwell.identity.tenants.defaults import policy_defaults
from authwell.protocol.events import EventType
from authwell.protocol.jose import keys as jose
from authwell.protocol.model import Event
from authwell.protocol.policy import tenant_policies
from authwell.storage.configuration.rows import TenantRecord
from authwell.storage.database import Database
from authwell.storage.keys import KeyRecord, SigningKeys, open_private, seal_private
from authwell.utils.sealing import Sealer


class NotRotated(Exception):
    """The rotation was refused; the text says why and what to do."""


class NoSuchKey(Exception):
    """The tenant has no key of that id."""


@dataclass(frozen=True, slots=True)
class KeyKeeper:
    """Does the work on the keys of one database."""

    keys: SigningKeys
    sealer: Sealer
    calendar: Calendar

    def ensure(self, tenant_id: str, algs: Iterable[str], now: datetime) -> None:
        """Make the tenant's first keys: for each algorithm one that signs and one that will.

        Raises:
            CannotOpen: a key is sealed by another KEY_ENCRYPTION_KEY. Nothing is made then:
                a new key would be a new issuer for everyone who knew the old one.
        """
        records = self.keys.list(tenant_id)
        self.require_open(records)
        kept = {(record.alg, record.state) for record in records}
        for alg in algs:
            if (alg, "active") not in kept:
                self._make(tenant_id, alg, "active", now)
            if (alg, "next") not in kept:
                self._make(tenant_id, alg, "next", now)

    def require_open(self, records: Iterable[KeyRecord]) -> None:
        """Open each private part, as a test of KEY_ENCRYPTION_KEY.

        Raises:
            CannotOpen: one does not open.
        """
        for record in records:
            open_private(self.sealer, record)

    def rotate(
        self,
        tenant_id: str,
        alg: str,
        now: datetime,
        *,
        at_once: bool = False,
        author: Author | None = None,
    ) -> str:
        """Let the next key sign, and publish another; the `kid` that signs from now on.

        Args:
            at_once: even if caches may not have the next key yet, since the active one is
                known to others.
            author: who asks for it; None for the calendar and the command line.

        Raises:
            NotRotated: the next key was published too short a time ago.
        """
        following = self._following(tenant_id, alg) or self._publish(tenant_id, alg, now)
        usable_from = self.calendar.usable_from(following)
        if usable_from > now and not at_once:
            raise NotRotated(
                f"{alg}: the next key may not be in every cache before {usable_from:%F %T} UTC. "
                "Rotate after that; --now does not wait, for a key that others know."
            )
        self._activate(following, now, author)
        return following.kid

    def revoke(self, tenant_id: str, kid: str, now: datetime, author: Author | None = None) -> None:
        """Take a key away that others may know: nothing that it signed is believed any more.

        If it was the active one, the next takes over at once. Twice is as good as once.

        Raises:
            NoSuchKey: there is none of that id.
            NotRotated: another process changes the keys at the same moment.
        """
        records = {record.kid: record for record in self.keys.list(tenant_id)}
        key = records.get(kid)
        if key is None:
            raise NoSuchKey(kid)
        if key.revoked_at is not None:
            return
        following = None
        if key.state == "active":
            following = self._following(tenant_id, key.alg) or self._publish(
                tenant_id, key.alg, now
            )
        told = [(EventType.KEY_REVOKED, kid)]
        told += [(EventType.KEY_ACTIVATED, following.kid)] if following is not None else []
        events = [_event(what, tenant_id, key.alg, of, now, author) for what, of in told]
        if not self.keys.revoke(key, following, events):
            raise NotRotated(f"{kid}: another process changes the keys now. Try again.")
        if key.state in ("active", "next"):
            self._make(tenant_id, key.alg, "next", now)

    def follow_calendar(self, tenant_id: str, now: datetime) -> Sequence[Step]:
        """Make the changes that are due; those that were made."""
        due = [step for step in self.plan(tenant_id) if step.at <= now]
        for step in due:
            if step.action == "retire":
                event = _event(EventType.KEY_RETIRED, tenant_id, step.alg, step.kid, now)
                self.keys.retire(tenant_id, step.kid, event)
            else:
                following = self._following(tenant_id, step.alg)
                if following is not None and following.kid == step.kid:
                    self._activate(following, now)
        return due

    def plan(self, tenant_id: str) -> list[Step]:
        """The changes that are known now, the earliest first."""
        return steps(self.keys.list(tenant_id), self.calendar)

    def reencrypt(self, tenant_id: str) -> int:
        """Seal under KEY_ENCRYPTION_KEY what an older key sealed; how many were."""
        moved = 0
        for record in self.keys.list(tenant_id):
            der = open_private(self.sealer, record)
            sealed = record.private_sealed
            if der is None or sealed is None or self.sealer.is_current(sealed):
                continue
            moved += self.keys.reseal(record, seal_private(self.sealer, tenant_id, record.kid, der))
        return moved

    def import_pem(self, tenant_id: str, pem: bytes, now: datetime) -> KeyRecord | None:
        """Keep a private key from outside: active if none is, else as the next one.

        A next key that it replaces never signed, so nobody misses it.

        Returns:
            The key; None if it is kept already.

        Raises:
            UnusableKey: not a PEM file with a private key that can sign here.
        """
        key = jose.from_pem(pem)
        alg = jose.algorithm_of(key)
        records = [record for record in self.keys.list(tenant_id) if record.alg == alg]
        public = jose.public_jwk(key, alg)
        if public["kid"] in {record.kid for record in records}:
            return None
        following = next((record for record in records if record.state == "next"), None)
        is_first = not any(record.state == "active" for record in records)
        if following is not None and not is_first:
            event = _event(EventType.KEY_RETIRED, tenant_id, alg, following.kid, now)
            self.keys.retire(tenant_id, following.kid, event)
        record = self._record(
            tenant_id, public, jose.to_der(key), "active" if is_first else "next", now
        )
        event = _event(EventType.KEY_IMPORTED, tenant_id, alg, record.kid, now)
        return record if self.keys.add(record, event) else None

    def import_first(self, tenant_id: str, folder: Path, now: datetime) -> list[KeyRecord]:
        """Take the PEM files of a folder for algorithms that have no keys yet.

        Raises:
            UnusableKey: a file holds a private key that cannot sign here.
        """
        known = {record.alg for record in self.keys.list(tenant_id)}
        found = []
        for path in sorted(folder.glob("*.pem")):
            pem = path.read_bytes()
            if b"PRIVATE KEY" in pem and jose.algorithm_of(jose.from_pem(pem)) not in known:
                record = self.import_pem(tenant_id, pem, now)
                found += [] if record is None else [record]
        return found

    def _activate(self, following: KeyRecord, now: datetime, author: Author | None = None) -> bool:
        """The next key signs, and another is published, long before its own turn."""
        tenant_id, alg = following.tenant_id, following.alg
        event = _event(EventType.KEY_ACTIVATED, tenant_id, alg, following.kid, now, author)
        rotated = self.keys.rotate(following, event)
        if rotated:
            self._make(tenant_id, alg, "next", now)
        return rotated

    def _publish(self, tenant_id: str, alg: str, now: datetime) -> KeyRecord:
        self._make(tenant_id, alg, "next", now)
        following = self._following(tenant_id, alg)
        if following is None:
            raise NotRotated(f"{alg}: another process changes the keys now. Try again.")
        return following

    def _following(self, tenant_id: str, alg: str) -> KeyRecord | None:
        for record in self.keys.list(tenant_id):
            if record.alg == alg and record.state == "next":
                return record
        return None

    def _make(self, tenant_id: str, alg: str, state: jose.KeyState, now: datetime) -> bool:
        key = jose.generate(alg)
        record = self._record(tenant_id, jose.public_jwk(key, alg), jose.to_der(key), state, now)
        return self.keys.add(record, _event(EventType.KEY_MADE, tenant_id, alg, record.kid, now))

    def _record(
        self,
        tenant_id: str,
        public: Mapping[str, Any],
        der: bytes,
        state: jose.KeyState,
        now: datetime,
    ) -> KeyRecord:
        kid = str(public["kid"])
        wait = max(self.calendar.rotation, self.calendar.jwks_max_age)
        return KeyRecord(
            tenant_id=tenant_id,
            kid=kid,
            alg=jose.alg_of(public),
            use=public["use"],
            state=state,
            public_jwk=public,
            private_sealed=seal_private(self.sealer, tenant_id, kid, der),
            created_at=now,
            activates_at=now + wait if state == "next" else now,
            activated_at=now if state == "active" else None,
        )


def key_keeper(database: Database, sealer: Sealer, settings: Settings) -> KeyKeeper:
    """What keeps the keys of a server with these settings."""
    calendar = Calendar(settings.key_rotation_days, settings.jwks_max_age)
    return KeyKeeper(SigningKeys(database), sealer, calendar)


def algorithms_of(tenant: TenantRecord, settings: Settings) -> tuple[str, ...]:
    """The algorithms that some client of the tenant may have its tokens signed with, and those of
    the keys that it may encrypt its request objects to.
    """
    policies = tenant_policies(tenant.policy, policy_defaults(settings)).values()
    algs = dict.fromkeys(alg for policy in policies for alg in policy.signing_algs)
    if any(policy.request_object_encryption for policy in policies):
        algs |= dict.fromkeys(jose.DECRYPTION_ALGS)
    return tuple(algs)


def _event(
    kind: EventType,
    tenant_id: str,
    alg: str,
    kid: str,
    now: datetime,
    author: Author | None = None,
) -> Event:
    data = {"alg": alg, "kid": kid}
    if author is None:
        return Event(kind, tenant_id, now, data=data)
    return author.event(kind, tenant_id, data)
