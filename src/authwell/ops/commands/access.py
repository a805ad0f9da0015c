"""`authwell role`, `permission` and `group`: who may do what (REQUIREMENTS.md I1 to I5)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final

import click

from authwell.identity.configuration import lookups, removals
from authwell.identity.configuration.changes import Kind
from authwell.identity.configuration.state import State
from authwell.ops.administration import (
    as_json,
    confirm,
    given,
    operator,
    print_entry,
    print_rows,
    without_question,
)

Option = Callable[[Any], Any]


def _several(name: str, members: str, text: str) -> Option:
    return click.option(name, members, multiple=True, help=f"{text}; repeatable.")


_DESCRIPTION: Final[Option] = click.option("--description", help="What it is for.")
_PERMISSION: Final = _several("--permission", "permissions", "A permission that it gives")
_PARENT: Final = _several("--parent", "parents", "A role that it inherits from")
_ROLE: Final = _several("--role", "roles", "A role that its members have")
_MEMBER: Final = _several("--member", "members", "The user name of a member")


@dataclass(frozen=True, slots=True)
class _Things:
    """One kind of thing: its section of documents, and what lists show of it."""

    kind: Kind
    section: str
    columns: tuple[str, ...]
    options: tuple[Option, ...]

    def find(self, state: State, name: str) -> dict[str, Any]:
        """One as an entry."""
        return lookups.access_entry(state, self.kind, name)


def _create(things: _Things) -> click.Command:
    @click.command("create", help=f"Make a {things.kind}.")
    @click.argument("name")
    @as_json
    def command(name: str, as_json: bool, **options: Any) -> None:
        with operator() as here:
            here.configurator.create(
                things.section, {"name": name, **given(**options)}, here.author
            )
            print_entry(things.find(here.configurator.state(), name), as_json=as_json)

    return _with_options(command, things.options)


def _list(things: _Things) -> click.Command:
    @click.command("list", help=f"Print every {things.kind}.")
    @as_json
    def command(as_json: bool) -> None:
        with operator() as here:
            found = lookups.access_entries(here.configurator.state(), things.kind)
        print_rows(found, things.columns, as_json=as_json)

    return command


def _show(things: _Things) -> click.Command:
    @click.command("show", help=f"Print one {things.kind}.")
    @click.argument("name")
    @as_json
    def command(name: str, as_json: bool) -> None:
        with operator() as here:
            print_entry(things.find(here.configurator.state(), name), as_json=as_json)

    return command


def _update(things: _Things) -> click.Command:
    @click.command("update", help=f"Change a {things.kind}; lists are replaced whole.")
    @click.argument("name")
    @click.option("--unset", multiple=True, metavar="MEMBER", help="Empty a member; repeatable.")
    @as_json
    def command(name: str, unset: tuple[str, ...], as_json: bool, **options: Any) -> None:
        empty = {member: "" if member == "description" else [] for member in unset}
        members: Mapping[str, Any] = {**given(**options), **empty}
        if not members:
            raise click.UsageError("Say what to change.")
        with operator() as here:
            here.configurator.update(
                things.section, lambda state: things.find(state, name), members, here.author
            )
            print_entry(things.find(here.configurator.state(), name), as_json=as_json)

    return _with_options(command, things.options)


def _delete(things: _Things) -> click.Command:
    @click.command("delete", help=f"Delete a {things.kind}.")
    @click.argument("name")
    @without_question
    def command(name: str, yes: bool) -> None:
        confirm(f"Delete {things.kind} {name}?", yes=yes)
        with operator() as here:
            here.configurator.remove(
                lambda state: removals.remove_access(state, things.kind, name), here.author
            )
        click.echo(f"{things.kind.capitalize()} {name} is deleted.")

    return command


def _with_options(command: click.Command, options: tuple[Option, ...]) -> click.Command:
    return reduce(lambda made, option: option(made), reversed(options), command)


def _group(things: _Things, text: str) -> click.Group:
    made = click.Group(things.kind, help=text)
    for make in (_create, _list, _show, _update, _delete):
        made.add_command(make(things))
    return made


permission = _group(
    _Things("permission", "permissions", ("name", "description"), (_DESCRIPTION,)),
    "Permissions: actions on resource types, written document:read.",
)
role = _group(
    _Things(
        *("role", "roles", ("name", "permissions", "parents", "description")),
        (_DESCRIPTION, _PERMISSION, _PARENT),
    ),
    "Roles: permissions under a name, and parents that they inherit from.",
)
group = _group(
    _Things(
        *("group", "groups", ("name", "roles", "members", "description")),
        (_DESCRIPTION, _ROLE, _MEMBER),
    ),
    "Groups: people who have roles by belonging to one.",
)
