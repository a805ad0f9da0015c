"""DESIGN.md section 6: apply makes the state as declared, once, and touches nothing else."""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from authwell.identity.configuration import access, accounts, clients, entries
from authwell.identity.configuration.problems import Refused
from authwell.models.audit import audit_events
from authwell.protocol.policy import POLICY_MEMBERS
from authwell.storage.configuration.edit import Configuration
from authwell.storage.people.accounts import Accounts
from authwell.storage.statements import Statement
from tests.conftest import NewDatabase
from tests.identity.configuration.configuring import (
    NOW,
    PASSWORDS,
    SECRET,
    Desk,
    alice,
    desk,
    service,
    web,
)

EVENTS = Statement(select(audit_events).order_by(audit_events.c.id))

EVERYTHING: dict[str, Any] = {
    "tenants": [
        {
            "slug": "default",
            "name": "Example",
            "policy": {
                "profiles": ["oauth21"],
                "registration": "off",
                "access_token_lifetime": 600,
                "mfa": "optional",
                "mfa_required_roles": ["admin"],
                "trusted_device_days": 7,
            },
        }
    ],
    "scopes": [{"name": "read", "description": "Read your data"}],
    "roles": [{"name": "editor", "permissions": ["document:read", "document:update"]}],
    "resources": [
        {
            "identifier": "https://api.example",
            "name": "Example API",
            "scopes": ["read", "write"],
            "access_token_format": "jwt",
            "access_token_signing_alg": "ES256",
            "access_token_lifetime": 300,
            "introspection_clients": ["service"],
        }
    ],
    "clients": [
        web(allowed_resources=["https://api.example"], consent="implicit", profile="oauth21"),
        service(scope="read write"),
    ],
    "accounts": [
        alice(roles=["admin", "editor"], email_verified=True, claims={"given_name": "Alice"})
    ],
}


@pytest.fixture
def here(database_url: str) -> Iterator[Desk]:
    made = desk(database_url)
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def sqlite_here(new_database: NewDatabase) -> Iterator[Desk]:
    made = desk(new_database("sqlite"))
    yield made
    made.database.close()


def problems(here: Desk, document: dict[str, Any]) -> list[str]:
    with pytest.raises(Refused) as refused:
        here.apply(document)
    return [str(problem) for problem in refused.value.problems]


@pytest.mark.req("1.1")
def test_everything_that_is_declared_is_made(here: Desk) -> None:
    lines = here.lines(EVERYTHING)

    assert lines == [
        "~ tenant default (name, policy)",
        "+ scope read",
        "+ role editor",
        "+ resource https://api.example",
        "+ client web",
        "+ client service",
        "+ account alice",
    ]


def test_applying_twice_changes_nothing(here: Desk) -> None:
    here.apply(EVERYTHING)
    stamp = here.configurator.state().stamp

    again = here.apply(EVERYTHING)

    assert again.changes == ()
    assert here.configurator.state().stamp == stamp


def test_a_document_bumps_the_stamp_once(here: Desk) -> None:
    before = here.configurator.state().stamp

    here.apply(EVERYTHING)

    assert here.configurator.state().stamp == before + 1


def test_each_change_is_an_audit_event_without_values(here: Desk) -> None:
    here.apply(EVERYTHING)

    events = here.database.all(EVENTS, {})

    kinds = sorted(event.type for event in events)
    assert kinds == [
        "account.created",
        "client.created",
        "client.created",
        "resource.created",
        "role.created",
        "scope.created",
        "tenant.updated",
    ]
    assert SECRET not in str([event.data for event in events])
    assert {event.actor for event in events} == {"test"}


def test_what_is_not_declared_stays(here: Desk) -> None:
    here.apply(EVERYTHING)

    here.apply({"clients": [service(client_id="other")]})

    state = here.configurator.state()
    assert {client.client_id for client in state.clients} == {"web", "service", "other"}
    assert set(state.scopes) == {"read"}


def test_a_client_is_owned_whole(here: Desk) -> None:
    here.apply({"clients": [web(consent="implicit")]})

    lines = here.lines({"clients": [web()]})

    assert lines == ["~ client web (consent)"]
    client = Configuration(here.database).find_client(here.configurator.state().tenant.id, "web")
    assert client is not None
    assert "consent" not in client.metadata


