"""The configuration on SQLite and PostgreSQL."""

from dataclasses import replace
from datetime import timedelta

import pytest

from authwell.protocol.model import ClientSecret, Resource
from authwell.storage.configuration.edit import Configuration, Edit
from authwell.storage.configuration.rows import ClientRecord, TenantRecord
from authwell.storage.database import Database
from authwell.storage.errors import Conflict
from authwell.storage.store import SqlStore
from authwell.utils.randomness import new_id
from tests.storage.worlds import CLIENT, LATER, NOW, OTHER_TENANT, TENANT, an_event, started

RESOURCE = Resource(
    identifier="https://api.example",
    name="Example API",
    scope=frozenset({"read", "write"}),
    access_token_format="jwt",
    access_token_signing_alg="ES256",
    access_token_lifetime=timedelta(minutes=10),
    introspection_clients=frozenset({"rs"}),
)
SERVICE = ClientRecord(
    client_id="service",
    metadata={"client_name": "Service", "grant_types": ["client_credentials"]},
    created_at=NOW,
    updated_at=NOW,
    secrets=(ClientSecret("hmac", "abc", LATER), ClientSecret("argon2", "$argon2id$", None)),
    status="disabled",
    not_before=NOW,
)


def a_tenant(slug: str) -> TenantRecord:
    return TenantRecord(
        id=new_id(NOW),
        slug=slug,
        issuer=f"https://{slug}.example/issuer",
        name=slug,
        policy={"pkce": "all"},
        created_at=NOW,
        updated_at=NOW,
    )


def test_a_tenant_is_made_once(database: Database) -> None:
    configuration = Configuration(database)

    first = configuration.ensure_tenant(a_tenant("third"))
    second = configuration.ensure_tenant(a_tenant("third"))

    assert first == second
    assert configuration.find_tenant("third") == first
    assert [tenant.slug for tenant in configuration.list_tenants()] == [
        "default",
        "second",
        "third",
    ]


def test_an_issuer_belongs_to_one_tenant(database: Database) -> None:
    configuration = Configuration(database)
    first = configuration.ensure_tenant(a_tenant("third"))

    with pytest.raises(Conflict):
        configuration.ensure_tenant(replace(a_tenant("fourth"), issuer=first.issuer))


def test_a_tenant_is_changed(database: Database) -> None:
    configuration = Configuration(database)
    changed = replace(a_tenant("default"), id=TENANT, policy={"pkce": "public"}, not_before=LATER)

    with configuration.edit(TENANT, LATER) as edit:
        edit.set_tenant(changed)

    assert configuration.find_tenant("default") == replace(changed, updated_at=LATER)


def test_a_client_is_written_with_its_secrets(database: Database) -> None:
    configuration = Configuration(database)

    with configuration.edit(TENANT, NOW) as edit:
        edit.put_client(SERVICE)
        edit.record(an_event("client_added"))

    assert configuration.find_client(TENANT, "service") == SERVICE
    assert configuration.find_client(OTHER_TENANT, "service") is None


def test_a_client_keeps_the_time_of_its_making(database: Database) -> None:
    configuration = Configuration(database)
    with configuration.edit(TENANT, NOW) as edit:
        edit.put_client(SERVICE)

    with configuration.edit(TENANT, LATER) as edit:
        edit.put_client(replace(SERVICE, secrets=SERVICE.secrets[:1], status="active"))

    found = configuration.find_client(TENANT, "service")
    assert found is not None
    assert (found.created_at, found.updated_at) == (NOW, LATER)
    assert (found.secrets, found.status) == (SERVICE.secrets[:1], "active")


@pytest.mark.parametrize("client_id", ["", "\x00", "a\x00b", "\ud800", "x" * 100_000, "' --"])
def test_any_client_id_is_looked_up(database: Database, client_id: str) -> None:
    assert Configuration(database).find_client(TENANT, client_id) is None


def test_clients_are_listed_page_by_page(database: Database) -> None:
    configuration = Configuration(database)

    first = configuration.list_clients(TENANT, limit=1)
    second = configuration.list_clients(TENANT, after=first[-1].client_id, limit=5)

    assert [client.client_id for client in (*first, *second)] == ["other", "web"]
    assert [*first, *second] == [
        configuration.find_client(TENANT, name) for name in ("other", "web")
    ]


def test_a_deleted_client_takes_its_grants_with_it(database: Database) -> None:
    configuration = Configuration(database)
    store = SqlStore(database)
    _, token = started(store)

    with configuration.edit(TENANT, LATER) as edit:
        deleted, unknown = edit.delete_client(CLIENT), edit.delete_client("unknown")

    assert (deleted, unknown) == (True, False)
    assert store.refresh_tokens.find(TENANT, token.digest, LATER) is None


def test_scopes_and_resources_are_written_and_deleted(database: Database) -> None:
    configuration = Configuration(database)
    with configuration.edit(TENANT, NOW) as edit:
        edit.put_scope("read", "Read")
        edit.put_scope("read", "Read your data")
        edit.put_scope("write", "Write")
        edit.put_resource(RESOURCE)

    with configuration.edit(TENANT, NOW) as edit:
        edit.delete_scope("write")

    assert configuration.list_scopes(TENANT) == {"read": "Read your data"}
    assert configuration.list_resources(TENANT) == (RESOURCE,)
    assert configuration.list_scopes(OTHER_TENANT) == {}

    with configuration.edit(TENANT, NOW) as edit:
        edit.delete_resource(RESOURCE.identifier)

    assert configuration.list_resources(TENANT) == ()


def write_badly(edit: Edit) -> None:
    edit.put_scope("read", "Read")
    edit.set_secrets("unknown client", SERVICE.secrets)


def test_an_edit_happens_entirely_or_not_at_all(database: Database) -> None:
    configuration = Configuration(database)

    with pytest.raises(Conflict), configuration.edit(TENANT, NOW) as edit:
        write_badly(edit)

    assert configuration.list_scopes(TENANT) == {}
