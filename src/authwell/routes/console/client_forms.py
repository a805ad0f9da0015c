"""The forms that make a client and change one.

A form has the members that most clients need; all others are written as the API has them.
"""

from collections.abc import Callable, Mapping
from secrets import token_hex
from typing import Any, Final

import orjson
from flask import Response, request
from flask_babel import gettext

from authwell.identity.configuration import export, lookups
from authwell.identity.configuration.problems import Problem, Refused
from authwell.identity.configuration.state import State
from authwell.middleware.configuring import configurator
from authwell.middleware.console_pages import address, author, go, needs
from authwell.middleware.context import authorization_server
from authwell.middleware.notices import notify
from authwell.protocol.policy import Policy
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.clients import ONE, SECTION, made_page
from authwell.routes.console.pages import answered, form_page, lines, save
from authwell.routes.console.parts import Field
from authwell.routes.console.reading import read_json

LISTS: Final = ("redirect_uris", "post_logout_redirect_uris")
NEW: Final[Mapping[str, Any]] = {
    "grant_types": ["authorization_code", "refresh_token"],
    "token_endpoint_auth_method": "client_secret_basic",
    "scope": "openid profile email offline_access",
    "consent": "required",
}
IN_FORM: Final = frozenset({"client_id", "client_name", "status", *LISTS, *NEW})


@blueprint.get("/clients/new")
@needs("client:create", recent=True)
def new_client() -> Response:
    """A form for another one."""
    return _new_form(NEW)


@blueprint.post("/clients/new")
@needs("client:create", recent=True)
def create_client() -> Response:
    """Register it; its secret is shown this once."""

    def create() -> Response:
        entry = {name: value for name, value in _typed().items() if value is not None}
        client_id = request.form.get("client_id", "").strip() or token_hex(12)
        return made_page(configurator().create_client({**entry, "client_id": client_id}, author()))

    return answered(create, lambda refused: _new_form(_shown_again(), refused))


@blueprint.get("/clients/edit/<path:client_id>")
@needs("client:update", recent=True)
def edit_client(client_id: str) -> Response:
    """A form with all of its metadata."""
    return _edit_form(client_id, export.client_entry(configurator().client(client_id)))


@blueprint.post("/clients/edit/<path:client_id>")
@needs("client:update", recent=True)
def update_client(client_id: str) -> Response:
    """Change it; what the form leaves out has its default."""
    configurator().client(client_id)

    def change() -> Response:
        def known(state: State) -> Mapping[str, Any]:
            return {"client_id": lookups.client(state, client_id).client_id}

        configurator().update("clients", known, _typed(), author())
        return notify(go(ONE, client_id), "console_saved")

    return answered(change, lambda refused: _edit_form(client_id, _shown_again(), refused))


def _typed() -> dict[str, Any]:
    """The members that the form gives; None takes one away.

    Raises:
        Refused: the other members are no JSON object, or say again what a field says.
    """
    form = request.form
    members: dict[str, Any] = {
        name: form.get(name, "").strip() or None
        for name in ("client_name", "scope", "token_endpoint_auth_method", "consent", "status")
    }
    members |= {name: lines(form.get(name, "")) or None for name in LISTS}
    members["grant_types"] = form.getlist("grant_types")
    if "authorization_code" not in members["grant_types"]:
        members["consent"] = None
    return {**members, **_others(form.get("others", ""))}


def _others(text: str) -> dict[str, Any]:
    found = read_json("others", text)
    twice = sorted(IN_FORM & found.keys())
    if twice:
        raise Refused([Problem("others", gettext("%(name)s has a field.", name=twice[0]))])
    return found


def _shown_again() -> dict[str, Any]:
    """What was typed, for the form that is shown again."""
    form = request.form
    shown: dict[str, Any] = {name: form.get(name, "") for name in IN_FORM}
    shown |= {name: lines(form.get(name, "")) for name in LISTS}
    return {**shown, "grant_types": form.getlist("grant_types"), "others": form.get("others", "")}


def _new_form(values: Mapping[str, Any], refused: Refused | None = None) -> Response:
    own = Field(
        "client_id",
        "client_id",
        value=str(values.get("client_id", "")),
        help=gettext("Without one, one is made."),
    )
    heading = gettext("Add a client")
    fields = [own, *_fields(values)]
    return form_page(
        SECTION,
        heading,
        address(SECTION),
        fields,
        label=save(),
        refused=refused,
        names={"": "client_id"},
    )


def _edit_form(
    client_id: str, values: Mapping[str, Any], refused: Refused | None = None
) -> Response:
    status = _choice("status", gettext("Status"), ("active", "disabled"), values)
    fields = [*_fields(values), status]
    back = address(ONE, client_id)
    return form_page(SECTION, client_id, back, fields, label=save(), refused=refused)


def _fields(values: Mapping[str, Any]) -> list[Field]:
    others = {name: value for name, value in values.items() if name not in IN_FORM}
    text = others.pop("others", None)
    if text is None:
        text = orjson.dumps(others, option=orjson.OPT_INDENT_2).decode() if others else ""
    return [
        Field("client_name", gettext("Name"), value=str(values.get("client_name") or "")),
        *(Field(name, name, "lines", "\n".join(values.get(name) or ())) for name in LISTS),
        Field(
            "grant_types",
            "grant_types",
            "check",
            choices=[(name, name) for name in _allowed(lambda policy: policy.grant_types)],
            chosen=values.get("grant_types") or (),
        ),
        _choice(
            "token_endpoint_auth_method",
            "token_endpoint_auth_method",
            _allowed(lambda policy: policy.auth_methods),
            values,
        ),
        Field("scope", "scope", value=str(values.get("scope") or "")),
        _choice("consent", "consent", ("required", "implicit"), values),
        Field(
            "others",
            gettext("Other members, as JSON"),
            "lines",
            text,
            help=gettext("By the names of the API."),
        ),
    ]


def _choice(name: str, label: str, known: tuple[str, ...], values: Mapping[str, Any]) -> Field:
    choices = [(value, value) for value in known]
    return Field(name, label, "choice", choices=choices, chosen=[str(values.get(name) or "")])


def _allowed(of: Callable[[Policy], frozenset[str]]) -> tuple[str, ...]:
    """What some profile of the tenant allows."""
    policies = authorization_server().tenant.policies.values()
    return tuple(sorted(frozenset[str]().union(*map(of, policies))))
