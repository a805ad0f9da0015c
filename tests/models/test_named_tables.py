"""The tables that the documents name, and how they are called here (REQUIREMENTS.md A20)."""

from collections.abc import Mapping
from typing import Final

import pytest

from authwell.models import Base

PRESENT: Final[Mapping[str, frozenset[str]]] = {
    "users": frozenset({"accounts", "credentials"}),
    "roles": frozenset({"roles", "role_parents"}),
    "user_roles": frozenset({"user_roles", "group_members", "group_roles"}),
    "permissions": frozenset({"permissions", "resource_grants"}),
    "role_permissions": frozenset({"role_permissions"}),
    "resource_types": frozenset({"resource_types"}),
    "companies": frozenset({"tenants", "tenant_domains"}),
    "sessions": frozenset({"sessions", "session_clients"}),
    "integrations": frozenset({"integrations"}),
    "token_blacklist": frozenset({"denied_jtis"}),
    # What is used once has one table, with a kind, a contract and a clean-up (DESIGN.md section 4).
    "email_verifications": frozenset({"handles"}),
    "password_resets": frozenset({"handles"}),
    "failed_login_attempts": frozenset({"login_guards", "attempt_guards"}),
    "audit_logs": frozenset({"audit_events"}),
    "api_keys": frozenset({"api_keys"}),
    "backup_codes": frozenset({"backup_codes"}),
    "webauthn_credentials": frozenset({"webauthn_credentials"}),
    "oauth_clients": frozenset({"clients", "client_secrets"}),
    "oauth_codes": frozenset({"handles"}),
    "oauth_tokens": frozenset({"refresh_tokens", "access_tokens"}),
    "oauth_consents": frozenset({"consents", "grants"}),
    "signing_keys": frozenset({"signing_keys"}),
}
"""Each name of the documents with the tables that hold what it is about."""

SHARED: Final = frozenset({"handles", "leases", "tenants", "config_stamps"})


@pytest.mark.req("A20")
@pytest.mark.parametrize("name", PRESENT)
def test_what_the_documents_name_has_its_tables(name: str) -> None:
    assert PRESENT[name] <= set(Base.metadata.tables)
    for table in PRESENT[name] - SHARED:
        assert "tenant_id" in Base.metadata.tables[table].columns
