"""One document of several tenants (DESIGN.md section 6): planned, applied, exported."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from authwell.config.settings import load_settings
from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.document import SECTIONS
from authwell.identity.configuration.problems import Refused
from authwell.identity.configuration.service import PLAIN, Configurator
from authwell.identity.passwords.hashing import Passwords
from authwell.identity.tenants.applying import Several
from authwell.identity.tenants.defaults import ensure_default_tenant
from authwell.identity.tenants.life_cycle import TenantLife
from authwell.storage.audit.events import AuditLog
from authwell.storage.database import Database
from authwell.utils.randomness import digest
from authwell.utils.sealing import Sealer
from tests.config.test_settings import DEVELOPMENT
from tests.conftest import NewDatabase

AUTHOR = Author("cli:test", datetime(2026, 11, 21, 12, 0, tzinfo=UTC))
SERVICE = {
    "client_id": "service",
    "client_secret": "s" * 43,
    "grant_types": ["client_credentials"],
}
DOCUMENT: dict[str, Any] = {
    "tenants": [{"slug": "acme", "name": "Acme", "policy": {"pkce": "all"}}],
    "scopes": [{"name": "read", "tenant": "acme"}, {"name": "root"}],
    "clients": [SERVICE, {**SERVICE, "tenant": "acme", "scope": "read"}],
}
EVERYTHING: dict[str, Any] = {
    "resource_types": [{"name": "invoice", "description": "Bills"}],
    "permissions": [{"name": "invoice:approve", "description": "Let it be paid"}],
    "roles": [{"name": "clerk", "permissions": ["invoice:create"]}],
    "resources": [{"identifier": "https://api.example", "scopes": ["read"]}],
    "accounts": [
        {"username": "ada", "password": "Correct-Horse-7", "roles": ["admin"]},
        {"username": "eve"},
    ],
    "groups": [{"name": "office", "roles": ["clerk"], "members": ["ada"]}],
    "resource_grants": [{"account": "ada", "permission": "invoice:read", "resource_id": "1"}],
    "webhooks": [{"name": "crm", "url": "https://192.0.2.44/hook"}],
    "integrations": [{"name": "hr", "type": "custom"}],
    "domains": [{"domain": "acme.example", "use": "email"}],
    "blocks": [{"kind": "account", "value": "eve"}, {"kind": "address", "value": "192.0.2.7"}],
}


def for_both(document: dict[str, Any]) -> dict[str, Any]:
    return {
        section: [one for entry in entries for one in (entry, {**entry, "tenant": "acme"})]
        for section, entries in document.items()
    }


def a_server(url: str) -> Several:
    settings = load_settings({**DEVELOPMENT, "OUTGOING_ALLOW": "192.0.2.0/24"})
    database = Database(url)
    ensure_default_tenant(database, settings, AUTHOR.now)
    configurator = Configurator.of(database, settings, Passwords(parallel=1))
    return Several(
        configurator, TenantLife(database, Sealer(settings.key_encryption_key), settings)
    )


@pytest.fixture
def several(new_database: NewDatabase) -> Iterator[Several]:
    made = a_server(new_database("sqlite"))
    yield made
    made.configurator.database.close()


@pytest.mark.req("H4")
def test_a_document_makes_tenants_and_what_is_in_them(several: Several) -> None:
    planned = several.plan(DOCUMENT, PLAIN, AUTHOR)
    applied = several.apply(DOCUMENT, PLAIN, AUTHOR)
    again = several.apply(DOCUMENT, PLAIN, AUTHOR)

    lines = [str(change) for change in planned.changes]
    assert lines == [str(change) for change in applied.changes]
    assert set(lines) == {
        "+ tenant acme",
        "+ scope read of acme",
        "+ client service of acme",
        "+ scope root",
        "+ client service",
    }
    assert again.changes == ()
    assert several.find("acme").policy == {"pkce": "all"}


@pytest.mark.req("H4")
def test_an_export_is_applied_as_it_is(several: Several) -> None:
    several.apply(DOCUMENT, PLAIN, AUTHOR)

    exported = several.export(AUTHOR, with_secrets=True)

    assert several.plan(exported, PLAIN, AUTHOR).changes == ()
    assert [entry.get("tenant") for entry in exported["clients"]] == ["acme", None]
    assert {entry["slug"] for entry in exported["tenants"]} == {"acme", "default"}


@pytest.mark.req("11.4", "H4")
def test_an_export_of_several_tenants_makes_the_same_server(
    several: Several, new_database: NewDatabase
) -> None:
    several.apply({**DOCUMENT, **for_both(EVERYTHING)}, PLAIN, AUTHOR)
    exported = several.export(AUTHOR, with_secrets=True)
    other = a_server(new_database("sqlite"))

    other.apply(json.loads(json.dumps(exported)), PLAIN, AUTHOR)

    assert all(len(exported[section]) >= 2 for section in SECTIONS)
    assert other.export(AUTHOR, with_secrets=True) == exported
    assert other.plan(exported, PLAIN, AUTHOR).changes == ()
    other.configurator.database.close()


def test_what_is_made_for_a_new_tenant_is_told(several: Several) -> None:
    document: dict[str, Any] = {
        "tenants": [{"slug": "acme", "policy": {"pkce": "all"}}],
        "integrations": [{"name": "hr", "type": "custom", "tenant": "acme"}],
    }

    applied = several.apply(document, PLAIN, AUTHOR)

    own = replace(several.configurator, slug="acme").state()
    key = applied.changes[1].made["api_key"]
    assert [str(change) for change in applied.changes] == [
        "+ tenant acme",
        "+ integration hr of acme",
    ]
    assert own.connections.integrations["hr"].current.key_digest == digest(key)
    assert several.apply(document, PLAIN, AUTHOR).changes == ()


def test_nothing_is_written_while_one_tenant_is_wrong(several: Several) -> None:
    wrong = {**DOCUMENT, "scopes": [{"name": "a b", "tenant": "acme"}, {"name": "root"}]}

    with pytest.raises(Refused) as refused:
        several.apply(wrong, PLAIN, AUTHOR)

    # Entries of other tenants keep their places.
    assert refused.value.problems[0].path == "scopes[0].name"
    assert "root" not in several.configurator.state().scopes


@pytest.mark.parametrize(
    ("entry", "path"),
    [
        ({"name": "read", "tenant": "nowhere"}, "scopes[0].tenant"),
        ({"name": "read", "tenant": 7}, "scopes[0].tenant"),
    ],
)
def test_a_tenant_has_to_be_there_or_be_declared(
    several: Several, entry: dict[str, Any], path: str
) -> None:
    with pytest.raises(Refused) as refused:
        several.plan({"scopes": [entry]}, PLAIN, AUTHOR)

    assert [problem.path for problem in refused.value.problems] == [path]


def test_the_name_of_a_deleted_tenant_stays_taken(several: Several) -> None:
    several.apply(DOCUMENT, PLAIN, AUTHOR)
    several.life.delete(several.find("acme"), AUTHOR)

    with pytest.raises(Refused):
        several.plan(DOCUMENT, PLAIN, AUTHOR)


def told(several: Several, slug: str, kind: str) -> list[dict[str, Any]]:
    """Audit events of a type in a tenant's log, the latest first."""
    log = AuditLog(several.configurator.database)
    found = log.list(several.find(slug).id, AUTHOR.now + timedelta(days=1), 50)
    return [dict(event.data) for event in found if event.type == kind]


