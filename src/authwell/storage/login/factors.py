"""Second factors: which an account has, its TOTP secret, and the end of all of them.

A time step is used up by one statement, so of two that bring the same code at once one finds
nothing (THREATS.md MF-01, MF-02).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, and_, bindparam, delete, func, null, or_, select, update
from sqlalchemy.dialects import postgresql

from authwell.models.accounts import accounts
from authwell.models.base import UtcDateTime
from authwell.models.factors import backup_codes, totp_factors, webauthn_credentials
from authwell.storage.database import Database, Transaction
from authwell.storage.statements import Statement

_NOW: Any = bindparam("now", type_=UtcDateTime())
_STEP: Any = bindparam("step", type_=BigInteger())
_IS_THE_ACCOUNT = (
    accounts.c.id == bindparam("account_id"),
    accounts.c.tenant_id == bindparam("tenant_id"),
)
_CONFIRMED = and_(
    totp_factors.c.account_id == accounts.c.id, totp_factors.c.confirmed_at.is_not(None)
)
_UNUSED = and_(backup_codes.c.account_id == accounts.c.id, backup_codes.c.used_at.is_(None))

FIND_ENROLLED = Statement(
    select(
        select(totp_factors.c.account_id).where(_CONFIRMED).exists().label("totp"),
        select(func.count())
        .select_from(webauthn_credentials)
        .where(webauthn_credentials.c.account_id == accounts.c.id)
        .scalar_subquery()
        .label("passkeys"),
        select(func.count())
        .select_from(backup_codes)
        .where(_UNUSED)
        .scalar_subquery()
        .label("backup_codes"),
    ).where(*_IS_THE_ACCOUNT)
)

_ITS_TOTP = (
    totp_factors.c.account_id == bindparam("account_id"),
    totp_factors.c.tenant_id == bindparam("tenant_id"),
)
_STEP_IS_NEW = or_(totp_factors.c.last_step.is_(None), totp_factors.c.last_step < _STEP)
_new_totp = postgresql.insert(totp_factors).values(
    account_id=bindparam("account_id"),
    tenant_id=bindparam("tenant_id"),
    secret_sealed=bindparam("secret_sealed"),
    last_step=null(),
    created_at=_NOW,
    confirmed_at=null(),
)
PUT_TOTP = Statement(
    _new_totp.on_conflict_do_update(
        index_elements=["account_id"],
        set_={
            "secret_sealed": _new_totp.excluded.secret_sealed,
            "created_at": _new_totp.excluded.created_at,
        },
        where=totp_factors.c.confirmed_at.is_(None),
    ).returning(totp_factors.c.account_id)
)
FIND_TOTP = Statement(
    select(
        totp_factors.c.secret_sealed, totp_factors.c.created_at, totp_factors.c.confirmed_at
    ).where(*_ITS_TOTP)
)
CONFIRM_TOTP = Statement(
    update(totp_factors)
    .where(
        *_ITS_TOTP,
        totp_factors.c.confirmed_at.is_(None),
        totp_factors.c.secret_sealed == bindparam("secret_sealed"),
    )
    .values(confirmed_at=_NOW, last_step=_STEP)
    .returning(totp_factors.c.account_id)
)
USE_STEP = Statement(
    update(totp_factors)
    .where(*_ITS_TOTP, totp_factors.c.confirmed_at.is_not(None), _STEP_IS_NEW)
    .values(last_step=_STEP)
    .returning(totp_factors.c.account_id)
)
DELETE_TOTP = Statement(
    delete(totp_factors).where(*_ITS_TOTP).returning(totp_factors.c.confirmed_at)
)
DELETE_PASSKEYS = Statement(
    delete(webauthn_credentials)
    .where(
        webauthn_credentials.c.account_id == bindparam("account_id"),
        webauthn_credentials.c.tenant_id == bindparam("tenant_id"),
    )
    .returning(webauthn_credentials.c.id)
)


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What an account has beside a password.

    Attributes:
        totp: whether an authenticator app was confirmed.
        passkeys: how many.
        backup_codes: how many are unused.
    """

    totp: bool = False
    passkeys: int = 0
    backup_codes: int = 0

    @property
    def any(self) -> bool:
        """Whether there is a second factor; backup codes only stand in for one."""
        return self.totp or self.passkeys > 0


@dataclass(frozen=True, slots=True)
class TotpRecord:
    """The authenticator app of an account; it counts once it is confirmed."""

    secret_sealed: bytes
    created_at: datetime
    confirmed_at: datetime | None


class Factors:
    """The second factors of the accounts of all tenants."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def enrolled(self, tenant_id: str, account_id: str) -> Enrolled:
        """What the account has, in one read."""
        row = self._database.one(FIND_ENROLLED, _key(tenant_id, account_id))
        if row is None:
            return Enrolled()
        return Enrolled(bool(row.totp), row.passkeys, row.backup_codes)

    def put_totp(
        self, tenant_id: str, account_id: str, secret_sealed: bytes, now: datetime
    ) -> bool:
        """Keep a secret to be confirmed; False if a confirmed one stands."""
        values = {**_key(tenant_id, account_id), "secret_sealed": secret_sealed, "now": now}
        return bool(self._database.write(PUT_TOTP, values))

    def find_totp(self, tenant_id: str, account_id: str) -> TotpRecord | None:
        """The app, confirmed or not."""
        row = self._database.one(FIND_TOTP, _key(tenant_id, account_id))
        return None if row is None else TotpRecord(*row)

    def use_step(self, tenant_id: str, account_id: str, step: int) -> bool:
        """Use a time step up; False if it, or a later one, was used before."""
        return bool(self._database.write(USE_STEP, {**_key(tenant_id, account_id), "step": step}))


def enrolled_in(transaction: Transaction, tenant_id: str, account_id: str) -> Enrolled:
    """What the account has, as the transaction sees it."""
    row = transaction.one(FIND_ENROLLED, _key(tenant_id, account_id))
    return Enrolled() if row is None else Enrolled(bool(row.totp), row.passkeys, row.backup_codes)


def confirm_totp(
    transaction: Transaction, tenant_id: str, account_id: str, found: TotpRecord, use: "Use"
) -> bool:
    """Let the secret count from now on; False if it was replaced, confirmed or removed."""
    values = {"secret_sealed": found.secret_sealed, "step": use.step, "now": use.now}
    return bool(transaction.all(CONFIRM_TOTP, {**_key(tenant_id, account_id), **values}))


@dataclass(frozen=True, slots=True)
class Use:
    """The use of a time step."""

    step: int
    now: datetime


def delete_totp(transaction: Transaction, tenant_id: str, account_id: str) -> bool:
    """Remove the app; whether a confirmed one was removed."""
    row = transaction.one(DELETE_TOTP, _key(tenant_id, account_id))
    return row is not None and row.confirmed_at is not None


def delete_passkeys(transaction: Transaction, tenant_id: str, account_id: str) -> int:
    """Remove all passkeys; how many there were."""
    return len(transaction.all(DELETE_PASSKEYS, _key(tenant_id, account_id)))


def _key(tenant_id: str, account_id: str) -> dict[str, str]:
    return {"tenant_id": tenant_id, "account_id": account_id}
