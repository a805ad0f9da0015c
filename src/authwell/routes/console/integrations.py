"""Integrations: servers that send messages; their keys and secrets are shown once (J6, J7)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import orjson
from flask import Response, request
from flask_babel import gettext
from marshmallow import Schema, fields, validate

from authwell.identity.configuration.problems import NotFound, Problem, Refused
from authwell.identity.integrations.drafts import STATUSES, TYPES, BadIntegration
from authwell.identity.integrations.service import (
    NameTaken,
    NoSuchIntegration,
    TooManyIntegrations,
    WithCredentials,
    members_of,
)
from authwell.middleware.api.fields import text
from authwell.middleware.api.paging import PageSchema, sorted_by
from authwell.middleware.console_pages import address, author, go, may, needs
from authwell.middleware.context import authorization_server, site
from authwell.middleware.notices import notify
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.pages import answered, form_page, list_page, save, show_page
from authwell.routes.console.paging import listed
from authwell.routes.console.parts import (
    Act,
    Cell,
    Field,
    Table,
    code,
    fact,
    moment,
    state,
)
from authwell.routes.console.reading import read_form, read_json
from authwell.routes.console.words import WORDS, words
from authwell.storage.integrations import Integration, read_integration
from authwell.storage.pages import Wanted

SECTION: Final = "integrations"
SHOWN: Final = 50
"""Of messages on the page of an integration."""


class QuerySchema(PageSchema):
    """Which page of integrations."""

    sort = sorted_by("name", default="name")


class IntegrationSchema(Schema):
    """What a form says of an integration."""

    name = text(255, required=True)
    description = text(1024, least=0)
    config = fields.Dict(keys=text(64))
    status = fields.String(validate=validate.OneOf(STATUSES))


class NewIntegrationSchema(IntegrationSchema):
    """The same of a new one; its type stays."""

    type = fields.String(required=True, validate=validate.OneOf(TYPES))


@blueprint.get("/integrations")
@needs("integration:read")
def list_integrations() -> Response:
    """All of them by name."""
    page = listed(
        SECTION,
        QuerySchema(),
        lambda wanted, _filters: site().integrations.page(_tenant_id(), wanted),
    )
    rows = [_row(read_integration(row)) for row in page.rows]
    add = Act(gettext("Add an integration"), address(SECTION, "new"))
    return list_page(
        SECTION,
        gettext("Integrations"),
        Table("integrations", words("name", "type", "status"), rows, more=page.more),
        links=[add if may("integration:create") else None],
    )


@blueprint.get("/integrations/new")
@needs("integration:create", recent=True)
def new_integration() -> Response:
    """A form for another one."""
    return _form(None, {})


@blueprint.post("/integrations/new")
@needs("integration:create", recent=True)
def create_integration() -> Response:
    """Make it; its key and its secret are shown this once."""
    typed = {"type": request.form.get("type", ""), **_typed()}

    def create() -> Response:
        members = _read(NewIntegrationSchema(), typed)
        with _refusing():
            made = site().integrations.create(_tenant_id(), members, author())
        return _page(made.integration, made)

    return answered(create, lambda refused: _form(None, typed, refused))


@blueprint.get("/integrations/<integration_id>")
@needs("integration:read")
def show_integration(integration_id: str) -> Response:
    """One of them with its last messages."""
    return _page(_found(integration_id))


@blueprint.get("/integrations/<integration_id>/edit")
@needs("integration:update", recent=True)
def edit_integration(integration_id: str) -> Response:
    """A form with what may change."""
    found = _found(integration_id)
    config = orjson.dumps(dict(found.config), option=orjson.OPT_INDENT_2).decode()
    return _form(found, {**members_of(found), "config": config})


@blueprint.post("/integrations/<integration_id>/edit")
@needs("integration:update", recent=True)
def update_integration(integration_id: str) -> Response:
    """Change it."""
    found, typed = _found(integration_id), _typed()

    def change() -> Response:
        members = _read(IntegrationSchema(), typed)
        with _refusing():
            site().integrations.update(found, members, author())
        return notify(go(SECTION, found.id), "console_saved")

    return answered(change, lambda refused: _form(found, typed, refused))


@blueprint.get("/integrations/<integration_id>/regenerate-secret")
@needs("integration:update", recent=True)
def ask_to_regenerate_integration_secret(integration_id: str) -> Response:
    """Ask first."""
    found = _found(integration_id)
    means = gettext("The present ones stay good for a day.")
    heading = gettext("Another key and secret")
    return form_page(SECTION, heading, address(SECTION, found.id), about=f"{found.name}: {means}")


@blueprint.post("/integrations/<integration_id>/regenerate-secret")
@needs("integration:update", recent=True)
def regenerate_integration_secret(integration_id: str) -> Response:
    """Make another key and another secret and show them this once."""
    made = site().integrations.regenerate(_found(integration_id), author())
    return _page(made.integration, made)


@blueprint.get("/integrations/<integration_id>/delete")
@needs("integration:delete", recent=True)
def ask_to_delete_integration(integration_id: str) -> Response:
    """Ask first."""
    found = _found(integration_id)
    means = gettext("Its key ends at once.")
    back = address(SECTION, found.id)
    about = f"{found.name}: {means}"
    return form_page(SECTION, gettext("Delete"), back, about=about, is_grave=True)


@blueprint.post("/integrations/<integration_id>/delete")
@needs("integration:delete", recent=True)
def delete_integration(integration_id: str) -> Response:
    """Delete it with its messages."""
    site().integrations.delete(_found(integration_id), author())
    return notify(go(SECTION), "console_done")


@contextmanager
def _refusing() -> Iterator[None]:
    """What the service refuses, as the console's forms show it."""
    try:
        yield
    except BadIntegration as error:
        found = [Problem(name, text) for name, text in error.problems.items()]
        raise Refused(found) from error
    except NameTaken as error:
        raise Refused([Problem("name", gettext("The name is taken."))]) from error
    except TooManyIntegrations as error:
        text_of = gettext("There are as many as a tenant may have.")
        raise Refused([Problem("", text_of)]) from error


