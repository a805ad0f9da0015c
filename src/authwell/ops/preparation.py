"""What must hold before a server starts: tables, the default tenant, keys that open."""

from datetime import datetime

import click

from authwell.identity.tenants.defaults import DEFAULT_SLUG
from authwell.identity.tenants.equipment import PEM_FOLDER, ensure_tenant
from authwell.ops.context import Opened
from authwell.protocol.jose.keys import UnusableKey
from authwell.storage import migrations


def prepare(parts: Opened, now: datetime) -> None:
    """Make the tenant and the keys that a first start needs; nothing is replaced.

    Raises:
        click.ClickException: the tables are not of this version, or a PEM file is unusable.
        CannotOpen: KEY_ENCRYPTION_KEY does not open a stored key.
        StorageUnavailable: the database cannot be reached.
    """
    require_current_tables(parts)
    try:
        ensure_tenant(parts.database, parts.sealer, parts.settings, DEFAULT_SLUG, now)
    except UnusableKey as error:
        raise click.ClickException(f"A file in {PEM_FOLDER}/: {error}.") from error


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
