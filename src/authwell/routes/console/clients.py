"""Clients: listed, shown with what they were registered with, and removed."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import orjson
from flask import Response, request
from flask_babel import gettext

from authwell.identity.configuration import export, removals
from authwell.identity.configuration.problems import Refused
from authwell.identity.configuration.service import NewSecret
from authwell.middleware.api.paging import PageSchema, sorted_by
from authwell.middleware.configuring import configurator
from authwell.middleware.console_pages import address, author, go, may, needs
from authwell.middleware.context import authorization_server
from authwell.middleware.notices import notify
from authwell.protocol.model import SECRET_METHODS
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.pages import answered, form_page, list_page, show_page
from authwell.routes.console.paging import listed
from authwell.routes.console.parts import (
    Act,
    Cell,
    Fact,
    Field,
    Table,
    code,
    codes,
    fact,
    moment,
    state,
)
from authwell.routes.console.words import WORDS, words
from authwell.storage.clients.pages import client_of
from authwell.storage.configuration.rows import ClientRecord

SECTION = "clients"
ONE = "client"
OVERLAPS = (24, 168, 1, 0)
"""Hours for which a secret stays good when another takes over; the first is proposed."""


class QuerySchema(PageSchema):
    """Which page of clients."""

    sort = sorted_by("client_id", default="client_id")


@blueprint.get("/clients")
@needs("client:read")
def list_clients() -> Response:
    """All of them, by client_id."""
    tenant_id = authorization_server().tenant.id
    page = listed(
        SECTION,
        QuerySchema(),
        lambda wanted, _filters: configurator().clients_page(tenant_id, wanted, {}),
    )
    heads = (*words("client"), "client_id", "token_endpoint_auth_method", *words("status"))
    new = Act(gettext("Add a client"), address(SECTION, "new"))
    return list_page(
        SECTION,
        gettext("Clients"),
        Table("clients", heads, [_row(client_of(row)) for row in page.rows], more=page.more),
        links=[new if may("client:create") else None],
    )


@blueprint.get("/client/<path:client_id>")
@needs("client:read")
def show_client(client_id: str) -> Response:
    """One of them."""
    return client_page(configurator().client(client_id))


@blueprint.get("/clients/delete/<path:client_id>")
@needs("client:delete", recent=True)
def ask_to_delete_client(client_id: str) -> Response:
    """Ask first."""
    record = configurator().client(client_id)
    means = gettext("Its consents and tokens end at once.")
    return form_page(
        SECTION,
        gettext("Delete this client?"),
        address(ONE, client_id),
        label=gettext("Delete"),
        about=f"{_name(record)}: {means}",
        is_grave=True,
    )


@blueprint.post("/clients/delete/<path:client_id>")
@needs("client:delete", recent=True)
def delete_client(client_id: str) -> Response:
    """Delete it with its consents, grants and tokens."""
    configurator().remove(lambda state: removals.remove_client(state, client_id), author())
    return notify(go(SECTION), "console_done")


@blueprint.get("/clients/rotate-secret/<path:client_id>")
@needs("client:update", recent=True)
def ask_to_rotate_secret(client_id: str) -> Response:
    """Ask for how long the present secret stays good."""
    return _rotation_form(client_id)


@blueprint.post("/clients/rotate-secret/<path:client_id>")
@needs("client:update", recent=True)
def rotate_secret(client_id: str) -> Response:
    """Make another secret and show it this once."""
    hours = request.form.get("overlap", "")
    overlap = int(hours) if hours in map(str, OVERLAPS) else OVERLAPS[0]

    def rotate() -> Response:
        made = configurator().rotate_secret(client_id, author(), timedelta(hours=overlap))
        return made_page(made)

    return answered(rotate, lambda refused: _rotation_form(client_id, refused))


def made_page(made: NewSecret) -> Response:
    """A client with the secret that it was given just now."""
    return client_page(made.client, made.secret)


def client_page(record: ClientRecord, secret: str | None = None) -> Response:
    """One client; its secret only if it was made just now."""
    return show_page(
        SECTION,
        _name(record),
        _facts(record),
        links=_links(record),
        secrets=[(gettext("The client secret"), secret)] if secret else (),
    )


def _row(record: ClientRecord) -> tuple[Cell, ...]:
    return (
        Cell(_name(record), href=address(ONE, record.client_id)),
        code(record.client_id),
        code(str(record.metadata.get("token_endpoint_auth_method") or "")),
        state(record.status),
    )


def _name(record: ClientRecord) -> str:
    return str(record.metadata.get("client_name") or record.client_id)


def _facts(record: ClientRecord) -> list[Fact]:
    entry = {**export.client_entry(record), **export.origin(record)}
    entry.pop("status")
    return [
        fact(WORDS["status"], state(record.status)),
        *(Fact(name, codes(_values(value))) for name, value in entry.items()),
        fact(WORDS["created_at"], moment(record.created_at)),
        fact(WORDS["updated_at"], moment(record.updated_at)),
    ]


def _values(value: Any) -> list[str]:
    """A member's value, or each of its values."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list) and all(isinstance(each, str) for each in value):
        return list(value)
    return [orjson.dumps(value).decode()]


def _links(record: ClientRecord) -> list[Act]:
    client_id, links = record.client_id, []
    if may("client:update"):
        links.append(Act(gettext("Edit"), address(SECTION, "edit", client_id)))
        if _has_secret(record.metadata):
            rotate = address(SECTION, "rotate-secret", client_id)
            links.append(Act(gettext("Rotate the secret"), rotate))
    links.append(Act(gettext("Simulate tokens"), address("simulate", client_id)))
    if may("client:delete"):
        links.append(Act(gettext("Delete"), address(SECTION, "delete", client_id), is_grave=True))
    return links


def _has_secret(metadata: Mapping[str, Any]) -> bool:
    return metadata.get("token_endpoint_auth_method", "client_secret_basic") in SECRET_METHODS


def _rotation_form(client_id: str, refused: Refused | None = None) -> Response:
    record = configurator().client(client_id)
    overlap = Field(
        "overlap",
        gettext("The present secret stays good for"),
        "choice",
        choices=[(str(hours), gettext("%(number)s hours", number=hours)) for hours in OVERLAPS],
        chosen=[str(OVERLAPS[0])],
    )
    heading = gettext("Rotate the secret")
    back = address(ONE, client_id)
    return form_page(SECTION, heading, back, [overlap], about=_name(record), refused=refused)
