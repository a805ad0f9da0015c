"""Resource types, permissions, roles and groups of a document (DESIGN.md section 6)."""

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from authwell.identity.configuration.document import SECTIONS
from authwell.identity.configuration.problems import Refused
from authwell.storage.access.held import read_held
from authwell.storage.audit.events import AuditLog
from authwell.storage.people.superusers import LastSuperuser
from tests.conftest import NewDatabase
from tests.identity.configuration.configuring import NOW, Desk, alice, desk, web

DOCUMENT: dict[str, Any] = {
    "tenants": [{"slug": "default", "name": "Example", "policy": {"pkce": "all"}}],
    "scopes": [{"name": "read", "description": "Read your data"}],
    "resource_types": [{"name": "invoice", "description": "Bills"}],
    "permissions": [{"name": "invoice:approve", "description": "Let it be paid"}],
    "roles": [
        # Its parent comes later.
        {"name": "chief", "permissions": ["invoice:approve"], "parents": ["clerk"]},
        {"name": "clerk", "description": "Writes", "permissions": ["invoice:create"]},
    ],
    "resources": [{"identifier": "https://api.example", "scopes": ["read"]}],
    "clients": [web()],
    "accounts": [alice(), alice(username="bob", email="bob@people.example")],
    "groups": [{"name": "office", "roles": ["clerk"], "members": ["Alice"]}],
    "resource_grants": [
        {"account": "alice", "permission": "invoice:read", "resource_id": "2030-1"},
        {"account": "bob", "permission": "invoice:approve"},
    ],
    "webhooks": [{"name": "crm", "url": "https://192.0.2.44/hook"}],
    "integrations": [{"name": "hr", "type": "custom"}],
    "domains": [{"domain": "acme.example", "use": "email"}],
    "blocks": [{"kind": "address", "value": "203.0.113.9"}, {"kind": "account", "value": "bob"}],
}


@pytest.fixture
def here(new_database: NewDatabase) -> Iterator[Desk]:
    made = desk(new_database("sqlite"), OUTGOING_ALLOW="192.0.2.0/24")
    yield made
    made.database.close()


@pytest.mark.req("11.4")
def test_every_section_applied_twice_changes_nothing_and_survives_an_export(
    here: Desk, new_database: NewDatabase
) -> None:
    first = here.lines(DOCUMENT)
    again = here.apply(DOCUMENT)
    exported = here.configurator.export(NOW, with_secrets=True)
    other = desk(new_database("sqlite"), OUTGOING_ALLOW="192.0.2.0/24")
    other.apply(json.loads(json.dumps(exported)))

    assert set(DOCUMENT) == set(exported) == set(SECTIONS)
    assert len(first) == sum(map(len, DOCUMENT.values()))
    assert again.changes == ()
    assert here.apply(exported).changes == ()
    assert other.configurator.export(NOW, with_secrets=True) == exported
    other.database.close()


@pytest.mark.req("11.4")
@pytest.mark.parametrize("section", SECTIONS)
def test_what_is_not_declared_is_not_touched(here: Desk, section: str) -> None:
    here.apply(DOCUMENT)
    before = here.configurator.export(NOW, with_secrets=True)

    parts: list[dict[str, Any]] = [{}, {section: []}, {section: DOCUMENT[section][-1:]}]
    for part in parts:
        assert here.apply(part).changes == ()

    assert here.configurator.export(NOW, with_secrets=True) == before


@pytest.mark.req("11.4")
def test_members_that_are_left_out_stay(here: Desk) -> None:
    here.apply(DOCUMENT)

    same = {"permissions": ["invoice:create"], "name": "clerk"}
    lines = here.lines({"roles": [same], "groups": [{"name": "office", "description": "Desk"}]})

    assert lines == ["~ group office (description)"]
    assert here.configurator.state().access.groups["office"]["members"] == ["alice"]


@pytest.mark.req("I5", "11.4")
def test_a_grant_is_given_once_and_holds_for_its_resource(here: Desk) -> None:
    here.apply(DOCUMENT)
    grant = {"account": "Alice", "permission": "invoice:read"}

    lines = here.lines({"resource_grants": [grant, {**grant, "resource_id": "2030-1"}]})

    tenant_id = here.configurator.state().tenant.id
    alice_id = here.configurator.state().people.find_by_name("alice")
    (event,) = [
        event
        for event in AuditLog(here.database).list(tenant_id, NOW + timedelta(days=1), 100)
        if event.type == "resource_grant.created" and event.data["resource"] == "2030-1"
    ]
    assert lines == ["+ resource_grant alice invoice:read"]
    assert alice_id is not None
    assert event.account_id == alice_id.id
    held = read_held(here.database, tenant_id, alice_id.id)
    assert held.allows("invoice", "read", "2030-2")
    assert not held.allows("invoice", "update", "2030-1")


def test_members_of_groups_come_and_go(here: Desk) -> None:
    here.apply(DOCUMENT)

    assert here.lines({"groups": [{"name": "office", "members": ["bob"]}]}) == [
        "~ group office (members)"
    ]
    assert here.configurator.state().access.groups["office"]["members"] == ["bob"]


@pytest.mark.parametrize(
    ("document", "problem"),
    [
        ({"roles": [{"name": "a", "parents": ["nobody"]}]}, "roles[0].parents: there is no role"),
        (
            {"roles": [{"name": "a", "parents": ["b"]}, {"name": "b", "parents": ["a"]}]},
            "roles[0].parents: lets the role inherit from itself",
        ),
        ({"roles": [{"name": "admin"}]}, "roles[0]: 'admin' is built in"),
        ({"groups": [{"name": "g", "members": ["eve"]}]}, "groups[0].members: there is no account"),
        ({"groups": [{"name": "g", "roles": ["r"]}]}, "groups[0].roles: there is no role"),
        (
            {"resource_grants": [{"account": "eve", "permission": "document:read"}]},
            "resource_grants[0].account: there is no account 'eve'",
        ),
        (
            {"resource_grants": [{"account": "eve", "permission": "read"}]},
            "resource_grants[0].permission: 'read' is not written like",
        ),
        (
            {"resource_grants": [{"permission": "document:read", "account": None}]},
            "resource_grants[0].account: is missing",
        ),
        ({"permissions": [{"name": "x:read"}]}, "permissions[0].name: there is no resource type"),
        ({"permissions": [{"name": "read"}]}, "permissions[0].name: 'read' is not written like"),
        ({"resource_types": [{"name": "A b"}]}, "resource_types[0].name: 'A b' is not a name"),
    ],
)
def test_what_does_not_fit_is_refused(here: Desk, document: dict[str, Any], problem: str) -> None:
    with pytest.raises(Refused) as refused:
        here.apply(document)

    assert any(str(found).startswith(problem) for found in refused.value.problems)


@pytest.mark.req("TN-14")
def test_a_group_keeps_the_last_superuser(here: Desk) -> None:
    here.apply(DOCUMENT)
    here.apply({"groups": [{"name": "chiefs", "roles": ["admin"], "members": ["alice"]}]})

    with pytest.raises(LastSuperuser):
        here.apply({"groups": [{"name": "chiefs", "members": []}]})

    assert here.configurator.state().access.groups["chiefs"]["members"] == ["alice"]
