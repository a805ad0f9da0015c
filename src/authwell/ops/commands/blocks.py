"""`authwell block`: addresses, accounts and clients that are shut out for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Final, cast

import click

from authwell.identity.administration.blocks import (
    KINDS,
    MOST,
    AlreadyBlocked,
    Blocking,
    InvalidNetwork,
    MayNotBlock,
    Wanted,
)
from authwell.identity.administration.shown import shown_block
from authwell.identity.configuration import lookups
from authwell.identity.configuration.state import State
from authwell.ops.administration import Operator, as_json, operator, print_entry, print_rows
from authwell.protocol.blocks import Kind
from authwell.storage import pages
from authwell.storage.tenancy.blocks import TenantBlocks, read_block

HOURS: Final = click.FloatRange(0, 10 * 365 * 24, min_open=True)
"""Up to ten years: who wants more leaves the end out."""


@click.group()
def block() -> None:
    """Blocks: what is not let in, whatever it shows."""


@block.command("list")
@click.option("--kind", type=click.Choice(KINDS))
@as_json
def list_blocks(kind: str | None, as_json: bool) -> None:
    """Print the blocks, the latest first."""
    with operator() as here:
        only = {"kind": kind} if kind is not None else {}
        kept = TenantBlocks(here.parts.database)
        found = kept.page(here.tenant_id, pages.Wanted("-created_at", MOST), only)
    entries = [shown_block(read_block(row)) for row in found.rows]
    print_rows(entries, ("id", "kind", "value", "expires_at", "reason"), as_json=as_json)


@block.command()
@click.argument("kind", type=click.Choice(KINDS))
@click.argument("value")
@click.option("--reason", default="", help="For those who read the list and the audit log.")
@click.option("--hours", type=HOURS, help="Then it lifts itself.")
@as_json
def add(kind: str, value: str, reason: str, hours: float | None, as_json: bool) -> None:
    """Shut out an address or network, an account by name, address or id, or a client_id.

    An address that the default tenant shuts out is shut out of all tenants.
    """
    with _desk() as (here, blocking):
        state, author = here.configurator.state(), here.author
        until = author.now + timedelta(hours=hours) if hours is not None else None
        wanted = Wanted(cast("Kind", kind), _value(state, kind, value), reason[:200], until)
        made = blocking.set(state.tenant.id, wanted, author)
    print_entry(shown_block(made), as_json=as_json)


@block.command()
@click.argument("block_id")
def remove(block_id: str) -> None:
    """Lift a block, named by its id."""
    with _desk() as (here, blocking):
        blocking.lift(here.tenant_id, block_id, here.author)
    click.echo("The block is lifted.")


@contextmanager
def _desk() -> Iterator[tuple[Operator, Blocking]]:
    """What the commands work with; what is refused becomes a sentence and exit code 1."""
    with operator() as here:
        try:
            # The server looks by itself for clients that wait to be told.
            yield here, Blocking(here.parts.database)
        except InvalidNetwork as error:
            raise click.ClickException(
                "It must be an address or a network, of /8 at least (IPv6: /19)."
            ) from error
        except AlreadyBlocked as error:
            raise click.ClickException("It is blocked already.") from error
        except MayNotBlock as error:
            raise click.ClickException(error.text) from error


def _value(state: State, kind: str, value: str) -> str:
    return lookups.account(state, value).id if kind == "account" else value
