"""Backup codes, kept as MACs; one statement uses one up (THREATS.md MF-02, MF-07)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from authwell.models.base import UtcDateTime
from authwell.models.factors import backup_codes
from authwell.storage.changes import NewRow
from authwell.storage.database import Database, Transaction
from authwell.storage.statements import Statement

_NOW: Any = bindparam("now", type_=UtcDateTime())
_OF_ACCOUNT = (
    backup_codes.c.account_id == bindparam("account_id"),
    backup_codes.c.tenant_id == bindparam("tenant_id"),
)
_NEW = ("account_id", "digest", "tenant_id", "created_at")

PUT_CODE = Statement(NewRow(backup_codes, "new", columns=_NEW).alone())
DELETE_CODES = Statement(delete(backup_codes).where(*_OF_ACCOUNT))
USE_CODE = Statement(
    update(backup_codes)
    .where(
        *_OF_ACCOUNT,
        backup_codes.c.digest == bindparam("digest"),
        backup_codes.c.used_at.is_(None),
    )
    .values(used_at=_NOW)
    .returning(backup_codes.c.digest)
)
UNUSED = Statement(
    select(backup_codes.c.digest).where(*_OF_ACCOUNT, backup_codes.c.used_at.is_(None))
)


class BackupCodes:
    """The backup codes of the accounts of all tenants."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def use(self, tenant_id: str, account_id: str, digest: bytes, now: datetime) -> bool:
        """Use one up; False if there is none such, or it was used before."""
        values = {"tenant_id": tenant_id, "account_id": account_id, "digest": digest, "now": now}
        return bool(self._database.write(USE_CODE, values))

    def left(self, tenant_id: str, account_id: str) -> int:
        """How many are unused."""
        key = {"tenant_id": tenant_id, "account_id": account_id}
        return len(self._database.all(UNUSED, key))


def replace_codes(
    transaction: Transaction,
    tenant_id: str,
    account_id: str,
    digests: Sequence[bytes],
    now: datetime,
) -> None:
    """Keep these instead of all that there were; none at all if there are no new ones."""
    key = {"tenant_id": tenant_id, "account_id": account_id}
    transaction.all(DELETE_CODES, key)
    for digest in digests:
        new = {"new_account_id": account_id, "new_tenant_id": tenant_id, "new_digest": digest}
        transaction.all(PUT_CODE, {**new, "new_created_at": now})
