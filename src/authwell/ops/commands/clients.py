"""`authwell client`: clients one by one; `authwell apply` does the same for many."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import click
import orjson

from authwell.identity.configuration import export, lookups, removals
from authwell.identity.configuration.service import NewSecret
from authwell.ops.administration import (
    as_json,
    confirm,
    given,
    operator,
    print_entry,
    print_rows,
    warn,
    without_question,
)
from authwell.ops.commands.registration_tokens import registration_token

OPTIONS = (
    click.option("--name", "client_name", help="What people read on the consent page."),
    click.option("--redirect-uri", "redirect_uris", multiple=True, help="Exactly; repeatable."),
    click.option("--post-logout-redirect-uri", "post_logout_redirect_uris", multiple=True),
    click.option("--grant-type", "grant_types", multiple=True, help="Repeatable."),
    click.option("--scope", help='As one text: "openid profile".'),
    click.option("--auth-method", "token_endpoint_auth_method", help="none makes it public."),
    click.option("--application-type", help="web or native."),
    click.option("--consent", help="required or implicit."),
    click.option("--introspection", help="audience or tenant."),
    click.option("--allowed-resource", "allowed_resources", multiple=True, help="Repeatable."),
    click.option("--access-token-format", help="jwt or opaque."),
    click.option("--profile", help="One of the tenant's profiles."),
    click.option(
        "--set", "others", multiple=True, metavar="MEMBER=JSON", help="Any member of the metadata."
    ),
)


def _with_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@click.group()
def client() -> None:
    """Clients: applications, services and resource servers."""


client.add_command(registration_token)


@client.command()
@click.argument("client_id")
@_with_options
@as_json
def create(client_id: str, others: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Register a client. Its secret is printed once and kept nowhere."""
    entry = {"client_id": client_id, **given(**options), **_others(others)}
    with operator() as here:
        made = here.configurator.create_client(entry, here.author)
    _print(made, as_json=as_json)


@client.command("list")
@as_json
def list_clients(as_json: bool) -> None:
    """Print all clients."""
    with operator() as here:
        entries = [
            {**export.client_entry(client), **export.origin(client)}
            for client in here.configurator.state().clients
        ]
    columns = ("client_id", "client_name", "grant_types", "status", "registered_by")
    print_rows(entries, columns, as_json=as_json)


@client.command()
@click.argument("client_id")
@as_json
def show(client_id: str, as_json: bool) -> None:
    """Print one client; secrets are never printed again."""
    with operator() as here:
        found = here.configurator.client(client_id)
        print_entry({**export.client_entry(found), **export.origin(found)}, as_json=as_json)


@client.command()
@click.argument("client_id")
@_with_options
@click.option("--status", help="active or disabled; disabling ends all its tokens.")
@click.option("--unset", multiple=True, metavar="MEMBER", help="Take a member away; repeatable.")
@as_json
def update(
    client_id: str,
    others: tuple[str, ...],
    unset: tuple[str, ...],
    as_json: bool,
    **options: Any,
) -> None:
    """Change members of a client; lists are replaced whole."""
    members = {**given(**options), **_others(others), **dict.fromkeys(unset)}
    if not members:
        raise click.UsageError("Say what to change.")
    with operator() as here:
        plan = here.configurator.update(
            "clients", lambda state: lookups.client_entry(state, client_id), members, here.author
        )
        changed = here.configurator.client(client_id)
    warn(plan.warnings)
    print_entry(export.client_entry(changed), as_json=as_json)


@client.command()
@click.argument("client_id")
@without_question
def delete(client_id: str, yes: bool) -> None:
    """Delete a client with its consents, grants and tokens."""
    confirm(f"Delete client {client_id} and end all its tokens?", yes=yes)
    with operator() as here:
        here.configurator.remove(
            lambda state: removals.remove_client(state, client_id), here.author
        )
    click.echo(f"Client {client_id} is deleted.")


@client.command("rotate-secret")
@click.argument("client_id")
@click.option(
    "--overlap",
    type=click.IntRange(0, 24 * 365),
    default=24,
    show_default=True,
    help="Hours for which the present secret stays good; 0 ends it at once.",
)
@as_json
def rotate_secret(client_id: str, overlap: int, as_json: bool) -> None:
    """Make a new secret, printed once; the present one is good for a while."""
    with operator() as here:
        made = here.configurator.rotate_secret(client_id, here.author, timedelta(hours=overlap))
    _print(made, as_json=as_json)
    if not as_json and overlap:
        click.echo(f"The secret before stays good for {overlap} hours.", err=True)


def _print(made: NewSecret, *, as_json: bool) -> None:
    secret = {"client_secret": made.secret} if made.secret is not None else {}
    print_entry({**export.client_entry(made.client), **secret}, as_json=as_json)
    if secret and not as_json:
        click.echo("The secret is shown this once; keep it now.", err=True)


def _others(assignments: tuple[str, ...]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for assignment in assignments:
        name, sign, text = assignment.partition("=")
        try:
            members[name] = orjson.loads(text)
        except orjson.JSONDecodeError:
            # A word needs no quotes.
            members[name] = text
        if not sign or not name:
            raise click.UsageError("--set takes MEMBER=JSON, as in require_auth_time=true.")
    return members
