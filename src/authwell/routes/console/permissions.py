"""Permissions, and the resource types that they are about: made, described anew, deleted."""

from typing import Final

from flask import Response, request
from flask_babel import gettext
from marshmallow import Schema, fields, validate

from authwell.identity.access.roles import Permissions
from authwell.identity.configuration.problems import Refused
from authwell.middleware.api.fields import text
from authwell.middleware.console_pages import address, console_page, go, may, needs
from authwell.middleware.context import site
from authwell.middleware.notices import notify
from authwell.protocol.access import ACTION_NAME, TYPE_NAME, Permission
from authwell.routes.console.access import deleted, giver, one_of, refusing, sure_page, tenant_id
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.pages import answered, form_page, save, show_page
from authwell.routes.console.parts import Act, Cell, Field, Table, fact, moment
from authwell.routes.console.reading import read_form
from authwell.routes.console.words import WORDS, words
from authwell.storage.access.records import PermissionRecord, TypeRecord

SECTION: Final = "permissions"
TYPES: Final = "resource-types"


class DescriptionSchema(Schema):
    """What a form says of a thing that there is."""

    description = text(1000)


class NewTypeSchema(Schema):
    """A resource type to be made."""

    name = fields.String(required=True, validate=validate.Regexp(f"^(?:{TYPE_NAME})\\Z"))
    description = text(1000, least=0)


class NewPermissionSchema(Schema):
    """A permission to be made."""

    resource_type = fields.String(required=True)
    action = fields.String(required=True, validate=validate.Regexp(f"^(?:{ACTION_NAME})\\Z"))
    description = text(1000, least=0)


@blueprint.get("/permissions")
@needs("permission:read")
def list_permissions() -> Response:
    """All permissions, and the types of what they are about."""
    tables, links = [_permissions_table()], []
    if may("resource:read"):
        tables.insert(0, _types_table())
    if may("permission:create"):
        links.append(Act(gettext("Add a permission"), address(SECTION, "new")))
    if may("resource:create"):
        links.append(Act(gettext("Add a resource type"), address(TYPES, "new")))
    return console_page(
        "console/tables.html",
        SECTION,
        heading=WORDS["permissions"],
        about=None,
        links=links,
        tables=tables,
    )


@blueprint.get("/permissions/new")
@needs("permission:create", recent=True)
def new_permission() -> Response:
    """A form for another one."""
    return _new_permission_form()


@blueprint.post("/permissions/new")
@needs("permission:create", recent=True)
def create_permission() -> Response:
    """Make it."""

    def create() -> Response:
        given = read_form(NewPermissionSchema(), _typed("resource_type", "action", "description"))
        wanted = Permission(given["resource_type"], given["action"])
        with refusing():
            made = _service().create(giver(), wanted, given["description"])
        return notify(go(SECTION, made.id), "console_saved")

    return answered(create, _new_permission_form)


@blueprint.get("/permissions/<permission_id>")
@needs("permission:read")
def show_permission(permission_id: str) -> Response:
    """One permission."""
    return _shown(SECTION, "permission", _permission(permission_id))


@blueprint.get("/permissions/<permission_id>/edit")
@needs("permission:update", recent=True)
def edit_permission(permission_id: str) -> Response:
    """A form with what is said of it."""
    return _edit_form(SECTION, _permission(permission_id))


@blueprint.post("/permissions/<permission_id>/edit")
@needs("permission:update", recent=True)
def describe_permission(permission_id: str) -> Response:
    """Describe it anew; what it allows stays."""
    record = _permission(permission_id)

    def change() -> Response:
        given = read_form(DescriptionSchema(), _typed("description"))
        with refusing():
            _service().describe(giver(), record.id, given["description"])
        return notify(go(SECTION, record.id), "console_saved")

    return answered(change, lambda refused: _edit_form(SECTION, record, refused))


@blueprint.get("/permissions/<permission_id>/delete")
@needs("permission:delete", recent=True)
def ask_to_delete_permission(permission_id: str) -> Response:
    """Ask first."""
    return sure_page(SECTION, _permission(permission_id).name, address(SECTION, permission_id))


@blueprint.post("/permissions/<permission_id>/delete")
@needs("permission:delete", recent=True)
def delete_permission(permission_id: str) -> Response:
    """Delete it; roles lose it."""
    record = _permission(permission_id)
    back = address(SECTION, record.id)
    return deleted(SECTION, record.name, back, lambda: _service().delete(giver(), record.id))


@blueprint.get("/resource-types/new")
@needs("resource:create", recent=True)
def new_type() -> Response:
    """A form for another one."""
    return _new_type_form()


