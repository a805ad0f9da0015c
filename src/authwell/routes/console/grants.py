"""Grants of a user: permissions for single resources, or for all of a type, given and taken."""

from typing import Final

from flask import Response, request
from flask_babel import gettext
from marshmallow import Schema, fields

from authwell.identity.access.holders import Holders
from authwell.identity.access.roles import Permissions
from authwell.identity.configuration.problems import NotFound, Problem, Refused
from authwell.middleware.api.fields import text
from authwell.middleware.console_pages import address, go, needs
from authwell.middleware.context import site
from authwell.middleware.notices import notify
from authwell.protocol.access import Permission, read_permission
from authwell.routes.console.access import deleted, giver, refusing, sure_page, tenant_id
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.finding import find_user
from authwell.routes.console.pages import answered, form_page, save
from authwell.routes.console.parts import Cell, Field, Table, code, moment
from authwell.routes.console.reading import read_form
from authwell.routes.console.words import WORDS, words
from authwell.storage.access.records import GrantRecord
from authwell.storage.people.accounts import AccountRecord

USERS: Final = "users"
GRANTS: Final = "grants"


class GrantSchema(Schema):
    """A permission to be given."""

    permission = fields.String(required=True)
    resource_id = text(255, least=0)


def grant_rows(account_id: str) -> Table:
    """The grants of a user; each leads to where it is taken."""
    rows = [
        (
            Cell(_name(grant), address(USERS, account_id, GRANTS, grant.id)),
            code(grant.resource_id) if grant.resource_id else Cell(gettext("All")),
            moment(grant.created_at),
        )
        for grant in _holders().grants(tenant_id(), account_id)
    ]
    heads = (WORDS["name"], gettext("Resource"), *words("since"))
    return Table(GRANTS, heads, rows, WORDS["permissions"])


@blueprint.get("/users/<account_id>/grants")
@needs("permission:create", recent=True)
def new_grant(account_id: str) -> Response:
    """A form for another one."""
    return _form(find_user(account_id))


@blueprint.post("/users/<account_id>/grants")
@needs("permission:create", recent=True)
def create_grant(account_id: str) -> Response:
    """Give the user what whoever gives it holds too."""
    record = find_user(account_id)

    def create() -> Response:
        given = read_form(GrantSchema(), _typed())
        wanted = read_permission(given["permission"])
        if wanted is None:
            raise Refused([Problem("permission", gettext("There is no such permission."))])
        with refusing():
            _holders().grant(giver(), record.id, wanted, given["resource_id"] or None)
        return notify(go(USERS, record.id), "console_saved")

    return answered(create, lambda refused: _form(record, refused))


@blueprint.get("/users/<account_id>/grants/<grant_id>")
@needs("permission:delete", recent=True)
def ask_to_delete_grant(account_id: str, grant_id: str) -> Response:
    """Ask first."""
    return sure_page(USERS, _name(_found(account_id, grant_id)), address(USERS, account_id))


@blueprint.post("/users/<account_id>/grants/<grant_id>")
@needs("permission:delete", recent=True)
def delete_grant(account_id: str, grant_id: str) -> Response:
    """Take it away."""
    grant = _found(account_id, grant_id)
    back = address(USERS, account_id)

    def revoke() -> None:
        _holders().revoke(giver(), grant.id)

    return deleted(USERS, _name(grant), back, revoke, USERS, account_id)


def _holders() -> Holders:
    return Holders(site().database)


def _found(account_id: str, grant_id: str) -> GrantRecord:
    for grant in _holders().grants(tenant_id(), find_user(account_id).id):
        if grant.id == grant_id:
            return grant
    raise NotFound("grant", grant_id)


def _name(grant: GrantRecord) -> str:
    return str(Permission(grant.resource_type, grant.action))


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "").strip() for name in ("permission", "resource_id")}


def _form(record: AccountRecord, refused: Refused | None = None) -> Response:
    typed, known = _typed(), Permissions(site().database).list(tenant_id())
    asked = [
        Field(
            "permission",
            gettext("Permission"),
            "choice",
            choices=[(each.name, each.name) for each in known],
            chosen=[typed["permission"]],
        ),
        Field(
            "resource_id",
            gettext("Resource"),
            value=typed["resource_id"],
            help=gettext("Without one, all of the type."),
        ),
    ]
    back = address(USERS, record.id)
    return form_page(
        USERS,
        gettext("Give a permission"),
        back,
        asked,
        about=record.username,
        label=save(),
        refused=refused,
    )