def test_an_account_is_owned_as_far_as_it_is_declared(here: Desk) -> None:
    here.apply({"accounts": [alice()]})

    lines = here.lines({"accounts": [{"username": "Alice", "roles": ["admin"]}]})

    account = here.configurator.state().people.find_by_name("alice")
    assert lines == ["~ account alice (roles, username)"]
    assert account is not None
    assert account.email == "alice@people.example"


def test_a_new_password_ends_what_was_granted_before(here: Desk) -> None:
    here.apply({"accounts": [alice()]})
    later = NOW + timedelta(days=1)

    here.apply({"accounts": [alice(password="Another-Horse-8")]}, at=later)

    account = here.configurator.state().people.find_by_name("alice")
    assert account is not None
    assert account.not_before == later
    kept = here.configurator.state().people.password_hash(account.id)
    assert PASSWORDS.matches("Another-Horse-8", kept)


def test_a_new_address_is_not_verified(here: Desk) -> None:
    here.apply({"accounts": [alice(email_verified=True)]})

    here.apply({"accounts": [alice(email="new@people.example")]})

    account = here.configurator.state().people.find_by_name("new@people.example")
    assert account is not None
    assert account.email_verified is False


def test_an_error_anywhere_writes_nothing(here: Desk) -> None:
    here.apply({"accounts": [alice()]})

    found = problems(
        here,
        {
            "scopes": [{"name": "read"}],
            "clients": [
                web(redirect_uris=["http://app.example/cb"]),
                service(client_id="two", token_endpoint_auth_method="private_key_jwt"),
                {"client_id": "three", "redirect_uri": ["https://app.example/cb"]},
            ],
            "accounts": [{"username": "bob", "email": "alice@people.example", "roles": ["admn"]}],
        },
    )

    assert found == [
        "clients[2].redirect_uri: is not known; did you mean redirect_uris?",
        "clients[0].redirect_uris: http://app.example/cb uses http on a host that is not loopback",
        "clients[1].jwks: is missing: private_key_jwt needs jwks or jwks_uri",
        "accounts[0].email: belongs to another account",
        "accounts[0].roles: there is no role 'admn'; did you mean admin?",
    ]
    assert here.configurator.state().scopes == {}


@pytest.mark.parametrize(
    ("policy", "problem"),
    [
        ({"profiles": ["fapi2"]}, "policy.profiles: 'fapi2' is not one of oauth21"),
        ({"registration": "on"}, "policy.registration: must be one of off, initial_access_token"),
        ({"registration_profiles": ["fapi2"]}, "policy.registration_profiles: 'fapi2' is not one"),
        ({"code_lifetime": 601}, "policy.code_lifetime: whole seconds from 1 to 600"),
        ({"profiles": 5}, "policy.profiles: must be a list"),
        ({"signing_algs": [{}]}, "policy.signing_algs: must be a line of text"),
        ({"mfa": "always"}, "policy.mfa: must be optional or required"),
        ({"mfa_required_roles": "admin"}, "policy.mfa_required_roles: must be a list"),
        ({"trusted_device_days": True}, "policy.trusted_device_days: must be a whole number"),
        ({"trusted_device_days": 366}, "policy.trusted_device_days: whole days from 0"),
        ({"signing_alg": ["RS256"]}, "policy.signing_alg: is not known; did you mean signing_algs"),
    ],
)
def test_a_policy_that_is_not_built_is_refused(
    here: Desk, policy: dict[str, Any], problem: str
) -> None:
    found = problems(here, {"tenants": [{"slug": "default", "policy": policy}]})

    assert len(found) == 1
    assert found[0].startswith(f"tenants[0].{problem}")


def test_each_member_that_a_policy_has_can_be_applied() -> None:
    assert frozenset(entries.POLICY) == POLICY_MEMBERS


def test_another_tenant_is_refused_with_a_sentence(here: Desk) -> None:
    found = problems(here, {"tenants": [{"slug": "acme"}], "clients": [service(tenant="acme")]})

    assert [text.partition(":")[0] for text in found] == ["tenants[0].slug", "clients[0].tenant"]
    assert all("is not the tenant 'default'" in text for text in found)


