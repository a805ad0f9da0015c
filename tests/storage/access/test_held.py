"""What somebody holds: by roles, by groups, by inheritance, and for single resources."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import update

from authwell.models.accounts import accounts
from authwell.models.roles import roles
from authwell.protocol.access import Held, Permission
from authwell.storage.access.built_ins import add_built_ins, ensure_built_ins
from authwell.storage.access.edit import AccessEdit, edit_access
from authwell.storage.access.held import read_held, read_held_by_role
from authwell.storage.access.pages import (
    page_of_groups,
    page_of_permissions,
    page_of_roles,
    page_of_types,
)
from authwell.storage.access.reading import (
    held_by_roles,
    list_groups,
    list_permissions,
    list_roles,
    list_types,
)
from authwell.storage.configuration.administration import PeopleEdit
from authwell.storage.database import Database
from authwell.storage.errors import Conflict
from authwell.storage.pages import Wanted
from authwell.storage.people.accounts import AccountRecord, Accounts
from authwell.storage.people.superusers import LastSuperuser
from authwell.storage.statements import Statement
from authwell.utils.randomness import new_id
from tests.storage.worlds import NOW, OTHER_TENANT, TENANT, an_event


def person(database: Database, *roles: str, tenant_id: str = TENANT) -> str:
    account_id = new_id()
    Accounts(database).add(
        AccountRecord(account_id, tenant_id, account_id, account_id, NOW, NOW, roles=roles),
        an_event(),
    )
    return account_id


@pytest.fixture
def house(database: Database) -> Database:
    """The database with the built-in roles of both tenants."""
    for tenant_id in (TENANT, OTHER_TENANT):
        with edit_access(database, tenant_id, NOW) as edit:
            add_built_ins(edit, is_root=tenant_id == TENANT)
    return database


def ids(edit: AccessEdit) -> dict[str, str]:
    return {one.name: one.id for one in list_permissions(edit.transaction, edit.tenant_id)}


@pytest.mark.req("I8", "I9")
def test_every_tenant_has_the_built_in_roles_and_types(house: Database) -> None:
    found = {role.name: role for role in list_roles(house, TENANT)}
    types = {kind.name for kind in list_types(house, TENANT)}
    elsewhere = {kind.name for kind in list_types(house, OTHER_TENANT)}

    assert set(found) == {"admin", "moderator", "user"}
    assert all(role.built_in for role in found.values())
    assert {"project", "team", "document", "report", "user", "client"} <= elsewhere
    assert types - elsewhere == {"tenant"}
    assert set(found["admin"].permissions) == {f"{name}:manage" for name in types}
    assert set(found["moderator"].permissions) == {
        *("user:read", "user:update", "session:read", "session:delete", "audit:read")
    }


def test_they_are_made_once(house: Database) -> None:
    before = list_roles(house, TENANT)

    ensure_built_ins(house, TENANT, NOW, is_root=True)

    assert list_roles(house, TENANT) == before


def test_everybody_has_the_role_user(house: Database) -> None:
    held = read_held(house, TENANT, person(house))

    assert held == Held(roles=frozenset({"user"}))
    assert not held.is_administrator


@pytest.mark.req("I10", "I11")
def test_permissions_come_by_roles_groups_and_parents(house: Database) -> None:
    someone, other = person(house), person(house)
    with edit_access(house, TENANT, NOW) as edit:
        known = ids(edit)
        reader, editor, lead = (edit.add_role(name, "") for name in ("reader", "editor", "lead"))
        edit.set_permissions(reader.id, [known["document:read"]])
        edit.set_permissions(editor.id, [known["document:update"]])
        edit.set_parents(editor.id, [reader.id])
        edit.set_parents(lead.id, [editor.id])
        group = edit.add_group("writers", "")
        edit.set_group_roles(group.id, [lead.id])
        assert edit.add_member(group.id, someone)

    held = read_held(house, TENANT, someone)

    assert held.roles == {"user", "reader", "editor", "lead"}
    assert held.groups == {"writers"}
    assert held.permissions == {"document:read", "document:update"}
    assert read_held(house, TENANT, other).permissions == frozenset()
    assert read_held(house, OTHER_TENANT, someone).permissions == frozenset()


@pytest.mark.req("I10", "TN-05")
def test_all_roles_together_hold_what_each_holds_alone(house: Database) -> None:
    with edit_access(house, TENANT, NOW) as edit:
        known = ids(edit)
        reader, editor, lead = (edit.add_role(name, "") for name in ("reader", "editor", "lead"))
        edit.set_permissions(reader.id, [known["document:read"]])
        edit.set_permissions(lead.id, [known["document:update"], known["report:read"]])
        edit.set_parents(editor.id, [reader.id])
        edit.set_parents(lead.id, [editor.id, reader.id])

    together = held_by_roles(house, TENANT)

    names = [role.name for role in list_roles(house, TENANT)]
    assert together == {name: read_held_by_role(house, TENANT, name) for name in names}
    assert together["lead"].roles == {"reader", "editor", "lead"}


@pytest.mark.req("I10", "3.3")
def test_manage_implies_the_rest(house: Database) -> None:
    held = read_held(house, TENANT, person(house, "admin"))

    assert held.is_superuser
    assert all(held.allows("document", action) for action in ("read", "publish", "manage"))
    assert held.allows("tenant", "create")
    assert not read_held_by_role(house, OTHER_TENANT, "admin").allows("tenant", "create")
    assert not held.allows("unknown", "read")


@pytest.mark.req("I5", "3.3")
def test_a_grant_is_for_one_resource_or_for_all(house: Database) -> None:
    one, everything = person(house), person(house)
    with edit_access(house, TENANT, NOW) as edit:
        records = {r.name: r for r in list_permissions(edit.transaction, TENANT)}
        edit.add_grant(one, records["document:manage"], "7")
        edit.add_grant(everything, records["document:read"], None)

    held, wide = (read_held(house, TENANT, account) for account in (one, everything))

    assert held.allows("document", "read", "7")
    assert not held.allows("document", "read", "8")
    assert not held.allows("document", "read")
    assert wide.allows("document", "read", "8")
    assert not wide.allows("document", "update", "8")


@pytest.mark.parametrize("resource_id", ["7", None])
def test_the_same_grant_twice_is_refused(house: Database, resource_id: str | None) -> None:
    someone = person(house)

    def grant() -> None:
        with edit_access(house, TENANT, NOW) as edit:
            permission = list_permissions(edit.transaction, TENANT)[0]
            edit.add_grant(someone, permission, resource_id)

    grant()
    with pytest.raises(Conflict):
        grant()


def test_a_role_that_somebody_has_is_not_deleted(house: Database) -> None:
    with edit_access(house, TENANT, NOW) as edit:
        role = edit.add_role("editor", "")
    person(house, "editor")

    with pytest.raises(Conflict), edit_access(house, TENANT, NOW) as edit:
        edit.delete_role(role.id)

    assert "editor" in {role.name for role in list_roles(house, TENANT)}


def test_a_new_resource_type_is_the_administrators_too(house: Database) -> None:
    with edit_access(house, TENANT, NOW) as edit:
        made = edit.add_type("invoice", "Bills")
        edit.add_permission(Permission("invoice", "approve"), "")

    assert read_held_by_role(house, TENANT, "admin").allows("invoice", "approve")

    with edit_access(house, TENANT, NOW) as edit:
        edit.delete_type(made.id)

    assert not read_held_by_role(house, TENANT, "admin").allows("invoice", "read")
    assert not any(one.resource_type == "invoice" for one in list_permissions(house, TENANT))


def test_what_the_version_before_kept_becomes_rows(database: Database) -> None:
    with edit_access(database, TENANT, NOW) as edit:
        edit.add_role("editor", "")
    keep_as_before(database, ["document:read", "file:sign", "*"])
    holder = person(database)
    set_roles_as_before(database, holder, ["admin", "editor"])

    ensure_built_ins(database, TENANT, datetime.now(NOW.tzinfo), is_root=True)

    held = read_held(database, TENANT, holder)
    assert held.roles == {"admin", "editor", "user"}
    assert {"document:read", "file:sign"} <= held.permissions
    assert read_held_by_role(database, TENANT, "editor").permissions == {
        *("document:read", "file:sign")
    }


def keep_as_before(database: Database, permissions: list[str]) -> None:
    database.write(Statement(update(roles).values(permissions=permissions)), {})


def set_roles_as_before(database: Database, account_id: str, names: list[str]) -> None:
    statement = update(accounts).where(accounts.c.id == account_id).values(roles=names)
    database.write(Statement(statement), {})


def test_whether_a_superuser_is_left_counts_every_way_to_be_one(house: Database) -> None:
    someone, quiet = (person(house, tenant_id=OTHER_TENANT) for _ in range(2))
    with edit_access(house, OTHER_TENANT, NOW) as edit:
        assert not edit.has_superuser()
        known = {role.name: role.id for role in list_roles(edit.transaction, OTHER_TENANT)}
        boss = edit.add_role("boss", "")
        edit.set_parents(boss.id, [known["admin"]])
        group = edit.add_group("bosses", "")
        edit.set_group_roles(group.id, [boss.id])
        edit.add_member(group.id, someone)
        assert edit.has_superuser()
        edit.remove_member(group.id, someone)
        edit.add_member(group.id, quiet)
        assert edit.has_superuser()
        assert edit.delete_group(group.id)
        assert not edit.has_superuser()


@pytest.mark.req("AU-16")
def test_a_page_has_what_the_whole_list_has(house: Database) -> None:
    with edit_access(house, OTHER_TENANT, NOW) as edit:
        known = {role.name: role.id for role in list_roles(edit.transaction, OTHER_TENANT)}
        edit.set_parents(edit.add_role("boss", "").id, [known["moderator"]])
        edit.set_group_roles(edit.add_group("bosses", "").id, list(known.values()))
    few, more = Wanted("name", 2), Wanted("name", 200)

    first = page_of_roles(house, OTHER_TENANT, few, {})
    rest = page_of_roles(house, OTHER_TENANT, Wanted("name", 200, first.next), {})

    assert first.rows + rest.rows == list_roles(house, OTHER_TENANT)
    assert page_of_groups(house, OTHER_TENANT, more, {}).rows == list_groups(house, OTHER_TENANT)
    assert page_of_types(house, OTHER_TENANT, more, {}).rows == list_types(house, OTHER_TENANT)
    permissions = page_of_permissions(house, OTHER_TENANT, more, {}).rows
    assert permissions == list_permissions(house, OTHER_TENANT)


@pytest.mark.req("G14", "TN-14")
@pytest.mark.parametrize("change", [{"status": "disabled"}, {"roles": ()}, None])
def test_the_last_superuser_stays_who_is_one_by_a_group(
    house: Database, change: dict[str, Any] | None
) -> None:
    someone, quiet = (person(house, tenant_id=OTHER_TENANT) for _ in range(2))
    with edit_access(house, OTHER_TENANT, NOW) as edit:
        known = {role.name: role.id for role in list_roles(edit.transaction, OTHER_TENANT)}
        boss = edit.add_role("boss", "")
        edit.set_parents(boss.id, [known["admin"]])
        group = edit.add_group("bosses", "")
        edit.set_group_roles(group.id, [known["admin"]])
        edit.add_member(group.id, someone)
    with house.transaction() as transaction:
        PeopleEdit(transaction, OTHER_TENANT, NOW).change(quiet, {"roles": ("boss",)})
        # Another one is left, by inheritance.
        PeopleEdit(transaction, OTHER_TENANT, NOW).change(someone, {"status": "disabled"})

    with pytest.raises(LastSuperuser):
        administer_once(house, quiet, change)

    assert read_held(house, OTHER_TENANT, quiet).is_superuser


def administer_once(house: Database, account_id: str, change: dict[str, Any] | None) -> None:
    """Change an account, or delete it."""
    with house.transaction() as transaction:
        people = PeopleEdit(transaction, OTHER_TENANT, NOW)
        if change is None:
            people.delete(account_id)
        else:
            people.change(account_id, change)
