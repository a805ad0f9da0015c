"""Passkeys: the public keys of accounts (WebAuthn Level 3 section 4, credential record)."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Boolean, and_, bindparam, delete, or_, select, update

from authwell.models.audit import audit_events
from authwell.models.base import UtcDateTime
from authwell.models.factors import webauthn_credentials as passkeys
from authwell.protocol.model import Event
from authwell.storage.changes import Change, NewRow
from authwell.storage.database import Database, Transaction
from authwell.storage.statements import Row, Statement
from authwell.storage.values import event_values
from authwell.storage.work.outbox import ADD_EVENT

_NEW_EVENT = NewRow(audit_events, "event")
_NOW: Any = bindparam("now", type_=UtcDateTime())
_COUNT: Any = bindparam("sign_count", type_=BigInteger())
_TENANT_ID = passkeys.c.tenant_id == bindparam("tenant_id")
_IS_OWN = (
    _TENANT_ID,
    passkeys.c.account_id == bindparam("account_id"),
    passkeys.c.id == bindparam("id"),
)
# A counter that is never used stays zero; any other only grows (section 6.1.1).
_GROWS = or_(passkeys.c.sign_count < _COUNT, and_(passkeys.c.sign_count == 0, _COUNT == 0))

LIST_PASSKEYS = Statement(
    select(passkeys)
    .where(_TENANT_ID, passkeys.c.account_id == bindparam("account_id"))
    .order_by(passkeys.c.created_at, passkeys.c.id)
)
FIND_PASSKEY = Statement(
    select(passkeys).where(_TENANT_ID, passkeys.c.credential_id == bindparam("credential_id"))
)
ADD_PASSKEY = Statement(NewRow(passkeys, "new").alone())
USE_PASSKEY = Statement(
    update(passkeys)
    .where(*_IS_OWN, or_(_GROWS, bindparam("backwards", type_=Boolean())))
    .values(
        sign_count=_COUNT,
        is_backed_up=bindparam("is_backed_up", type_=Boolean()),
        last_used_at=_NOW,
    )
    .returning(passkeys.c.id)
)
RENAME_PASSKEY = Change(
    update(passkeys).where(*_IS_OWN).values(name=bindparam("name")).returning(*passkeys.c),
    _NEW_EVENT,
)
REMOVE_PASSKEY = Statement(delete(passkeys).where(*_IS_OWN).returning(*passkeys.c))


@dataclass(frozen=True, slots=True)
class Passkey:
    """One public key credential of an account.

    Attributes:
        credential_id: by which browsers and authenticators know it; unique in the tenant.
        public_key: COSE.
        attestation: the format of its attestation statement.
        is_discoverable: whether the authenticator finds it without being told its id.
    """

    id: str
    tenant_id: str
    account_id: str
    credential_id: bytes
    public_key: bytes
    sign_count: int
    transports: Sequence[str]
    aaguid: str
    attestation: str
    is_discoverable: bool
    is_backup_eligible: bool
    is_backed_up: bool
    name: str
    created_at: datetime
    last_used_at: datetime | None = None


class StoredPasskeys:
    """The passkeys of all tenants; every call names its tenant."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def list(self, tenant_id: str, account_id: str) -> tuple[Passkey, ...]:
        """Those of an account, the oldest first."""
        key = {"tenant_id": tenant_id, "account_id": account_id}
        return tuple(_passkey(row) for row in self._database.all(LIST_PASSKEYS, key))

    def find(self, tenant_id: str, credential_id: bytes) -> Passkey | None:
        """The passkey that an authenticator calls so, whosever it is."""
        key = {"tenant_id": tenant_id, "credential_id": credential_id}
        row = self._database.one(FIND_PASSKEY, key)
        return None if row is None else _passkey(row)

    def use(
        self,
        passkey: Passkey,
        *,
        sign_count: int,
        is_backed_up: bool,
        now: datetime,
        backwards: bool,
    ) -> bool:
        """Note a login; False if the counter did not grow, or the passkey is gone.

        Args:
            passkey: which one.
            sign_count: what its authenticator says now.
            is_backed_up: whether it is on more than one device now.
            now: the present.
            backwards: whether a counter that went back is taken all the same.
        """
        values = {
            **_key(passkey.tenant_id, passkey.account_id, passkey.id),
            "sign_count": sign_count,
            "is_backed_up": is_backed_up,
            "now": now,
            "backwards": backwards,
        }
        return bool(self._database.write(USE_PASSKEY, values))

    def rename(
        self, tenant_id: str, account_id: str, key: str, name: str, event: Event
    ) -> Passkey | None:
        """Give a passkey of an account another name; None if it has no such passkey."""
        values = {**_key(tenant_id, account_id, key), "name": name, **event_values(event)}
        row = RENAME_PASSKEY.make(self._database, values)
        return None if row is None else _passkey(row)


def add_passkey(transaction: Transaction, passkey: Passkey, event: Event) -> None:
    """Keep a new passkey if the transaction commits.

    Raises:
        Conflict: the tenant has a passkey with that credential id (section 7.1).
    """
    plain = {**asdict(passkey), "transports": list(passkey.transports)}
    transaction.all(ADD_PASSKEY, {f"new_{name}": value for name, value in plain.items()})
    transaction.all(ADD_EVENT, event_values(event))


def remove_passkey(
    transaction: Transaction, tenant_id: str, account_id: str, key: str, event: Event
) -> Passkey | None:
    """Forget a passkey of an account; None if it has no such passkey."""
    row = transaction.one(REMOVE_PASSKEY, _key(tenant_id, account_id, key))
    if row is None:
        return None
    transaction.all(ADD_EVENT, event_values(event))
    return _passkey(row)


def _key(tenant_id: str, account_id: str, key: str) -> dict[str, Any]:
    return {"tenant_id": tenant_id, "account_id": account_id, "id": key}


_FIELDS = tuple(Passkey.__dataclass_fields__)


def _passkey(row: Row) -> Passkey:
    values = {name: getattr(row, name) for name in _FIELDS}
    plain = {
        "credential_id": bytes(row.credential_id),
        "public_key": bytes(row.public_key),
        "transports": tuple(row.transports),
    }
    return Passkey(**{**values, **plain})
