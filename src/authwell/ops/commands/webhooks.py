"""`authwell webhook`: who is told of events, and what became of each."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import click

from authwell.identity.webhooks.catalogue import OFFERED
from authwell.identity.webhooks.drafts import BadEndpoint
from authwell.identity.webhooks.service import (
    MOST,
    NameTaken,
    NoSuchThing,
    TooManyEndpoints,
    Webhooks,
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
from authwell.storage.pages import Wanted
from authwell.storage.webhooks.endpoints import Endpoint, read_endpoint
from authwell.storage.webhooks.log import Delivery, read_delivery
from authwell.utils.outgoing import Outgoing


@click.group()
def webhook() -> None:
    """Webhooks: other servers that are told of events."""


@webhook.command("list")
@as_json
def list_endpoints(as_json: bool) -> None:
    """Print the endpoints by name."""
    with _desk() as (here, webhooks):
        page = webhooks.page(here.tenant_id, Wanted("name", MOST))
        found = [_shown(read_endpoint(row)) for row in page.rows]
    columns = ("id", "name", "url", "status", "failures", "event_types")
    print_rows(found, columns, as_json=as_json)


@webhook.command("event-types")
def event_types() -> None:
    """Print the types of events that may be sent."""
    for kind in OFFERED:
        click.echo(kind)


@webhook.command()
@click.option("--name", required=True)
@click.option("--url", required=True, help="https, at a public address or one of OUTGOING_ALLOW.")
@click.option("--event", "events", multiple=True, default=("*",), help="Several times; * is all.")
@click.option("--description")
@as_json
def create(
    name: str, url: str, events: tuple[str, ...], description: str | None, as_json: bool
) -> None:
    """Make an endpoint, and print its secret, which is not shown again."""
    members = given(name=name, url=url, event_types=events, description=description)
    with _desk() as (here, webhooks):
        made = webhooks.create(here.tenant_id, members, here.author)
    print_entry({**_shown(made.endpoint), "secret": made.secret}, as_json=as_json)


@webhook.command()
@click.argument("name")
@click.option("--new-name", "name_after")
@click.option("--url")
@click.option("--event", "event_types", multiple=True, help="Instead of those before; * is all.")
@click.option("--description")
@click.option("--status", type=click.Choice(["active", "disabled"]))
@as_json
def update(name: str, name_after: str | None, as_json: bool, **changes: Any) -> None:
    """Change an endpoint, named by its name or id."""
    members = given(name=name_after, **changes)
    with _desk() as (here, webhooks):
        changed = webhooks.update(_found(here, webhooks, name), members, here.author)
    print_entry(_shown(changed), as_json=as_json)


@webhook.command()
@click.argument("name")
@without_question
def delete(name: str, yes: bool) -> None:
    """Delete an endpoint with its log."""
    confirm(f"Delete the webhook endpoint {name} with its log?", yes=yes)
    with _desk() as (here, webhooks):
        webhooks.delete(_found(here, webhooks, name), here.author)
    click.echo("The endpoint is deleted.")


@webhook.command("rotate-secret")
@click.argument("name")
@click.option("--overlap", type=click.IntRange(0, 7 * 86_400), default=86_400, show_default=True)
@as_json
def rotate_secret(name: str, overlap: int, as_json: bool) -> None:
    """Print a new secret; messages are signed by both for the overlap, in seconds."""
    with _desk() as (here, webhooks):
        endpoint = _found(here, webhooks, name)
        made = webhooks.rotate_secret(endpoint, here.author, timedelta(seconds=overlap))
    print_entry({"name": made.endpoint.name, "secret": made.secret}, as_json=as_json)


@webhook.command()
@click.argument("name")
def test(name: str) -> None:
    """Let the server send a message of the type webhook.test."""
    with _desk() as (here, webhooks):
        slug = here.configurator.state().tenant.slug
        delivery_id = webhooks.test(_found(here, webhooks, name), slug, here.author)
    click.echo(f"The delivery {delivery_id} is on its way.")


@webhook.command()
@click.argument("name")
@click.option("--status", type=click.Choice(["open", "delivered", "failed"]))
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@as_json
def log(name: str, status: str | None, limit: int, as_json: bool) -> None:
    """Print what became of events, the latest first."""
    with _desk() as (here, webhooks):
        endpoint = _found(here, webhooks, name)
        page = webhooks.deliveries(endpoint, Wanted("-created_at", limit), status)
    found = [_shown_delivery(read_delivery(row)) for row in page.rows]
    columns = ("id", "event_type", "status", "attempts", "created_at", "last_status", "last_error")
    print_rows(found, columns, as_json=as_json)


@webhook.command()
@click.argument("name")
@click.argument("delivery_id")
def replay(name: str, delivery_id: str) -> None:
    """Let the server send a message again that was delivered or given up."""
    with _desk() as (here, webhooks):
        found = webhooks.replay(_found(here, webhooks, name), delivery_id, here.author)
    if found is None:
        raise click.ClickException("It is still on its way.")
    click.echo("It is on its way again.")


@contextmanager
def _desk() -> Iterator[tuple[Operator, Webhooks]]:
    """What the commands work with; what is refused becomes a sentence and exit code 1."""
    with operator() as here:
        settings = here.parts.settings
        outgoing = Outgoing.of(settings.outgoing_allow, settings.outgoing_ca_file)
        # The server looks by itself for what waits.
        webhooks = Webhooks(here.parts.database, here.parts.sealer, outgoing, lambda: None)
        try:
            yield here, webhooks
        except (BadEndpoint, TooManyEndpoints) as error:
            raise click.ClickException(str(error)) from error
        except NoSuchThing as error:
            raise click.ClickException(f"There is no {error}.") from error
        except NameTaken as error:
            raise click.ClickException(f"There is an endpoint {error} already.") from error


def _found(here: Operator, webhooks: Webhooks, name: str) -> Endpoint:
    tenant_id = here.tenant_id
    return webhooks.find_by_name(tenant_id, name) or webhooks.get(tenant_id, name)


def _shown(endpoint: Endpoint) -> dict[str, Any]:
    entry = {"id": endpoint.id, **members_of(endpoint), "failures": endpoint.failures}
    return {**entry, "problem": endpoint.problem} if endpoint.problem else entry


def _shown_delivery(delivery: Delivery) -> dict[str, Any]:
    plain = ("id", "event_id", "event_type", "status", "attempts")
    return {
        **{name: getattr(delivery, name) for name in plain},
        "created_at": delivery.created_at.isoformat(),
        "last_status": delivery.last_status or "",
        "last_error": delivery.last_error or "",
    }
