"""Keys as rows, their states, and how their private parts are sealed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import bindparam, func, null, select, update
from sqlalchemy.dialects import postgresql

from authwell.models.audit import audit_events
from authwell.models.base import UtcDateTime
from authwell.models.keys import signing_keys
from authwell.protocol.jose.keys import KeyState
from authwell.protocol.model import Event
from authwell.storage.changes import NewRow
from authwell.storage.configuration.statements import BUMP_STAMP
from authwell.storage.database import Database, Transaction
from authwell.storage.statements import Statement
from authwell.storage.values import event_values
from authwell.utils.sealing import Sealer

Use = Literal["sig", "enc"]
"""What a key is for (RFC 7517 section 4.2): we sign, or clients encrypt to it."""
PURPOSE = "signing-key"


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """The row of a key; `private_sealed` is None once it may neither sign nor open any more."""

    tenant_id: str
    kid: str
    alg: str
    state: KeyState
    public_jwk: Mapping[str, Any]
    private_sealed: bytes | None
    created_at: datetime
    use: Use = "sig"
    activates_at: datetime | None = None
    activated_at: datetime | None = None
    retiring_at: datetime | None = None
    retired_at: datetime | None = None
    revoked_at: datetime | None = None


def seal_private(sealer: Sealer, tenant_id: str, kid: str, der: bytes) -> bytes:
    """The private part as it is stored, bound to its row."""
    return sealer.seal(der, PURPOSE, _row_name(tenant_id, kid))


def open_private(sealer: Sealer, record: KeyRecord) -> bytes | None:
    """The private part as DER; None if it is gone.

    Raises:
        CannotOpen: it was sealed by another key, or belongs to another row.
    """
    if record.private_sealed is None:
        return None
    return sealer.open(record.private_sealed, PURPOSE, _row_name(record.tenant_id, record.kid))


_NOW: Any = bindparam("now", type_=UtcDateTime())
_IS_THE_KEY = (
    signing_keys.c.tenant_id == bindparam("tenant_id"),
    signing_keys.c.kid == bindparam("kid"),
)
_OF_THE_KIND = (
    signing_keys.c.tenant_id == bindparam("tenant_id"),
    signing_keys.c.use == bindparam("use"),
    signing_keys.c.alg == bindparam("alg"),
)

LIST_KEYS = Statement(
    select(signing_keys)
    .where(signing_keys.c.tenant_id == bindparam("tenant_id"))
    .order_by(signing_keys.c.created_at, signing_keys.c.kid)
)
ADD_KEY = Statement(
    postgresql.insert(signing_keys)
    .values({column.name: bindparam(column.name) for column in signing_keys.columns})
    .on_conflict_do_nothing()
    .returning(signing_keys.c.kid)
)
RETIRE_ACTIVE = Statement(
    update(signing_keys)
    .where(*_OF_THE_KIND, signing_keys.c.state == "active")
    .values(state="retiring", retiring_at=_NOW)
    .returning(signing_keys.c.kid)
)
ACTIVATE_NEXT = Statement(
    update(signing_keys)
    .where(*_IS_THE_KEY, signing_keys.c.state == "next")
    .values(state="active", activated_at=_NOW)
    .returning(signing_keys.c.kid)
)
RETIRE_KEY = Statement(
    update(signing_keys)
    .where(*_IS_THE_KEY, signing_keys.c.state != "retired")
    .values(state="retired", retired_at=_NOW, private_sealed=null())
    .returning(signing_keys.c.kid)
)
REVOKE_KEY = Statement(
    update(signing_keys)
    .where(*_IS_THE_KEY, signing_keys.c.revoked_at.is_(None))
    .values(
        state="retired",
        retired_at=func.coalesce(signing_keys.c.retired_at, _NOW),
        revoked_at=_NOW,
        private_sealed=null(),
    )
    .returning(signing_keys.c.kid)
)
RESEAL_KEY = Statement(
    update(signing_keys)
    .where(*_IS_THE_KEY, signing_keys.c.private_sealed == bindparam("old"))
    .values(private_sealed=bindparam("new"))
    .returning(signing_keys.c.kid)
)
ADD_EVENT = Statement(NewRow(audit_events, "event").alone())


class SigningKeys:
    """The keys of all tenants. Each change bumps the tenant's stamp in its transaction."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def list(self, tenant_id: str) -> tuple[KeyRecord, ...]:
        """All keys of a tenant in any state, the oldest first."""
        rows = self._database.all(LIST_KEYS, {"tenant_id": tenant_id})
        return tuple(KeyRecord(**row._asdict()) for row in rows)

    def add(self, record: KeyRecord, event: Event) -> bool:
        """Keep a key; False if its tenant has one in that state for the algorithm already.

        Processes that start at once may all call it: the database lets one of them win.
        """
        values = {name: getattr(record, name) for name in KeyRecord.__dataclass_fields__}
        values["public_jwk"] = dict(record.public_jwk)
        with self._database.transaction() as transaction:
            added = transaction.all(ADD_KEY, values)
            if added:
                self._tell(transaction, event)
        return bool(added)

    def rotate(self, following: KeyRecord, event: Event) -> bool:
        """Make this next key active and the active one retiring; False if it is next no more."""
        tenant_id, kid = following.tenant_id, following.kid
        key = {"tenant_id": tenant_id, "kid": kid, "now": event.at}
        key |= {"use": following.use, "alg": following.alg}
        with self._database.transaction() as transaction:
            # The stamp's row makes two rotations take turns.
            transaction.all(BUMP_STAMP, key)
            if not any(
                row.kid == kid and row.state == "next"
                for row in transaction.all(LIST_KEYS, {"tenant_id": tenant_id})
            ):
                return False
            transaction.all(RETIRE_ACTIVE, key)
            transaction.all(ACTIVATE_NEXT, key)
            transaction.all(ADD_EVENT, event_values(event))
        return True

    def retire(self, tenant_id: str, kid: str, event: Event) -> bool:
        """Take a key out of the published set and forget its private part."""
        key = {"tenant_id": tenant_id, "kid": kid, "now": event.at}
        with self._database.transaction() as transaction:
            retired = transaction.all(RETIRE_KEY, key)
            if retired:
                self._tell(transaction, event)
        return bool(retired)

    def revoke(self, key: KeyRecord, following: KeyRecord | None, events: Sequence[Event]) -> bool:
        """Take a key away for good; False if it, or who follows it, is not what it was.

        Args:
            key: in the state that it was seen in.
            following: the next key, which signs from now on, if `key` was the active one.
            events: what is told of it; the first has the time.
        """
        tenant_id, now = key.tenant_id, events[0].at
        seen = {each.kid: each.state for each in (key, following) if each is not None}
        with self._database.transaction() as transaction:
            # The stamp's row makes two changes take turns.
            transaction.all(BUMP_STAMP, {"tenant_id": tenant_id, "now": now})
            rows = transaction.all(LIST_KEYS, {"tenant_id": tenant_id})
            if not seen.items() <= {row.kid: row.state for row in rows}.items():
                return False
            names = {"tenant_id": tenant_id, "now": now}
            if not transaction.all(REVOKE_KEY, {**names, "kid": key.kid}):
                return False
            if following is not None:
                transaction.all(ACTIVATE_NEXT, {**names, "kid": following.kid})
            for event in events:
                transaction.all(ADD_EVENT, event_values(event))
        return True

    def reseal(self, record: KeyRecord, sealed: bytes) -> bool:
        """Keep the private part sealed anew; False if another process was first."""
        key = {"tenant_id": record.tenant_id, "kid": record.kid}
        values = {**key, "old": record.private_sealed, "new": sealed}
        return bool(self._database.write(RESEAL_KEY, values))

    def _tell(self, transaction: Transaction, event: Event) -> None:
        transaction.all(BUMP_STAMP, {"tenant_id": event.tenant_id, "now": event.at})
        transaction.all(ADD_EVENT, event_values(event))


def _row_name(tenant_id: str, kid: str) -> str:
    return f"signing_keys.private_sealed:{tenant_id}:{kid}"