def test_a_policy_that_breaks_another_client_is_refused(here: Desk) -> None:
    here.apply({"clients": [web(id_token_signed_response_alg="ES256")]})

    found = problems(
        here, {"tenants": [{"slug": "default", "policy": {"signing_algs": ["RS256"]}}]}
    )

    assert found == ["client web.id_token_signed_response_alg: must be one of RS256"]


def test_relations_must_hold(here: Desk) -> None:
    found = problems(
        here,
        {
            "resources": [
                {"identifier": "https://api.example", "introspection_clients": ["nobody"]},
                {"identifier": "http://localhost:5000/api"},
            ],
            "clients": [
                web(allowed_resources=["https://apy.example", "http://localhost:5000/api"]),
            ],
        },
    )

    assert found == [
        "resources[0].introspection_clients: there is no client 'nobody'",
        "resources[1].identifier: is this server itself, built in",
        (
            "clients[0].allowed_resources: there is no resource 'https://apy.example'"
            "; did you mean https://api.example?"
        ),
    ]


def test_a_scope_of_no_resource_is_a_warning(here: Desk) -> None:
    plan = here.apply({"clients": [service(scope="raed")]})

    assert [str(warning) for warning in plan.warnings] == [
        "clients[0].scope: the scope 'raed' belongs to no resource and has no description"
    ]


@pytest.mark.parametrize("secret", [None, "", " ", " padded", "two\nlines", "x" * 1025])
@pytest.mark.req("TK-06")
def test_a_confidential_client_has_a_fit_secret(here: Desk, secret: str | None) -> None:
    found = problems(here, {"clients": [service(client_secret=secret)]})

    assert len(found) == 1
    assert found[0].startswith("clients[0].client_secret: ")


def test_a_public_client_has_no_secret(here: Desk) -> None:
    found = problems(here, {"clients": [web(token_endpoint_auth_method="none")]})

    assert found == [
        "clients[0].client_secret: a client whose token_endpoint_auth_method is none has no secret"
    ]


def test_a_client_that_becomes_public_loses_its_secret(here: Desk) -> None:
    here.apply({"clients": [web()]})

    here.apply({"clients": [web(client_secret=None, token_endpoint_auth_method="none")]})

    assert here.configurator.client("web").secrets == ()


def test_members_of_later_features_are_kept_with_a_warning(here: Desk) -> None:
    plan = here.apply({"clients": [web(tls_client_auth_san_dns="app.example")]})

    assert [str(warning) for warning in plan.warnings] == [
        "clients[0].tls_client_auth_san_dns: is kept, but has no effect in this version"
    ]
    assert "tls_client_auth_san_dns" in here.configurator.client("web").metadata


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("dpop_bound_access_tokens", True),
        ("require_pushed_authorization_requests", True),
        ("id_token_encrypted_response_alg", "RSA-OAEP-256"),
        ("introspection_signed_response_alg", "RS256"),
    ],
)
def test_members_that_ask_for_protection_are_refused_until_they_have_it(
    here: Desk, member: str, value: Any
) -> None:
    found = problems(here, {"clients": [web(**{member: value})]})

    assert len(found) == 1
    assert found[0].startswith(f"clients[0].{member}: needs ")


@pytest.mark.parametrize("client_id", ["", "two words", "authwell", "ü", "x" * 256])
def test_a_client_id_is_visible_and_not_reserved(here: Desk, client_id: str) -> None:
    found = problems(here, {"clients": [service(client_id=client_id)]})

    assert len(found) == 1
    assert found[0].startswith("clients[0].client_id: ")


def test_a_client_id_is_never_the_subject_of_an_account(here: Desk) -> None:
    here.apply({"accounts": [alice()]})
    account = here.configurator.state().people.find_by_name("alice")
    assert account is not None

    found = problems(here, {"clients": [service(client_id=account.id)]})

    assert found == ["clients[0].client_id: has the form of an account's id"]


@pytest.mark.parametrize(
    "entry",
    [
        {"username": "\uff21lice"},
        {"username": "alice@people.example"},
        {"username": "bob", "email": "ALICE@people.example"},
    ],
)
def test_a_name_that_looks_like_anothers_is_refused(here: Desk, entry: dict[str, Any]) -> None:
    here.apply({"accounts": [alice()]})

    lines: list[str] = []
    try:
        lines = here.lines({"accounts": [entry]})
    except Refused as refused:
        lines = [str(problem) for problem in refused.problems]

    assert lines in (
        ["~ account alice (username)"],
        ["accounts[0].username: belongs to another account"],
        ["accounts[0].email: belongs to another account"],
    )
    assert len(list(here.configurator.state().people)) == 1


