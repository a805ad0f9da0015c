"""`authwell client registration-token`: what lets somebody register clients by themselves."""

from datetime import timedelta
from typing import Any

import click

from authwell.identity.clients import initial_access
from authwell.identity.clients.initial_access import Wish
from authwell.ops.administration import as_json, operator, print_entry, print_rows
from authwell.protocol.clients.registration_policy import registration_policy
from authwell.storage.clients.initial_access_tokens import InitialAccessToken, InitialAccessTokens


@click.group("registration-token")
def registration_token() -> None:
    """Initial access tokens, for `POST /oauth/register`."""


@registration_token.command()
@click.option("--hours", type=click.IntRange(1, 8760), default=24, show_default=True)
@click.option("--uses", type=click.IntRange(1, 100_000), default=1, show_default=True)
@click.option("--description", default="", help="Whom it is for.")
@click.option("--profile", help="The profile that its clients get.")
@click.option(
    "--scope",
    help="All that its clients may have; with it they may also ask for client_credentials.",
)
@as_json
def create(hours: int, as_json: bool, **wish: Any) -> None:
    """Make a token. It is printed once and kept nowhere."""
    with operator() as here:
        state = here.configurator.state()
        kept, token = initial_access.create(
            here.parts.database, state, Wish(timedelta(hours=hours), **wish), here.author
        )
        mode = registration_policy(state.tenant.policy).mode
    print_entry({**_shown(kept), "token": token}, as_json=as_json)
    if mode == "off":
        click.echo("warning: the tenant's policy has registration: off", err=True)


@registration_token.command("list")
@as_json
def list_tokens(as_json: bool) -> None:
    """Print all tokens; those that have expired are gone soon."""
    with operator() as here:
        found = InitialAccessTokens(here.parts.database, here.tenant_id).list()
    columns = ("id", "uses_left", "expires_at", "revoked_at", "description")
    print_rows([_shown(token) for token in found], columns, as_json=as_json)


@registration_token.command()
@click.argument("token_id")
def revoke(token_id: str) -> None:
    """End a token; clients that it registered stay."""
    with operator() as here:
        initial_access.revoke(here.parts.database, here.configurator.state(), token_id, here.author)
    click.echo(f"Registration token {token_id} is revoked.")


def _shown(token: InitialAccessToken) -> dict[str, Any]:
    entry = {
        "id": token.id,
        "description": token.description or None,
        "profile": token.profile,
        "scope": None if token.scope is None else " ".join(sorted(token.scope)),
        "uses": token.uses,
        "uses_left": token.uses_left,
        "created_by": token.created_by,
        "created_at": token.created_at.isoformat(),
        "expires_at": token.expires_at.isoformat(),
        "last_used_at": token.last_used_at.isoformat() if token.last_used_at else None,
        "revoked_at": token.revoked_at.isoformat() if token.revoked_at else None,
    }
    return {name: value for name, value in entry.items() if value is not None}