@blueprint.post("/resource-types/new")
@needs("resource:create", recent=True)
def create_type() -> Response:
    """Make it with the usual permissions."""

    def create() -> Response:
        given = read_form(NewTypeSchema(), _typed("name", "description"))
        with refusing():
            made = _service().create_type(giver(), given["name"], given["description"])
        return notify(go(TYPES, made.id), "console_saved")

    return answered(create, _new_type_form)


@blueprint.get("/resource-types/<resource_id>")
@needs("resource:read")
def show_type(resource_id: str) -> Response:
    """One resource type."""
    return _shown(TYPES, "resource", _type(resource_id))


@blueprint.get("/resource-types/<resource_id>/edit")
@needs("resource:update", recent=True)
def edit_type(resource_id: str) -> Response:
    """A form with what is said of it."""
    return _edit_form(TYPES, _type(resource_id))


@blueprint.post("/resource-types/<resource_id>/edit")
@needs("resource:update", recent=True)
def describe_type(resource_id: str) -> Response:
    """Describe it anew."""
    record = _type(resource_id)

    def change() -> Response:
        given = read_form(DescriptionSchema(), _typed("description"))
        with refusing():
            _service().describe_type(giver(), record.id, given["description"])
        return notify(go(TYPES, record.id), "console_saved")

    return answered(change, lambda refused: _edit_form(TYPES, record, refused))


@blueprint.get("/resource-types/<resource_id>/delete")
@needs("resource:delete", recent=True)
def ask_to_delete_type(resource_id: str) -> Response:
    """Ask first."""
    return sure_page(SECTION, _type(resource_id).name, address(TYPES, resource_id))


@blueprint.post("/resource-types/<resource_id>/delete")
@needs("resource:delete", recent=True)
def delete_type(resource_id: str) -> Response:
    """Delete it with its permissions."""
    record = _type(resource_id)
    back = address(TYPES, record.id)
    return deleted(SECTION, record.name, back, lambda: _service().delete_type(giver(), record.id))


def _service() -> Permissions:
    return Permissions(site().database)


def _permission(permission_id: str) -> PermissionRecord:
    return one_of(_service().list(tenant_id()), permission_id)


def _type(resource_id: str) -> TypeRecord:
    return one_of(_service().types(tenant_id()), resource_id)


def _permissions_table() -> Table:
    found = _service().list(tenant_id())
    rows = [(Cell(each.name, address(SECTION, each.id)), Cell(each.description)) for each in found]
    return Table("permissions", words("name", "description"), rows, WORDS["permissions"])


def _types_table() -> Table:
    found = _service().types(tenant_id())
    rows = [(Cell(each.name, address(TYPES, each.id)), Cell(each.description)) for each in found]
    return Table("types", words("name", "description"), rows, gettext("Resource types"))


def _shown(place: str, permission: str, record: PermissionRecord | TypeRecord) -> Response:
    """One of either, with what may be done with it."""
    links = []
    if not record.built_in and may(f"{permission}:update"):
        links.append(Act(gettext("Edit"), address(place, record.id, "edit")))
    if not record.built_in and may(f"{permission}:delete"):
        links.append(Act(gettext("Delete"), address(place, record.id, "delete"), is_grave=True))
    known = [
        fact(WORDS["name"], Cell(record.name)),
        fact(WORDS["description"], Cell(record.description)),
        fact(WORDS["created_at"], moment(record.created_at)),
    ]
    return show_page(SECTION, record.name, known, links=links)


def _typed(*names: str) -> dict[str, str]:
    return {name: request.form.get(name, "").strip() for name in names}


def _description(value: str) -> Field:
    return Field("description", WORDS["description"], value=value)


def _new_permission_form(refused: Refused | None = None) -> Response:
    typed = _typed("resource_type", "action", "description")
    types = [each.name for each in _service().types(tenant_id())]
    asked = [
        Field(
            "resource_type",
            gettext("Resource type"),
            "choice",
            choices=[(name, name) for name in types],
            chosen=[typed["resource_type"]],
        ),
        Field("action", gettext("Action"), value=typed["action"], required=True),
        _description(typed["description"]),
    ]
    heading, back = gettext("Add a permission"), address(SECTION)
    return form_page(SECTION, heading, back, asked, label=save(), refused=refused)


def _new_type_form(refused: Refused | None = None) -> Response:
    typed = _typed("name", "description")
    means = gettext("Comes with the permissions create, read, update, delete and manage.")
    asked = [
        Field("name", WORDS["name"], value=typed["name"], required=True),
        _description(typed["description"]),
    ]
    heading, back = gettext("Add a resource type"), address(SECTION)
    return form_page(SECTION, heading, back, asked, about=means, label=save(), refused=refused)


def _edit_form(
    place: str, record: PermissionRecord | TypeRecord, refused: Refused | None = None
) -> Response:
    value = request.form.get("description", record.description)
    back = address(place, record.id)
    return form_page(
        SECTION, record.name, back, [_description(value)], label=save(), refused=refused
    )
