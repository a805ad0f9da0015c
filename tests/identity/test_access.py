"""DESIGN.md section 3: who may have the scope `admin`."""

import pytest

from authwell.identity.access import allowed_scope
from authwell.protocol.clients.metadata import Registration, read_client
from authwell.protocol.model import Account
from authwell.protocol.policy import PROFILES

ASKED = frozenset({"openid", "admin"})


@pytest.mark.req("TK-09")
def test_an_account_needs_the_role() -> None:
    assert allowed_scope(Account("1", "alice", roles=("admin",)), ASKED) == ASKED
    assert allowed_scope(Account("2", "bob", roles=("editor",)), ASKED) == {"openid"}


@pytest.mark.req("TK-09", "CA-15")
def test_a_client_needs_the_registration() -> None:
    registration = Registration("tenant", PROFILES)
    service = {"client_id": "service", "grant_types": ["client_credentials"]}

    assert allowed_scope(read_client({**service, "scope": "admin"}, registration), ASKED) == ASKED
    assert allowed_scope(read_client(service, registration), ASKED) == {"openid"}
