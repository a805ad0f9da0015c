"""Scopes of the tenant, and what the consent page says of them."""

from typing import Final

from flask import Response, request
from flask_babel import gettext
from marshmallow import Schema

from authwell.identity.configuration import lookups, removals
from authwell.identity.configuration.problems import Refused
from authwell.middleware.api.fields import text
from authwell.middleware.configuring import configurator
from authwell.middleware.console_pages import address, author, console_page, go, may, needs
from authwell.middleware.notices import notify
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.pages import answered, form_page, save, show_page
from authwell.routes.console.parts import Act, Cell, Field, Table, code, fact
from authwell.routes.console.reading import read_form
from authwell.routes.console.resources import resource_table
from authwell.routes.console.words import WORDS, words

SECTION: Final = "scopes"
ONE: Final = "scope"


class DescriptionSchema(Schema):
    """What the consent page says."""

    description = text(1000, required=True)


class ScopeSchema(DescriptionSchema):
    """A scope that clients may be registered for."""

    name = text(255, required=True)


@blueprint.get("/scopes")
@needs("resource:read")
def list_scopes() -> Response:
    """The tenant's own scopes, and the APIs that have them."""
    state = configurator().state()
    rows = [
        (Cell(name, address(ONE, name)), Cell(description))
        for name, description in state.scopes.items()
    ]
    links = [
        Act(gettext("Add a scope"), address(SECTION, "new")),
        Act(gettext("Add an API"), address("resources", "new")),
    ]
    return console_page(
        "console/tables.html",
        SECTION,
        heading=gettext("Scopes"),
        about=None,
        links=links if may("resource:create") else [],
        tables=[
            Table("scopes", words("name", "description"), rows, gettext("Scopes")),
            resource_table(state),
        ],
    )


@blueprint.get("/scope/<path:name>")
@needs("resource:read")
def show_scope(name: str) -> Response:
    """One scope."""
    entry = lookups.scope_entry(configurator().state(), name)
    links = []
    if may("resource:update"):
        links.append(Act(gettext("Edit"), address(SECTION, "edit", name)))
    if may("resource:delete"):
        links.append(Act(gettext("Delete"), address(SECTION, "delete", name), is_grave=True))
    known = [
        fact(WORDS["name"], code(name)),
        fact(WORDS["description"], Cell(str(entry["description"]))),
    ]
    return show_page(SECTION, name, known, links=links)


@blueprint.get("/scopes/new")
@needs("resource:create", recent=True)
def new_scope() -> Response:
    """A form for another one."""
    return _new_form()


@blueprint.post("/scopes/new")
@needs("resource:create", recent=True)
def create_scope() -> Response:
    """Define it."""

    def create() -> Response:
        entry = read_form(ScopeSchema(), _typed("name", "description"))
        configurator().create("scopes", entry, author())
        return notify(go(ONE, entry["name"]), "console_saved")

    return answered(create, _new_form)


@blueprint.get("/scopes/edit/<path:name>")
@needs("resource:update", recent=True)
def edit_scope(name: str) -> Response:
    """A form with what is said of it."""
    return _edit_form(name)


@blueprint.post("/scopes/edit/<path:name>")
@needs("resource:update", recent=True)
def describe_scope(name: str) -> Response:
    """Describe it anew."""

    def change() -> Response:
        entry = read_form(DescriptionSchema(), _typed("description"))
        configurator().update(
            "scopes", lambda state: lookups.scope_entry(state, name), entry, author()
        )
        return notify(go(ONE, name), "console_saved")

    return answered(change, lambda refused: _edit_form(name, refused))


@blueprint.get("/scopes/delete/<path:name>")
@needs("resource:delete", recent=True)
def ask_to_delete_scope(name: str) -> Response:
    """Ask first."""
    return _sure(name)


@blueprint.post("/scopes/delete/<path:name>")
@needs("resource:delete", recent=True)
def delete_scope(name: str) -> Response:
    """Delete it, unless a client or an API has it."""

    def delete() -> Response:
        configurator().remove(lambda state: removals.remove_scope(state, name), author())
        return notify(go(SECTION), "console_done")

    return answered(delete, lambda refused: _sure(name, refused))


def _typed(*names: str) -> dict[str, str]:
    return {name: request.form.get(name, "").strip() for name in names}


def _description(value: str) -> Field:
    means = gettext("The consent page says this.")
    return Field("description", WORDS["description"], value=value, help=means, required=True)


def _new_form(refused: Refused | None = None) -> Response:
    typed = _typed("name", "description")
    asked = [
        Field("name", WORDS["name"], value=typed["name"], required=True),
        _description(typed["description"]),
    ]
    heading, back = gettext("Add a scope"), address(SECTION)
    return form_page(SECTION, heading, back, asked, label=save(), refused=refused)


def _edit_form(name: str, refused: Refused | None = None) -> Response:
    present = str(lookups.scope_entry(configurator().state(), name)["description"])
    asked = [_description(request.form.get("description", present))]
    return form_page(SECTION, name, address(ONE, name), asked, label=save(), refused=refused)


def _sure(name: str, refused: Refused | None = None) -> Response:
    lookups.scope_entry(configurator().state(), name)
    heading, back = gettext("Delete"), address(ONE, name)
    return form_page(SECTION, heading, back, about=name, is_grave=True, refused=refused)
