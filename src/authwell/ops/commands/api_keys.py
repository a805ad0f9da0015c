"""`authwell api-key`: the API keys of people, for when one has leaked."""

from typing import Any

import click

from authwell.identity.configuration import lookups
from authwell.ops.administration import as_json, operator, print_rows
from authwell.protocol.events import EventType
from authwell.storage.people.api_keys import ApiKeyRecord, ApiKeys

MOST = 1000


@click.group("api-key")
def api_key() -> None:
    """API keys: what people's scripts log in with."""


@api_key.command("list")
@click.option("--account", required=True, help="User name, e-mail address or id.")
@as_json
def list_api_keys(account: str, as_json: bool) -> None:
    """Print the keys of an account that were not revoked, the latest first."""
    with operator() as here:
        state = here.configurator.state()
        owner = lookups.account(state, account)
        found = ApiKeys(here.parts.database).list(state.tenant.id, owner.id, MOST)
    columns = ("id", "hint", "name", "scopes", "expires_at", "last_used_at")
    print_rows([_shown(record) for record in found], columns, as_json=as_json)


@api_key.command()
@click.option("--account", required=True, help="User name, e-mail address or id.")
@click.argument("key_id")
def revoke(account: str, key_id: str) -> None:
    """End a key at once."""
    with operator() as here:
        state = here.configurator.state()
        owner = lookups.account(state, account)
        data = {"key_id": key_id[:36], "by": "administrator"}
        kind = EventType.API_KEY_REVOKED
        event = here.author.event(kind, state.tenant.id, data, account_id=owner.id)
        is_ended = ApiKeys(here.parts.database).revoke(state.tenant.id, owner.id, key_id, event)
    if not is_ended:
        raise click.ClickException(f"The account has no key {key_id}, or it was revoked.")
    click.echo("The key is revoked.")


def _shown(record: ApiKeyRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "hint": record.hint,
        "name": record.name,
        "scopes": list(record.scopes),
        "created_at": record.created_at.isoformat(),
        "expires_at": _moment(record.expires_at),
        "last_used_at": _moment(record.last_used_at),
    }


def _moment(at: Any) -> str:
    return "never" if at is None else str(at.isoformat())
