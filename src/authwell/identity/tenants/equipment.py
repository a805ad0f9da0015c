"""What a tenant needs before it can serve anybody: its row, its keys, the built-in client.

All of it is made only where it is missing, so it may be asked for at each start and by any
number of processes at once.
"""

from datetime import datetime
from pathlib import Path
from typing import Final

from authwell.config.settings import Settings
from authwell.identity.keys.keeper import algorithms_of, key_keeper
from authwell.identity.tenants.defaults import DEFAULT_SLUG, ensure_default_tenant
from authwell.identity.tenants.issuers import follow_server
from authwell.storage.configuration.edit import Configuration
from authwell.storage.configuration.rows import TenantRecord
from authwell.storage.database import Database
from authwell.storage.tenancy.pairwise import ensure_key
from authwell.utils.sealing import Sealer

PEM_FOLDER: Final = Path("keys")
"""Files of the operator, taken for the default tenant when an algorithm has no key yet."""


def ensure_tenant(
    database: Database, sealer: Sealer, settings: Settings, slug: str, now: datetime
) -> TenantRecord | None:
    """The tenant with all that it needs; the default one is made, any other is None if missing.

    Raises:
        StorageUnavailable: the database cannot be reached, or its tables are missing.
        CannotOpen: KEY_ENCRYPTION_KEY does not open a stored key.
        UnusableKey: a file of the operator holds a key that cannot sign here.
    """
    keeper = key_keeper(database, sealer, settings)
    if slug == DEFAULT_SLUG:
        record: TenantRecord | None = ensure_default_tenant(database, settings, now)
    else:
        record = _ensure_other(Configuration(database), slug, settings.issuer, now)
    if record is None:
        return None
    if slug == DEFAULT_SLUG:
        keeper.import_first(record.id, PEM_FOLDER, now)
    keeper.ensure(record.id, algorithms_of(record, settings), now)
    ensure_key(database, sealer, record)
    return record


def _ensure_other(
    configuration: Configuration, slug: str, server: str, now: datetime
) -> TenantRecord | None:
    record = configuration.find_tenant(slug)
    if record is None or record.status == "deleted":
        return None
    configuration.ensure_built_in_client(record.id, now)
    configuration.ensure_built_in_access(record.id, now, is_root=False)
    return follow_server(configuration, record, server, now)
