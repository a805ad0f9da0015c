"""What the commands that change the configuration share: who acts, and how refusals are told."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from getpass import getuser
from typing import Any

import click
import orjson

from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.changes import Plan
from authwell.identity.configuration.problems import NotFound, Problem, Refused
from authwell.identity.configuration.service import Configurator
from authwell.identity.keys.keeper import algorithms_of, key_keeper
from authwell.identity.passwords.hashing import Passwords
from authwell.identity.tenants.applying import Several
from authwell.identity.tenants.defaults import ensure_default_tenant
from authwell.identity.tenants.life_cycle import TenantLife
from authwell.middleware.context import Site
from authwell.ops.context import Opened, opened
from authwell.protocol.server import AuthorizationServer, Caller
from authwell.storage.errors import Conflict
from authwell.storage.people.superusers import LastSuperuser
from authwell.utils.clock import utc_now
from authwell.utils.versions import ChangedMeanwhile


@dataclass(frozen=True, slots=True)
class Operator:
    """Who runs the command, with everything that they may change."""

    parts: Opened
    configurator: Configurator
    author: Author

    @property
    def tenant_id(self) -> str:
        """The tenant that the command is about, as it is now."""
        return self.configurator.state().tenant.id

    @property
    def life(self) -> TenantLife:
        """What makes and ends tenants."""
        return TenantLife(self.parts.database, self.parts.sealer, self.parts.settings)

    @property
    def several(self) -> Several:
        """What changes several tenants at once."""
        return Several(self.configurator, self.life)

    def ensure_keys(self, plan: Plan) -> None:
        """Make signing keys for algorithms that a changed policy added."""
        parts = self.parts
        keeper = key_keeper(parts.database, parts.sealer, parts.settings)
        for slug in {change.tenant for change in plan.changes if change.kind == "tenant"}:
            tenant = replace(self.configurator, slug=slug).state().tenant
            keeper.ensure(tenant.id, algorithms_of(tenant, parts.settings), self.author.now)


@contextmanager
def operator() -> Iterator[Operator]:
    """Open the server's parts; what is refused becomes sentences and exit code 1."""
    with opened() as parts, telling():
        now = utc_now()
        ensure_default_tenant(parts.database, parts.settings, now)
        passwords = Passwords.of(parts.settings, parallel=1)
        configurator = Configurator.of(parts.database, parts.settings, passwords)
        configurator = replace(configurator, slug=parts.tenant)
        yield Operator(parts, configurator, Author(f"cli:{_login_name()}", now))


@contextmanager
def telling() -> Iterator[None]:
    """Turn refusals into sentences."""
    try:
        yield
    except Refused as refused:
        for problem in refused.problems:
            click.echo(f"error: {problem}", err=True)
        raise click.exceptions.Exit(1) from refused
    except NotFound as error:
        raise click.ClickException(str(error)) from error
    except LastSuperuser as error:
        raise click.ClickException(
            "Nobody would be left who may do everything. Make somebody else admin first."
        ) from error
    except ChangedMeanwhile as error:
        raise click.ClickException("Somebody else changed it; run the command again.") from error
    except Conflict as error:
        raise click.ClickException(
            "Somebody else changed the same thing at the same time. Nothing was written; "
            "run the command again."
        ) from error


def server_of(here: Operator, site: Site) -> AuthorizationServer:
    """The engine of the command's tenant, for what pages and API do by it too."""
    return site.server(here.author.now, Caller(), site.tenants.of(here.parts.tenant))


def warn(warnings: Sequence[Problem]) -> None:
    """Print warnings where they do not mix with the answer."""
    for warning in warnings:
        click.echo(f"warning: {warning}", err=True)


def print_json(value: Any) -> None:
    """Print JSON for scripts and for people."""
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def print_entry(entry: Mapping[str, Any], *, as_json: bool) -> None:
    """Print one thing: a line for each member."""
    if as_json:
        print_json(entry)
        return
    width = max(map(len, entry))
    for name, value in entry.items():
        click.echo(f"{name:<{width}}  {_plain(value)}")


def print_rows(
    entries: Sequence[Mapping[str, Any]], columns: Sequence[str], *, as_json: bool
) -> None:
    """Print things, one a line with the columns that tell them apart."""
    if as_json:
        print_json(entries)
        return
    rows = [[_plain(entry.get(name, "")) for name in columns] for entry in entries]
    widths = [max((len(row[place]) for row in rows), default=0) for place in range(len(columns))]
    for row in rows:
        line = "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        click.echo(line.rstrip())


def given(**options: Any) -> dict[str, Any]:
    """The options that were on the command line, as members of an entry."""
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in options.items()
        if value is not None and value != ()
    }


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something is lost, unless `--yes` says so."""
    if not yes:
        click.confirm(question, abort=True)


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return " ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return orjson.dumps(value).decode()
    return str(value)


def _login_name() -> str:
    try:
        return getuser()
    except (KeyError, OSError):
        # A container may run under a number without a name.
        return str(os.getuid())


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for scripts.")
without_question = click.option("--yes", is_flag=True, help="Do not ask.")
