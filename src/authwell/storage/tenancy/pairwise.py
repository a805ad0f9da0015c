"""The key of a tenant's pairwise subjects as it is stored (OpenID Connect Core section 8.1).

It is made once and never replaced: each client would know each person by another name.
"""

from secrets import token_bytes

from sqlalchemy import bindparam, update

from authwell.models.tenants import tenants
from authwell.storage.configuration.rows import TenantRecord
from authwell.storage.database import Database
from authwell.storage.statements import Statement
from authwell.utils.sealing import Sealer

PURPOSE = "pairwise-subjects"

KEEP_KEY = Statement(
    update(tenants)
    .where(tenants.c.id == bindparam("tenant_id"), tenants.c.pairwise_sealed.is_(None))
    .values(pairwise_sealed=bindparam("sealed"))
    .returning(tenants.c.id)
)
RESEAL_KEY = Statement(
    update(tenants)
    .where(tenants.c.id == bindparam("tenant_id"), tenants.c.pairwise_sealed == bindparam("old"))
    .values(pairwise_sealed=bindparam("new"))
    .returning(tenants.c.id)
)


def open_key(sealer: Sealer, tenant: TenantRecord) -> bytes | None:
    """The key; None if the tenant has none yet.

    Raises:
        CannotOpen: it was sealed by another key, or belongs to another tenant.
    """
    if tenant.pairwise_sealed is None:
        return None
    return sealer.open(tenant.pairwise_sealed, PURPOSE, _row_name(tenant.id))


def ensure_key(database: Database, sealer: Sealer, tenant: TenantRecord) -> None:
    """Make the key if there is none; of processes that start at once, one makes it.

    Raises:
        CannotOpen: there is one, and it does not open.
    """
    if open_key(sealer, tenant) is None:
        sealed = sealer.seal(token_bytes(32), PURPOSE, _row_name(tenant.id))
        database.write(KEEP_KEY, {"tenant_id": tenant.id, "sealed": sealed})


def reseal_key(database: Database, sealer: Sealer, tenant: TenantRecord) -> bool:
    """Seal it under the present key; False if that had been done.

    Raises:
        CannotOpen: it does not open.
    """
    key, old = open_key(sealer, tenant), tenant.pairwise_sealed
    if key is None or old is None or sealer.is_current(old):
        return False
    sealed = sealer.seal(key, PURPOSE, _row_name(tenant.id))
    return bool(database.write(RESEAL_KEY, {"tenant_id": tenant.id, "old": old, "new": sealed}))


def _row_name(tenant_id: str) -> str:
    return f"tenants.pairwise_sealed:{tenant_id}"