@pytest.mark.req("H3", "TN-12")
def test_a_tenant_is_suspended_and_served_again_by_a_document(several: Several) -> None:
    several.apply({"tenants": [{"slug": "acme"}]}, PLAIN, AUTHOR)
    suspended: dict[str, Any] = {"tenants": [{"slug": "acme", "status": "suspended"}]}
    active: dict[str, Any] = {"tenants": [{"slug": "acme", "status": "active"}]}

    planned = several.plan(suspended, PLAIN, AUTHOR)
    before = several.find("acme")
    several.apply(suspended, PLAIN, AUTHOR)
    again = several.apply(suspended, PLAIN, AUTHOR)
    left_out = several.apply({"tenants": [{"slug": "acme", "name": "acme"}]}, PLAIN, AUTHOR)
    during = several.find("acme")
    exported = several.export(AUTHOR, with_secrets=False)["tenants"]
    several.apply(active, PLAIN, AUTHOR)
    after = several.find("acme")

    assert [str(change) for change in planned.changes] == ["~ tenant acme (status)"]
    assert (before.status, during.status, after.status) == ("active", "suspended", "active")
    assert (before.not_before, during.not_before, after.not_before) == (None, *[AUTHOR.now] * 2)
    assert (again.changes, left_out.changes) == ((), ())
    assert {entry["slug"]: entry["status"] for entry in exported} == {
        "acme": "suspended",
        "default": "active",
    }
    about = [{"tenant": "acme", "tenant_id": after.id}]
    assert told(several, "default", "tenant.suspended") == about
    assert told(several, "default", "tenant.activated") == about
    assert told(several, "acme", "tenant.suspended") == []


@pytest.mark.req("11.4", "H3")
def test_a_suspended_tenant_moves_as_it_is(several: Several, new_database: NewDatabase) -> None:
    people = {"accounts": [{"username": "eve", "tenant": "acme"}]}
    document = {"tenants": [{"slug": "acme", "status": "suspended"}], **people}
    made = several.apply(document, PLAIN, AUTHOR)
    other = a_server(new_database("sqlite"))

    exported = several.export(AUTHOR, with_secrets=True)
    other.apply(exported, PLAIN, AUTHOR)

    assert str(made.changes[0]) == "+ tenant acme"
    assert several.find("acme").status == other.find("acme").status == "suspended"
    assert other.export(AUTHOR, with_secrets=True) == exported
    other.configurator.database.close()


@pytest.mark.parametrize(
    ("entry", "problem"),
    [
        ({"slug": "default", "status": "suspended"}, "stays active in the default tenant"),
        ({"slug": "acme", "status": "deleted"}, "must be one of active, suspended"),
        ({"slug": "acme", "status": ["suspended"]}, "must be one of active, suspended"),
    ],
)
def test_no_document_deletes_a_tenant_or_suspends_the_default_one(
    several: Several, entry: dict[str, Any], problem: str
) -> None:
    with pytest.raises(Refused) as refused:
        several.apply({"tenants": [entry]}, PLAIN, AUTHOR)

    assert [str(found) for found in refused.value.problems] == [f"tenants[0].status: {problem}"]
