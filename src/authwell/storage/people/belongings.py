"""What an account has collected beside its password, dropped when its owner comes at last.

Whoever registers a stranger's address can set up everything that outlives a new password: so
all of it ends when the owner of the address takes the account over (THREATS.md AU-17).
"""

from datetime import datetime

from sqlalchemy import bindparam, delete, update

from authwell.models.api_keys import api_keys
from authwell.models.base import UtcDateTime
from authwell.models.devices import devices
from authwell.models.factors import backup_codes, totp_factors, webauthn_credentials
from authwell.storage.database import Transaction
from authwell.storage.statements import Statement

DROP = tuple(
    Statement(
        delete(table).where(
            table.c.account_id == bindparam("account_id"),
            table.c.tenant_id == bindparam("tenant_id"),
        )
    )
    for table in (totp_factors, backup_codes, webauthn_credentials, devices)
)
REVOKE_KEYS = Statement(
    update(api_keys)
    .where(
        api_keys.c.account_id == bindparam("account_id"),
        api_keys.c.tenant_id == bindparam("tenant_id"),
        api_keys.c.revoked_at.is_(None),
    )
    .values(revoked_at=bindparam("now", type_=UtcDateTime()))
)


def drop_belongings(
    transaction: Transaction, tenant_id: str, account_id: str, now: datetime
) -> None:
    """Drop second factors, passkeys, devices and API keys of an account."""
    key = {"tenant_id": tenant_id, "account_id": account_id}
    for statement in DROP:
        transaction.all(statement, key)
    transaction.all(REVOKE_KEYS, {**key, "now": now})
