"""`authwell resource`: the APIs that access tokens are for (RFC 8707)."""

from collections.abc import Callable
from typing import Any

import click

from authwell.identity.configuration import export, lookups, removals
from authwell.ops.administration import (
    as_json,
    confirm,
    given,
    operator,
    print_entry,
    print_rows,
    without_question,
)

OPTIONS = (
    click.option("--name", help="What the consent page calls it."),
    click.option("--scope", "scopes", multiple=True, help="A scope that it owns; repeatable."),
    click.option("--access-token-format", help="jwt or opaque."),
    click.option("--access-token-signing-alg", help="RS256, ES256 or EdDSA."),
    click.option("--access-token-lifetime", type=int, help="Seconds."),
    click.option(
        "--introspection-client",
        "introspection_clients",
        multiple=True,
        help="A client that may introspect its tokens; repeatable.",
    ),
)


def _with_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in reversed(OPTIONS):
        command = option(command)
    return command


@click.group()
def resource() -> None:
    """Resources: what access tokens are good for."""


@resource.command()
@click.argument("identifier")
@_with_options
@as_json
def create(identifier: str, as_json: bool, **options: Any) -> None:
    """Register a resource by its absolute URI."""
    entry = {"identifier": identifier, **given(**options)}
    with operator() as here:
        here.configurator.create("resources", entry, here.author)
        print_entry(lookups.resource_entry(here.configurator.state(), identifier), as_json=as_json)


@resource.command("list")
@as_json
def list_resources(as_json: bool) -> None:
    """Print all resources."""
    with operator() as here:
        resources = here.configurator.state().resources
    entries = [export.resource_entry(identifier, of) for identifier, of in resources.items()]
    print_rows(entries, ("identifier", "name", "scopes"), as_json=as_json)


@resource.command()
@click.argument("identifier")
@as_json
def show(identifier: str, as_json: bool) -> None:
    """Print one resource."""
    with operator() as here:
        print_entry(lookups.resource_entry(here.configurator.state(), identifier), as_json=as_json)


@resource.command()
@click.argument("identifier")
@_with_options
@click.option("--unset", multiple=True, metavar="MEMBER", help="Take a member away; repeatable.")
@as_json
def update(identifier: str, unset: tuple[str, ...], as_json: bool, **options: Any) -> None:
    """Change members of a resource; lists are replaced whole."""
    members = {**given(**options), **dict.fromkeys(unset)}
    if not members:
        raise click.UsageError("Say what to change.")
    with operator() as here:
        here.configurator.update(
            "resources",
            lambda state: lookups.resource_entry(state, identifier),
            members,
            here.author,
        )
        print_entry(lookups.resource_entry(here.configurator.state(), identifier), as_json=as_json)


@resource.command()
@click.argument("identifier")
@without_question
def delete(identifier: str, yes: bool) -> None:
    """Delete a resource that no client is restricted to."""
    confirm(f"Delete resource {identifier}?", yes=yes)
    with operator() as here:
        here.configurator.remove(
            lambda state: removals.remove_resource(state, identifier), here.author
        )
    click.echo(f"Resource {identifier} is deleted.")
