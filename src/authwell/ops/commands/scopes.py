"""`authwell scope`: scopes and what the consent page says of them."""

import click

from authwell.identity.configuration import lookups, removals
from authwell.ops.administration import (
    as_json,
    confirm,
    operator,
    print_entry,
    print_rows,
    without_question,
)

description_option = click.option(
    "--description", required=True, help="What the consent page says."
)


@click.group()
def scope() -> None:
    """Scopes that clients may be registered for."""


@scope.command()
@click.argument("name")
@description_option
@as_json
def create(name: str, description: str, as_json: bool) -> None:
    """Define a scope."""
    entry = {"name": name, "description": description}
    with operator() as here:
        here.configurator.create("scopes", entry, here.author)
    print_entry(entry, as_json=as_json)


@scope.command("list")
@as_json
def list_scopes(as_json: bool) -> None:
    """Print the tenant's own scopes."""
    with operator() as here:
        scopes = here.configurator.state().scopes
    entries = [{"name": name, "description": text} for name, text in scopes.items()]
    print_rows(entries, ("name", "description"), as_json=as_json)


@scope.command()
@click.argument("name")
@as_json
def show(name: str, as_json: bool) -> None:
    """Print one scope."""
    with operator() as here:
        print_entry(lookups.scope_entry(here.configurator.state(), name), as_json=as_json)


@scope.command()
@click.argument("name")
@description_option
@as_json
def update(name: str, description: str, as_json: bool) -> None:
    """Describe a scope anew."""
    members = {"description": description}
    with operator() as here:
        here.configurator.update(
            "scopes", lambda state: lookups.scope_entry(state, name), members, here.author
        )
    print_entry({"name": name, **members}, as_json=as_json)


@scope.command()
@click.argument("name")
@without_question
def delete(name: str, yes: bool) -> None:
    """Delete a scope that no client and no resource has."""
    confirm(f"Delete scope {name}?", yes=yes)
    with operator() as here:
        here.configurator.remove(lambda state: removals.remove_scope(state, name), here.author)
    click.echo(f"Scope {name} is deleted.")
