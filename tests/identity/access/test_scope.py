"""DESIGN.md section 3: who may have the scope `admin`."""

import pytest

from authwell.identity.access.scope import allowed_scope
from authwell.protocol.clients.metadata import Registration, read_client
from authwell.protocol.model import Account
from authwell.protocol.policy import PROFILES
from authwell.storage.memory import MemoryStore
from tests.protocol.conftest import make_world

ASKED = frozenset({"openid", "admin"})


@pytest.mark.req("TK-09")
def test_an_account_needs_a_permission_to_administer() -> None:
    world = make_world()
    store = world.server.store
    assert isinstance(store, MemoryStore)
    shelves = store.shelves
    shelves.role_permissions["helper"] = frozenset({"user:read"})
    shelves.role_permissions["editor"] = frozenset({"document:manage"})

    allowed = {
        role: allowed_scope(world.server, Account("1", "alice", roles=(role,)), ASKED)
        for role in ("admin", "helper", "editor", "unknown")
    }

    assert allowed["admin"] == allowed["helper"] == ASKED
    assert allowed["editor"] == allowed["unknown"] == {"openid"}


@pytest.mark.req("TK-09", "CA-15")
def test_a_client_needs_the_registration() -> None:
    server = make_world().server
    registration = Registration("tenant", PROFILES)
    service = {"client_id": "service", "grant_types": ["client_credentials"]}
    client = read_client({**service, "scope": "admin"}, registration)

    assert allowed_scope(server, client, ASKED) == ASKED
    assert allowed_scope(server, read_client(service, registration), ASKED) == {"openid"}