def test_two_accounts_of_a_document_share_no_name(here: Desk) -> None:
    found = problems(
        here,
        {
            "accounts": [
                alice(),
                {"username": "ALICE"},
                {"username": "bob", "email": "Alice@People.example"},
                {"username": "b@c@d"},
            ]
        },
    )

    assert found == [
        "accounts[3].username: has more than one @",
        "accounts[1]: 'alice' stands in accounts[0] already",
        "accounts[2].email: belongs to accounts[0]",
    ]


def test_a_weak_password_is_taken_with_a_warning(here: Desk) -> None:
    plan = here.apply({"accounts": [alice(password="weak")]})

    assert [str(warning) for warning in plan.warnings] == [
        "accounts[0].password: is taken, but has fewer than 8 characters"
    ]


def test_two_writers_at_once_both_succeed(here: Desk) -> None:
    stale = here.configurator.state()

    here.apply({"clients": [service()]})
    plan = here.configurator.apply(
        {"clients": [service(client_id="second")]}, here.references, here.author
    )

    assert stale.stamp < here.configurator.state().stamp
    assert len(plan.changes) == 1


def test_a_disabled_client_is_not_revived_with_its_old_tokens(here: Desk) -> None:
    here.apply({"clients": [service()]})

    here.apply({"clients": [service(status="disabled")]})
    still = here.apply({"clients": [service()]})
    here.apply({"clients": [service(status="active")]})

    client = here.configurator.client("service")
    assert still.changes == ()
    assert client.status == "active"
    assert client.not_before == NOW


def test_the_accounts_row_keeps_its_id_when_renamed_by_id(here: Desk) -> None:
    here.apply({"accounts": [alice()]})
    account = here.configurator.state().people.find_by_name("alice")
    assert account is not None

    here.apply({"accounts": [{"id": account.id, "username": "alicia"}]})

    renamed = Accounts(here.database).find(account.tenant_id, account.id)
    assert renamed is not None
    assert renamed.username_canonical == "alicia"


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-1, 700)
    | st.sampled_from(["read", "admin", "RS256"])
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=4,
)


def some(table: Mapping[str, Any], **fixed: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    members = st.dictionaries(st.sampled_from([*table, "tenant"]), VALUES, max_size=4)
    return st.lists(members.map(lambda found: {**fixed, **found}), max_size=2)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    document=st.fixed_dictionaries(
        {},
        optional={
            "tenants": some(entries.TENANT, slug="default"),
            "scopes": some(entries.SCOPE, name="read"),
            "resource_types": some(access.TYPE, name="invoice"),
            "permissions": some(access.PERMISSION, name="invoice:approve"),
            "roles": some(access.ROLE, name="editor"),
            "groups": some(access.GROUP, name="office"),
            "resources": some(entries.RESOURCE, identifier="https://api.example"),
            "clients": some(clients.TABLE, client_id="web", client_secret=SECRET),
            "accounts": some(accounts.TABLE, username="alice"),
        },
    ),
    policy=st.dictionaries(st.sampled_from([*entries.POLICY]), VALUES, max_size=3),
)
def test_no_document_crashes_the_plan(
    sqlite_here: Desk, document: dict[str, Any], policy: dict[str, Any]
) -> None:
    tenants = [{"slug": "default", "policy": policy}]

    for candidate in (document, {**document, "tenants": tenants}):
        try:
            plan = sqlite_here.configurator.plan(candidate, sqlite_here.references, NOW)
        except Refused:
            continue
        assert plan.stamp > 0


def test_the_text_of_the_design_page_is_understood(here: Desk) -> None:
    plan = here.apply_text(
        """
        tenants: [{slug: default, policy: {profiles: [oauth21], registration: off}}]
        scopes: [{name: read, description: Read your data}]
        accounts:
          - {username: alice, claims: {birthdate: 1990-02-03, address: {country: NO}}}
        """
    )

    account = here.configurator.state().people.find_by_name("alice")
    assert len(plan.changes) == 3
    assert account is not None
    assert account.claims == {"birthdate": "1990-02-03", "address": {"country": "NO"}}
