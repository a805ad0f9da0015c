"""Second factors: which an account has, its TOTP secret and its backup codes."""

from dataclasses import dataclass

from sqlalchemy import and_, bindparam, func, select

from authwell.models.accounts import accounts
from authwell.models.factors import backup_codes, totp_factors, webauthn_credentials
from authwell.storage.database import Database
from authwell.storage.statements import Statement

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


class Factors:
    """The second factors of the accounts of all tenants."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def enrolled(self, tenant_id: str, account_id: str) -> Enrolled:
        """What the account has, in one read."""
        key = {"tenant_id": tenant_id, "account_id": account_id}
        row = self._database.one(FIND_ENROLLED, key)
        if row is None:
            return Enrolled()
        return Enrolled(bool(row.totp), row.passkeys, row.backup_codes)
