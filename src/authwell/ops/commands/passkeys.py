"""`authwell user passkeys`: the passkeys of an account, for when one was lost or copied."""

import click

from authwell.identity.configuration import lookups
from authwell.identity.passkeys.keyring import entry
from authwell.middleware.site import make_site
from authwell.ops.administration import (
    as_json,
    confirm,
    operator,
    print_rows,
    server_of,
    without_question,
)
from authwell.storage.login.passkeys import StoredPasskeys


@click.group()
def passkeys() -> None:
    """Passkeys of an account: list, remove."""


@passkeys.command("list")
@click.argument("name")
@as_json
def list_passkeys(name: str, as_json: bool) -> None:
    """Print the passkeys of the account NAME, the oldest first."""
    with operator() as here:
        state = here.configurator.state()
        owner = lookups.account(state, name)
        found = StoredPasskeys(here.parts.database).list(state.tenant.id, owner.id)
    columns = ("id", "name", "created_at", "last_used_at", "is_backed_up")
    print_rows([entry(passkey) for passkey in found], columns, as_json=as_json)


@passkeys.command()
@click.argument("name")
@click.argument("passkey_id")
@without_question
def remove(name: str, passkey_id: str, yes: bool) -> None:
    """Remove the passkey PASSKEY_ID of the account NAME and tell its owner; sessions go on."""
    confirm(f"Remove passkey {passkey_id} of {name}?", yes=yes)
    with operator() as here:
        account = lookups.account(here.configurator.state(), name).account
        site = make_site(here.parts.settings)
        removed = site.passkeys.keyring.take(
            server_of(here, site), account, passkey_id, here.author.actor
        )
    if removed is None:
        raise click.ClickException(f"{name} has no passkey {passkey_id}.")
    click.echo(f"The passkey {removed.name} is removed.")
