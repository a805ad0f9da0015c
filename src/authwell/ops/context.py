"""What commands work with: settings, the database and the sealer, or a sentence that says why not."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click

from authwell.config.settings import Settings, SettingsError, read_settings
from authwell.storage.database import Database
from authwell.storage.errors import StorageUnavailable
from authwell.storage.registry import ROOT
from authwell.utils.sealing import CannotOpen, Sealer


@dataclass(frozen=True, slots=True)
class Opened:
    """The parts that a command needs."""

    settings: Settings
    database: Database
    sealer: Sealer
    tenant: str = ROOT
    """The slug that `--tenant` gave."""


def settings_or_refuse() -> Settings:
    """The settings of this process.

    Raises:
        click.ClickException: they are wrong; it names each variable and the remedy.
    """
    try:
        return read_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def opened() -> Iterator[Opened]:
    """Open the parts for one command; what it cannot do becomes a sentence and exit code 1."""
    settings = settings_or_refuse()
    database = Database(settings.database_url)
    try:
        with refusing():
            yield Opened(settings, database, sealer_of(settings), chosen_tenant())
    finally:
        database.close()


def chosen_tenant() -> str:
    """What `authwell --tenant` says."""
    context = click.get_current_context(silent=True)
    given = None if context is None else context.find_root().obj
    return str(given) if given else ROOT


@contextmanager
def refusing() -> Iterator[None]:
    """Turn what may go wrong in operation into a sentence and exit code 1."""
    try:
        yield
    except StorageUnavailable as error:
        raise click.ClickException(
            "The database of DATABASE_URL cannot be reached, or its tables are missing; "
            "`authwell db upgrade` makes them."
        ) from error
    except CannotOpen as error:
        raise click.ClickException(
            "A stored secret does not open under KEY_ENCRYPTION_KEY. Set the key that sealed "
            "it, as KEY_ENCRYPTION_KEY or in KEY_ENCRYPTION_KEY_OLD; nothing was replaced."
        ) from error


def sealer_of(settings: Settings) -> Sealer:
    """What seals secrets at rest, by KEY_ENCRYPTION_KEY and the older ones."""
    return Sealer(settings.key_encryption_key, settings.key_encryption_key_old)
