"""What must hold before a server starts: tables, the default tenant, keys that open."""

from datetime import datetime
from pathlib import Path

import click

from authwell.identity.keys import algorithms_of, key_keeper
from authwell.identity.tenants import ensure_default_tenant
from authwell.ops.context import Opened
from authwell.protocol.jose.keys import UnusableKey
from authwell.storage import migrations
from authwell.storage.pairwise import ensure_key

KEYS_FOLDER = Path("keys")
"""PEM files of the operator, taken when an algorithm has no key yet."""


def prepare(parts: Opened, now: datetime) -> None:
    """Make the tenant and the keys that a first start needs; nothing is replaced.

    Raises:
        click.ClickException: the tables are not of this version, or a PEM file is unusable.
        CannotOpen: KEY_ENCRYPTION_KEY does not open a stored key.
        StorageUnavailable: the database cannot be reached.
    """
    require_current_tables(parts)
    tenant = ensure_default_tenant(parts.database, parts.settings, now)
    keeper = key_keeper(parts.database, parts.sealer, parts.settings)
    try:
        keeper.import_first(tenant.id, KEYS_FOLDER, now)
    except UnusableKey as error:
        raise click.ClickException(f"A file in {KEYS_FOLDER}/: {error}.") from error
    keeper.ensure(tenant.id, algorithms_of(tenant, parts.settings), now)
    ensure_key(parts.database, parts.sealer, tenant)


def require_current_tables(parts: Opened) -> None:
    """Find out whether migrations are missing; only `authwell db upgrade` runs them.

    Raises:
        click.ClickException: they are.
    """
    reader, _ = parts.database.engines
    with reader.connect() as connection:
        if not migrations.is_current(connection):
            raise click.ClickException(
                "The tables of the database are not those of this version. "
                "Run `authwell db upgrade` once, then start again."
            )
