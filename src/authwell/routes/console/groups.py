"""Groups with their roles, and to which of them a user belongs."""

from collections.abc import Mapping
from typing import Any, Final

from flask import Response, request
from flask_babel import gettext
from marshmallow import Schema, fields

from authwell.identity.access.holders import Groups
from authwell.identity.access.roles import Roles
from authwell.identity.configuration.problems import Refused
from authwell.middleware.api.fields import text
from authwell.middleware.console_pages import address, go, may, needs
from authwell.middleware.context import authorization_server, site
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
from authwell.routes.console.finding import find_user
from authwell.routes.console.pages import answered, form_page, list_page, save, show_page
from authwell.routes.console.paging import listed
from authwell.routes.console.parts import Act, Cell, Fact, Field, Table, codes, fact, moment
from authwell.routes.console.reading import read_form
from authwell.routes.console.words import WORDS, words
from authwell.storage.access.records import GroupRecord
from authwell.storage.pages import Found, Wanted
from authwell.storage.people.accounts import AccountRecord

GROUPS: Final = "groups"


class GroupSchema(Schema):
    """What a form says of a group."""

    description = text(1000, least=0)
    roles = fields.List(text(255))


class NewGroupSchema(GroupSchema):
    """The same of a new one."""

    name = text(255, required=True)


@blueprint.get("/groups")
@needs("role:read")
def list_groups() -> Response:
    """All groups by name, or those that are looked for."""

    def read(wanted: Wanted, filters: Mapping[str, Any]) -> Found:
        return _groups().page(tenant_id(), wanted, filters)

    page = listed(GROUPS, NamedPageSchema(), read)
    add = Act(gettext("Add a group"), address(GROUPS, "new"))
    return list_page(
        GROUPS,
        WORDS["groups"],
        Table(GROUPS, words("name", "roles"), [_row(group) for group in page.rows], more=page.more),
        filters=[name_filter(page)],
        links=[add if may("role:create") else None],
    )


def groups_of(record: AccountRecord) -> frozenset[str]:
    """The names of the groups that a user belongs to."""
    server = authorization_server()
    return server.store.access.of_now(server.tenant, record.account).groups


@blueprint.get("/groups/new")
@needs("role:create", recent=True)
def new_group() -> Response:
    """A form for another one."""
    return _form(None, {})


@blueprint.post("/groups/new")
@needs("role:create", recent=True)
def create_group() -> Response:
    """Make it."""
    typed = {"name": request.form.get("name", "").strip(), **_typed()}

    def create() -> Response:
        members = read_form(NewGroupSchema(), typed)
        with refusing():
            made = _groups().create(giver(), members.pop("name"), members)
        return notify(go(GROUPS, made.id), "console_saved")

    return answered(create, lambda refused: _form(None, typed, refused))


@blueprint.get("/groups/<group_id>")
@needs("role:read")
def show_group(group_id: str) -> Response:
    """One group."""
    group = _found(group_id)
    links = []
    if may("role:update"):
        links.append(Act(gettext("Edit"), address(GROUPS, group.id, "edit")))
    if may("role:delete"):
        links.append(Act(gettext("Delete"), address(GROUPS, group.id, "delete"), is_grave=True))
    known = [
        fact(WORDS["description"], Cell(group.description)),
        Fact(WORDS["roles"], codes(group.roles)),
        fact(WORDS["created_at"], moment(group.created_at)),
    ]
    return show_page(GROUPS, group.name, known, links=links)


@blueprint.get("/groups/<group_id>/edit")
@needs("role:update", recent=True)
def edit_group(group_id: str) -> Response:
    """A form with its roles."""
    group = _found(group_id)
    return _form(group, {"description": group.description, "roles": group.roles})


@blueprint.post("/groups/<group_id>/edit")
@needs("role:update", recent=True)
def update_group(group_id: str) -> Response:
    """Change it."""
    group, typed = _found(group_id), _typed()

    def change() -> Response:
        members = read_form(GroupSchema(), typed)
        with refusing():
            _groups().change(giver(), group.id, members)
        return notify(go(GROUPS, group.id), "console_saved")

    return answered(change, lambda refused: _form(group, typed, refused))


@blueprint.get("/groups/<group_id>/delete")
@needs("role:delete", recent=True)
def ask_to_delete_group(group_id: str) -> Response:
    """Ask first."""
    return sure_page(GROUPS, _found(group_id).name, address(GROUPS, group_id))


@blueprint.post("/groups/<group_id>/delete")
@needs("role:delete", recent=True)
def delete_group(group_id: str) -> Response:
    """Delete it; its members lose what came with it."""
    group = _found(group_id)
    back = address(GROUPS, group.id)
    return deleted(GROUPS, group.name, back, lambda: _groups().delete(giver(), group.id))


@blueprint.get("/users/<account_id>/groups")
@needs("role:update", recent=True)
def edit_groups_of_user(account_id: str) -> Response:
    """A form with the groups of a user."""
    return _members_form(find_user(account_id))


@blueprint.post("/users/<account_id>/groups")
@needs("role:update", recent=True)
def change_groups_of_user(account_id: str) -> Response:
    """Let the user belong to these, each by a change of its own."""
    record = find_user(account_id)
    present, wanted = groups_of(record), set(request.form.getlist(GROUPS))

    def change() -> Response:
        with refusing():
            for group in _groups().list(tenant_id()):
                if group.name in wanted - present:
                    _groups().add_member(giver(), group.id, record.id)
                if group.name in present - wanted:
                    _groups().remove_member(giver(), group.id, record.id)
        site().outbox_bell.set()
        return notify(go("users", record.id), "console_saved")

    return answered(change, lambda refused: _members_form(record, refused))


def _row(group: GroupRecord) -> tuple[Cell, ...]:
    return (Cell(group.name, href=address(GROUPS, group.id)), Cell(", ".join(group.roles)))


def _groups() -> Groups:
    return Groups(site().database)


def _found(group_id: str) -> GroupRecord:
    return one_of(_groups().list(tenant_id()), group_id)


def _typed() -> dict[str, Any]:
    return {
        "description": request.form.get("description", "").strip(),
        "roles": sorted(set(request.form.getlist("roles"))),
    }


def _form(
    group: GroupRecord | None, values: dict[str, Any], refused: Refused | None = None
) -> Response:
    roles = [each.name for each in Roles(site().database).list(tenant_id())]
    asked = [
        Field("description", WORDS["description"], value=values.get("description", "")),
        Field(
            "roles",
            WORDS["roles"],
            "check",
            choices=[(name, name) for name in roles],
            chosen=values.get("roles", ()),
        ),
    ]
    if group is None:
        name = values.get("name", "")
        asked.insert(0, Field("name", WORDS["name"], value=name, required=True))
    heading = group.name if group else gettext("Add a group")
    back = address(GROUPS, group.id) if group else address(GROUPS)
    return form_page(GROUPS, heading, back, asked, label=save(), refused=refused)


def _members_form(record: AccountRecord, refused: Refused | None = None) -> Response:
    names = [group.name for group in _groups().list(tenant_id())]
    asked = Field(
        GROUPS,
        WORDS["groups"],
        "check",
        choices=[(name, name) for name in names],
        chosen=sorted(groups_of(record)),
    )
    back = address("users", record.id)
    return form_page("users", record.username, back, [asked], label=save(), refused=refused)
