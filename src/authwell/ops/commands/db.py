"""`authwell db`: migrations of the database that DATABASE_URL names."""

from collections.abc import Iterator
from contextlib import contextmanager

import click
from alembic.util import CommandError
from sqlalchemy.exc import OperationalError

from authwell.ops.context import settings_or_refuse
from authwell.storage import migrations


@click.group()
def db() -> None:
    """Migrate the database of DATABASE_URL; two at once take turns."""


@db.command()
@click.argument("revision", default="head")
def upgrade(revision: str) -> None:
    """Bring the tables to REVISION, by default the newest."""
    url = settings_or_refuse().database_url
    with _refusing():
        migrations.upgrade(url, revision)
        current, _ = migrations.revisions(url)
    click.echo(f"The database is at revision {current}.")


@db.command()
@click.argument("revision", default="-1")
@click.option("--yes", is_flag=True, help="Do not ask; what the removed tables hold is lost.")
def downgrade(revision: str, yes: bool) -> None:
    """Bring the tables back to REVISION, by default one step."""
    url = settings_or_refuse().database_url
    if not yes:
        click.confirm("Removed columns and tables lose what they hold. Go on?", abort=True)
    with _refusing():
        migrations.downgrade(url, revision)
        current, _ = migrations.revisions(url)
    click.echo(f"The database is at revision {current or 'base'}.")


@db.command()
def current() -> None:
    """Print the revision of the database; exit code 1 if it is not the newest."""
    with _refusing():
        found, newest = migrations.revisions(settings_or_refuse().database_url)
    click.echo(found or "base")
    if found != newest:
        raise click.ClickException(f"This program needs {newest}; run `authwell db upgrade`.")


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except CommandError as error:
        raise click.ClickException(f"{error}.") from error
    except OperationalError as error:
        raise click.ClickException(
            f"The database of DATABASE_URL does not answer: {error.orig}"
        ) from error
