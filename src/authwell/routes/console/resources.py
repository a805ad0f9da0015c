"""The APIs that access tokens are for (RFC 8707), each named by the parameter `identifier`.

Their names are URIs, which do not fit into a path.
"""

from typing import Any, Final
from urllib.parse import urlencode

from flask import Response, request
from flask_babel import gettext

from authwell.identity.configuration import lookups, removals
from authwell.identity.configuration.problems import Problem, Refused
from authwell.identity.configuration.state import State
from authwell.middleware.configuring import configurator
from authwell.middleware.console_pages import address, author, go, may, needs
from authwell.middleware.notices import notify
from authwell.protocol.policy import SIGNING_ALGS
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.pages import answered, form_page, lines, save, show_page
from authwell.routes.console.parts import Act, Cell, Fact, Field, Table, code, codes
from authwell.routes.console.words import WORDS, words

SECTION: Final = "scopes"
RESOURCES: Final = "resources"
FORMATS: Final = ("jwt", "opaque")


def resource_table(state: State) -> Table:
    """All of them by identifier."""
    rows = [
        (Cell(identifier, _place(identifier)), Cell(str(members.get("name") or "")))
        for identifier, members in state.resources.items()
    ]
    return Table(RESOURCES, ("identifier", *words("name")), rows, gettext("APIs"))


@blueprint.get("/resources")
@needs("resource:read")
def show_resource() -> Response:
    """One of them."""
    identifier = _named()
    links = []
    if may("resource:update"):
        links.append(Act(gettext("Edit"), _place(identifier, "edit")))
    if may("resource:delete"):
        links.append(Act(gettext("Delete"), _place(identifier, "delete"), is_grave=True))
    known = [
        Fact(name, codes(map(str, value)) if isinstance(value, list) else (code(str(value)),))
        for name, value in _entry(identifier).items()
    ]
    return show_page(SECTION, identifier, known, links=links)


@blueprint.get("/resources/new")
@needs("resource:create", recent=True)
def new_resource() -> Response:
    """A form for another one."""
    return _form(None, {})


@blueprint.post("/resources/new")
@needs("resource:create", recent=True)
def create_resource() -> Response:
    """Register it."""
    typed = {"identifier": request.form.get("identifier", "").strip(), **_typed()}

    def create() -> Response:
        configurator().create("resources", _read(typed), author())
        return notify(go(SECTION), "console_saved")

    return answered(create, lambda refused: _form(None, typed, refused))


@blueprint.get("/resources/edit")
@needs("resource:update", recent=True)
def edit_resource() -> Response:
    """A form with what it has."""
    identifier = _named()
    return _form(identifier, _entry(identifier))


@blueprint.post("/resources/edit")
@needs("resource:update", recent=True)
def replace_resource() -> Response:
    """All of it anew; what is left empty has its default."""
    identifier, typed = _named(), _typed()

    def change() -> Response:
        known = {"identifier": identifier}
        configurator().update("resources", lambda _state: known, _read(typed) | known, author())
        return notify(go(SECTION), "console_saved")

    return answered(change, lambda refused: _form(identifier, typed, refused))


@blueprint.get("/resources/delete")
@needs("resource:delete", recent=True)
def ask_to_delete_resource() -> Response:
    """Ask first."""
    return _sure(_named())


@blueprint.post("/resources/delete")
@needs("resource:delete", recent=True)
def delete_resource() -> Response:
    """Delete it, unless a client is restricted to it."""
    identifier = _named()

    def delete() -> Response:
        configurator().remove(lambda state: removals.remove_resource(state, identifier), author())
        return notify(go(SECTION), "console_done")

    return answered(delete, lambda refused: _sure(identifier, refused))


def _entry(identifier: str) -> dict[str, Any]:
    return dict(lookups.resource_entry(configurator().state(), identifier))


def _named() -> str:
    """The API that the address names.

    Raises:
        NotFound: there is none.
    """
    identifier = request.args.get("identifier", "")
    return str(_entry(identifier)["identifier"])


def _place(identifier: str, *segments: str) -> str:
    return f"{address(RESOURCES, *segments)}?{urlencode({'identifier': identifier})}"


def _typed() -> dict[str, Any]:
    form = request.form
    names = ("name", "access_token_format", "access_token_signing_alg", "access_token_lifetime")
    return {
        **{name: form.get(name, "").strip() for name in names},
        "scopes": sorted(set(form.getlist("scopes"))),
        "introspection_clients": lines(form.get("introspection_clients", "")),
    }


def _read(typed: dict[str, Any]) -> dict[str, Any]:
    """The entry as files have it, without what was left empty."""
    entry = {name: value for name, value in typed.items() if value}
    lifetime = entry.pop("access_token_lifetime", None)
    if lifetime is None:
        return entry
    if not (lifetime.isascii() and lifetime.isdigit() and len(lifetime) < 9):
        raise Refused([Problem("access_token_lifetime", gettext("This is not a number."))])
    return {**entry, "access_token_lifetime": int(lifetime)}


def _form(
    identifier: str | None, values: dict[str, Any], refused: Refused | None = None
) -> Response:
    asked = [
        Field("name", WORDS["name"], value=values.get("name", "")),
        Field(
            "scopes",
            gettext("Scopes"),
            "check",
            choices=[(name, name) for name in configurator().state().scopes],
            chosen=values.get("scopes", ()),
        ),
        _choice("access_token_format", FORMATS, values),
        _choice("access_token_signing_alg", SIGNING_ALGS, values),
        Field(
            "access_token_lifetime",
            "access_token_lifetime",
            "number",
            str(values.get("access_token_lifetime", "")),
        ),
        Field(
            "introspection_clients",
            "introspection_clients",
            "lines",
            "\n".join(values.get("introspection_clients", ())),
        ),
    ]
    if identifier is None:
        uri = values.get("identifier", "")
        asked.insert(0, Field("identifier", "identifier", value=uri, required=True))
    heading = identifier or gettext("Add an API")
    back = _place(identifier) if identifier else address(SECTION)
    return form_page(SECTION, heading, back, asked, label=save(), refused=refused)


def _choice(name: str, known: tuple[str, ...], values: dict[str, Any]) -> Field:
    choices = [("", ""), *((each, each) for each in known)]
    return Field(name, name, "choice", choices=choices, chosen=[values.get(name, "")])


def _sure(identifier: str, refused: Refused | None = None) -> Response:
    heading, back = gettext("Delete"), _place(identifier)
    return form_page(SECTION, heading, back, about=identifier, is_grave=True, refused=refused)
