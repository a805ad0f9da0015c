"""`authwell tenant`: the tenants of the server; `authwell --tenant SLUG ...` works inside one."""

from pathlib import Path

import click

from authwell.identity.configuration.document import parse_mapping
from authwell.identity.configuration.problems import Problem, Refused
from authwell.identity.tenants.hosts import TenantHosts
from authwell.identity.tenants.life_cycle import shown
from authwell.ops.administration import (
    Operator,
    as_json,
    confirm,
    operator,
    print_entry,
    print_rows,
    warn,
    without_question,
)
from authwell.storage.configuration.edit import Configuration
from authwell.storage.configuration.rows import TenantRecord

COLUMNS = ("slug", "status", "issuer", "name")


@click.group()
def tenant() -> None:
    """Tenants: each an issuer with keys, accounts, clients, roles and a policy of its own."""


@tenant.command()
@click.argument("slug")
@click.option("--name", help="What people know it by; the slug if left out.")
@as_json
def create(slug: str, name: str | None, as_json: bool) -> None:
    """Make a tenant below `/t/SLUG`, with keys of its own."""
    with operator() as here:
        made = here.life.create(slug, _name(name or slug), here.author)
    print_entry(shown(made), as_json=as_json)


@tenant.command("list")
@as_json
def list_tenants(as_json: bool) -> None:
    """Print all tenants by slug."""
    with operator() as here:
        found = Configuration(here.parts.database).list_tenants()
    rows = [shown(record) for record in found if record.status != "deleted"]
    print_rows(rows, COLUMNS, as_json=as_json)


@tenant.command()
@click.argument("slug")
@as_json
def show(slug: str, as_json: bool) -> None:
    """Print one tenant with its policy."""
    with operator() as here:
        found = _find(here, slug)
    print_entry(shown(found), as_json=as_json)


@tenant.command()
@click.argument("slug")
@without_question
def suspend(slug: str, yes: bool) -> None:
    """Refuse all that is asked of a tenant, and end its sessions and tokens for good."""
    confirm(f"Suspend {slug}? Everybody in it is logged out, and its tokens end.", yes=yes)
    with operator() as here:
        here.life.suspend(_find(here, slug), here.author)
    click.echo(f"{slug} is suspended: within a second all that is asked of it is refused.")


@tenant.command()
@click.argument("slug")
def activate(slug: str) -> None:
    """Serve a suspended tenant again; its people and clients log in anew."""
    with operator() as here:
        here.life.activate(_find(here, slug), here.author)
    click.echo(f"{slug} is active.")


@tenant.command()
@click.argument("slug")
@without_question
def delete(slug: str, yes: bool) -> None:
    """End a tenant: it is erased within minutes, but for its audit log; its slug stays taken."""
    confirm(f"Delete {slug} with all accounts, clients and keys? Nothing brings it back.", yes=yes)
    with operator() as here:
        here.life.delete(_find(here, slug), here.author)
    click.echo(f"{slug} is deleted.")


@tenant.command("set-host")
@click.argument("slug")
@click.argument("host", required=False)
@without_question
def set_host(slug: str, host: str | None, yes: bool) -> None:
    """Let a tenant be found at a host that it has shown; below the server without HOST."""
    confirm(f"Move {slug}? Its tokens end, and its passkeys no longer fit.", yes=yes)
    with operator() as here:
        hosts = TenantHosts(here.parts.database, here.parts.settings)
        moved = hosts.set(_find(here, slug), host, here.author)
    click.echo(f"{slug} is at {moved.issuer}.")


@tenant.command("set-policy")
@click.argument("slug")
@click.option(
    "-f",
    "--file",
    "path",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="YAML or JSON: the members of `policy`.",
)
def set_policy(slug: str, path: Path) -> None:
    """Write the members of a file over a tenant's policy; null takes a member away."""
    with operator() as here:
        members = parse_mapping(path.read_text(encoding="utf-8"))
        plan = here.several.set_members(slug, {"policy": members}, here.author)
        here.ensure_keys(plan)
    warn(plan.warnings)
    click.echo(f"The policy of {slug} is written." if plan.changes else "Nothing to change.")


def _find(here: Operator, slug: str) -> TenantRecord:
    return here.several.find(slug)


def _name(name: str) -> str:
    if not name.strip() or len(name) > 255 or not name.isprintable():
        raise Refused([Problem("name", "must be a line of 1 to 255 characters")])
    return name.strip()
