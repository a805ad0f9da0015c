"""`authwell integration`: other systems that send us events, and what they have sent."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import click
import orjson

from authwell.identity.integrations.drafts import STATUSES, TYPES, BadIntegration
from authwell.identity.integrations.service import (
    MOST,
    Integrations,
    NameTaken,
    NoSuchIntegration,
    TooManyIntegrations,
    WithCredentials,
    members_of,
)
from authwell.ops.administration import (
    Operator,
    as_json,
    confirm,
    given,
    operator,
    print_entry,
    print_rows,
    without_question,
)
from authwell.storage.integrations import Integration, read_integration
from authwell.storage.pages import Wanted
from authwell.storage.statements import Row


@click.group()
def integration() -> None:
    """Integrations: other systems that send us events."""


def _config(_: click.Context, __: click.Parameter, value: str | None) -> dict[str, Any] | None:
    if value is None:
        return None
    try:
        read = orjson.loads(value)
    except orjson.JSONDecodeError as error:
        raise click.BadParameter("must be JSON") from error
    if not isinstance(read, dict):
        raise click.BadParameter("must be a JSON object")
    return read


_with_config = click.option("--config", callback=_config, help="A JSON object; no secrets.")
_with_status = click.option("--status", type=click.Choice(STATUSES))


@integration.command("list")
@as_json
def list_integrations(as_json: bool) -> None:
    """Print the integrations by name."""
    with _desk() as (here, integrations):
        page = integrations.page(here.tenant_id, Wanted("name", MOST))
        found = [_shown(read_integration(row)) for row in page.rows]
    print_rows(found, ("id", "type", "name", "status", "description"), as_json=as_json)


@integration.command()
@click.argument("name")
@as_json
def show(name: str, as_json: bool) -> None:
    """Print an integration, named by its name or id, without key and secret."""
    with _desk() as (here, integrations):
        found = _found(here, integrations, name)
    print_entry(_shown(found), as_json=as_json)


@integration.command()
@click.option("--name", required=True)
@click.option("--type", required=True, type=click.Choice(TYPES))
@click.option("--description")
@_with_config
@_with_status
@as_json
def create(as_json: bool, **members: Any) -> None:
    """Make an integration, and print its key and its secret, which are not shown again."""
    with _desk() as (here, integrations):
        made = integrations.create(here.tenant_id, given(**members), here.author)
    _print_made(made, as_json=as_json)


@integration.command()
@click.argument("name")
@click.option("--new-name", "name_after")
@click.option("--description")
@_with_config
@_with_status
@as_json
def update(name: str, name_after: str | None, as_json: bool, **changes: Any) -> None:
    """Change an integration; what is left out stays, and so does its type."""
    members = given(name=name_after, **changes)
    with _desk() as (here, integrations):
        changed = integrations.update(_found(here, integrations, name), members, here.author)
    print_entry(_shown(changed), as_json=as_json)


@integration.command("regenerate-secret")
@click.argument("name")
@click.option("--overlap", type=click.IntRange(0, 7 * 86_400), default=86_400, show_default=True)
@as_json
def regenerate_secret(name: str, overlap: int, as_json: bool) -> None:
    """Print another key and secret; those before are good for the overlap, in seconds."""
    with _desk() as (here, integrations):
        found = _found(here, integrations, name)
        made = integrations.regenerate(found, here.author, timedelta(seconds=overlap))
    _print_made(made, as_json=as_json)


@integration.command()
@click.argument("name")
@without_question
def delete(name: str, yes: bool) -> None:
    """Delete an integration with its messages; its key ends at once."""
    confirm(f"Delete the integration {name} with its messages?", yes=yes)
    with _desk() as (here, integrations):
        integrations.delete(_found(here, integrations, name), here.author)
    click.echo("The integration is deleted.")


@integration.command()
@click.argument("name")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@as_json
def events(name: str, limit: int, as_json: bool) -> None:
    """Print what it has sent, the latest first."""
    with _desk() as (here, integrations):
        found = _found(here, integrations, name)
        page = integrations.messages(found, Wanted("-received_at", limit))
    messages = [_shown_message(row) for row in page.rows]
    print_rows(messages, ("id", "type", "received_at", "payload"), as_json=as_json)


@contextmanager
def _desk() -> Iterator[tuple[Operator, Integrations]]:
    """What the commands work with; what is refused becomes a sentence and exit code 1."""
    with operator() as here:
        try:
            yield here, Integrations(here.parts.database, here.parts.sealer)
        except (BadIntegration, TooManyIntegrations) as error:
            raise click.ClickException(str(error)) from error
        except NoSuchIntegration as error:
            raise click.ClickException(f"There is no integration {error}.") from error
        except NameTaken as error:
            raise click.ClickException(f"There is an integration {error} already.") from error


def _found(here: Operator, integrations: Integrations, name: str) -> Integration:
    tenant_id = here.tenant_id
    return integrations.find_by_name(tenant_id, name) or integrations.get(tenant_id, name)


def _print_made(made: WithCredentials, *, as_json: bool) -> None:
    entry = {**_shown(made.integration), "api_key": made.api_key, "secret": made.secret}
    print_entry(entry, as_json=as_json)


def _shown(found: Integration) -> dict[str, Any]:
    return {"id": found.id, **members_of(found)}


def _shown_message(row: Row) -> dict[str, Any]:
    return {
        "id": row.message_id,
        "type": row.type,
        "received_at": row.received_at.isoformat(),
        "payload": row.payload,
    }