def _tenant_id() -> str:
    return authorization_server().tenant.id


def _found(integration_id: str) -> Integration:
    try:
        return site().integrations.get(_tenant_id(), integration_id)
    except NoSuchIntegration as error:
        raise NotFound("integration", integration_id) from error


def _row(found: Integration) -> tuple[Cell, ...]:
    name = Cell(found.name, href=address(SECTION, found.id))
    return (name, code(found.type), state(found.status))


def _page(found: Integration, made: WithCredentials | None = None) -> Response:
    secrets = []
    if made is not None:
        secrets = [(gettext("The API key"), made.api_key), (gettext("The secret"), made.secret)]
    return show_page(
        SECTION,
        found.name,
        [
            fact(WORDS["type"], code(found.type)),
            fact(WORDS["status"], state(found.status)),
            fact(WORDS["description"], Cell(found.description)),
            fact("config", code(orjson.dumps(dict(found.config)).decode() if found.config else "")),
            fact("previous_secret_until", moment(found.previous_until)),
            fact(WORDS["created_at"], moment(found.created_at)),
        ],
        links=_links(found),
        tables=[_messages(found)],
        secrets=secrets,
    )


def _messages(found: Integration) -> Table:
    """What it has sent, the latest first."""
    wanted = Wanted("-received_at", SHOWN)
    rows = [
        (moment(row.received_at), Cell(row.type), code(row.message_id))
        for row in site().integrations.messages(found, wanted).rows
    ]
    return Table("messages", (*words("at", "event"), "id"), rows, gettext("Received"))


def _links(found: Integration) -> list[Act]:
    links = []
    if may("integration:update"):
        links = [
            Act(gettext("Edit"), address(SECTION, found.id, "edit")),
            Act(
                gettext("Another key and secret"),
                address(SECTION, found.id, "regenerate-secret"),
            ),
        ]
    if may("integration:delete"):
        links.append(Act(gettext("Delete"), address(SECTION, found.id, "delete"), is_grave=True))
    return links


def _typed() -> dict[str, str]:
    names = ("name", "description", "config", "status")
    return {name: request.form.get(name, "").strip() for name in names}


def _read(schema: Schema, typed: dict[str, str]) -> dict[str, Any]:
    return read_form(schema, {**typed, "config": read_json("config", typed["config"])})


def _form(
    found: Integration | None, values: dict[str, Any], refused: Refused | None = None
) -> Response:
    asked = [
        Field("name", WORDS["name"], value=values.get("name", ""), required=True),
        Field("description", WORDS["description"], value=values.get("description", "")),
        Field("config", "config", "lines", values.get("config", "")),
        Field(
            "status",
            WORDS["status"],
            "choice",
            choices=[(each, each) for each in STATUSES],
            chosen=[values.get("status", STATUSES[0])],
        ),
    ]
    if found is None:
        kinds = [(each, each) for each in TYPES]
        chosen = [values.get("type", TYPES[0])]
        asked.insert(0, Field("type", WORDS["type"], "choice", choices=kinds, chosen=chosen))
    heading = found.name if found else gettext("Add an integration")
    back = address(SECTION, found.id) if found else address(SECTION)
    return form_page(SECTION, heading, back, asked, label=save(), refused=refused)
