"""Roles with what they hold; what nobody holds by themselves, nobody gives (THREATS.md TN-05)."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Response, request
from flask_babel import gettext
from marshmallow import Schema, fields

from authwell.identity.access.roles import Permissions, Roles
from authwell.identity.configuration.problems import Refused
from authwell.middleware.api.fields import text
from authwell.middleware.console_pages import address, go, may, needs
from authwell.middleware.context import site
from authwell.middleware.notices import notify
from authwell.routes.console.access import (
    NamedPageSchema,
    deleted,
    giver,
    name_filter,
    one_of,
    refusing,
    sure_page,
    tenant_id,
)
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.pages import answered, form_page, list_page, save, show_page
from authwell.routes.console.paging import listed
from authwell.routes.console.parts import Act, Cell, Fact, Field, Table, codes, fact, moment
from authwell.routes.console.reading import read_form
from authwell.routes.console.words import WORDS, words
from authwell.storage.access.records import RoleRecord
from authwell.storage.pages import Found, Wanted

SECTION: Final = "roles"


class RoleSchema(Schema):
    """What a form says of a role."""

    description = text(1000, least=0)
    permissions = fields.List(text(255))
    parents = fields.List(text(255))


class NewRoleSchema(RoleSchema):
    """The same of a new one."""

    name = text(255, required=True)


@blueprint.get("/roles")
@needs("role:read")
def list_roles() -> Response:
    """All roles by name, or those that are looked for."""

    def read(wanted: Wanted, filters: Mapping[str, Any]) -> Found:
        return _roles().page(tenant_id(), wanted, filters)

    page = listed(SECTION, NamedPageSchema(), read)
    heads = words("name", "description", "parents", "permissions")
    return list_page(
        SECTION,
        WORDS["roles"],
        Table("roles", heads, [_row(role) for role in page.rows], more=page.more),
        filters=[name_filter(page)],
        links=[Act(gettext("Add a role"), address(SECTION, "new")) if may("role:create") else None],
    )


@blueprint.get("/roles/new")
@needs("role:create", recent=True)
def new_role() -> Response:
    """A form for another one."""
    return _form(None, {})


@blueprint.post("/roles/new")
@needs("role:create", recent=True)
def create_role() -> Response:
    """Make it."""
    typed = {"name": request.form.get("name", "").strip(), **_typed()}

    def create() -> Response:
        members = read_form(NewRoleSchema(), typed)
        with refusing():
            made = _roles().create(giver(), members.pop("name"), members)
        return notify(go(SECTION, made.id), "console_saved")

    return answered(create, lambda refused: _form(None, typed, refused))


@blueprint.get("/roles/<role_id>")
@needs("role:read")
def show_role(role_id: str) -> Response:
    """One role."""
    role = _found(role_id)
    links = []
    if not role.built_in and may("role:update"):
        links.append(Act(gettext("Edit"), address(SECTION, role.id, "edit")))
    if not role.built_in and may("role:delete"):
        links.append(Act(gettext("Delete"), address(SECTION, role.id, "delete"), is_grave=True))
    known = [
        fact(WORDS["description"], Cell(role.description)),
        Fact(WORDS["permissions"], codes(role.permissions)),
        Fact(WORDS["parents"], codes(role.parents)),
        fact(WORDS["created_at"], moment(role.created_at)),
        fact(WORDS["updated_at"], moment(role.updated_at)),
    ]
    return show_page(SECTION, role.name, known, links=links)


@blueprint.get("/roles/<role_id>/edit")
@needs("role:update", recent=True)
def edit_role(role_id: str) -> Response:
    """A form with what it holds."""
    role = _found(role_id)
    present = {
        "description": role.description,
        "permissions": role.permissions,
        "parents": role.parents,
    }
    return _form(role, present)


@blueprint.post("/roles/<role_id>/edit")
@needs("role:update", recent=True)
def update_role(role_id: str) -> Response:
    """Change it; within a second it counts everywhere."""
    role, typed = _found(role_id), _typed()

    def change() -> Response:
        members = read_form(RoleSchema(), typed)
        with refusing():
            _roles().change(giver(), role.id, members)
        return notify(go(SECTION, role.id), "console_saved")

    return answered(change, lambda refused: _form(role, typed, refused))


@blueprint.get("/roles/<role_id>/delete")
@needs("role:delete", recent=True)
def ask_to_delete_role(role_id: str) -> Response:
    """Ask first."""
    return sure_page(SECTION, _found(role_id).name, address(SECTION, role_id))


@blueprint.post("/roles/<role_id>/delete")
@needs("role:delete", recent=True)
def delete_role(role_id: str) -> Response:
    """Delete it, unless somebody has it."""
    role = _found(role_id)
    back = address(SECTION, role.id)
    return deleted(SECTION, role.name, back, lambda: _roles().delete(giver(), role.id))


def _row(role: RoleRecord) -> tuple[Cell, ...]:
    return (
        Cell(role.name, href=address(SECTION, role.id)),
        Cell(role.description),
        Cell(", ".join(role.parents)),
        Cell(str(len(role.permissions))),
    )


def _roles() -> Roles:
    return Roles(site().database)


def _found(role_id: str) -> RoleRecord:
    return one_of(_roles().list(tenant_id()), role_id)


def _typed() -> dict[str, Any]:
    return {
        "description": request.form.get("description", "").strip(),
        "permissions": sorted(set(request.form.getlist("permissions"))),
        "parents": sorted(set(request.form.getlist("parents"))),
    }


def _form(
    role: RoleRecord | None, values: dict[str, Any], refused: Refused | None = None
) -> Response:
    permissions = [each.name for each in Permissions(site().database).list(tenant_id())]
    parents = [each.name for each in _roles().list(tenant_id()) if each != role]
    asked = [
        Field("description", WORDS["description"], value=values.get("description", "")),
        Field(
            "parents",
            WORDS["parents"],
            "check",
            choices=[(name, name) for name in parents],
            chosen=values.get("parents", ()),
        ),
        Field(
            "permissions",
            WORDS["permissions"],
            "check",
            choices=[(name, name) for name in permissions],
            chosen=values.get("permissions", ()),
        ),
    ]
    if role is None:
        name = values.get("name", "")
        asked.insert(0, Field("name", WORDS["name"], value=name, required=True))
    heading = role.name if role else gettext("Add a role")
    back = address(SECTION, role.id) if role else address(SECTION)
    return form_page(SECTION, heading, back, asked, label=save(), refused=refused)
