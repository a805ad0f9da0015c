"""Webhooks, integrations and domains of a document."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authwell.identity.configuration.changes import Plan
from authwell.identity.configuration.differences import HIDDEN, differences
from authwell.identity.configuration.problems import Refused
from authwell.identity.configuration.references import References
from authwell.identity.integrations.credentials import IntegrationSecrets
from authwell.identity.webhooks.secrets import EndpointSecrets
from authwell.storage.audit.events import AuditLog
from authwell.storage.integrations import Integrations
from authwell.storage.tenancy.domains import verify_domain
from authwell.storage.webhooks.endpoints import Endpoints
from authwell.utils import standard_webhooks
from authwell.utils.foreign_json import DEEPEST
from authwell.utils.randomness import digest
from tests.identity.configuration.configuring import NOW, Desk, desk

URL = "https://192.0.2.44/hook"
WEBHOOK: dict[str, Any] = {"name": "crm", "url": URL, "event_types": ["account.deleted"]}
DEEP = orjson.loads("[" * DEEPEST + "]" * DEEPEST)
INTEGRATION: dict[str, Any] = {"name": "hr", "type": "custom", "config": {"floor": 2}}
DOMAIN: dict[str, Any] = {"domain": "acme.example", "use": "email"}
DOCUMENT = {"webhooks": [WEBHOOK], "integrations": [INTEGRATION], "domains": [DOMAIN]}
OTHER_KEY = "b3RoZXIta2V5LW90aGVyLWtleS1vdGhlci1rZXktMTI="
SECRETS = {
    "ONE": standard_webhooks.new_secret(),
    "TWO": standard_webhooks.new_secret(),
    "KEY": "k" * 32,
}
WITH_SECRETS = {
    "webhooks": [{**WEBHOOK, "secret": {"env": "ONE"}}],
    "integrations": [{**INTEGRATION, "secret": {"env": "ONE"}, "api_key": {"env": "KEY"}}],
}


@pytest.fixture
def here(database_url: str) -> Iterator[Desk]:
    made = desk(database_url, environ=SECRETS, OUTGOING_ALLOW="192.0.2.0/24")
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def sqlite_here(new_database: Any) -> Iterator[Desk]:
    made = desk(new_database("sqlite"), environ=SECRETS, OUTGOING_ALLOW="192.0.2.0/24")
    yield made
    made.database.close()


@pytest.fixture(scope="module")
def moved(new_database: Any) -> dict[str, Any]:
    """An export with secrets; the desk that it is applied to has none of it."""
    made = desk(new_database("sqlite"), environ=SECRETS, OUTGOING_ALLOW="192.0.2.0/24")
    exported = rotated_export(made)
    made.database.close()
    return exported


def tenant_id(here: Desk) -> str:
    return here.configurator.state().tenant.id


def keys(here: Desk, now: Any = NOW) -> tuple[bytes, ...]:
    endpoint = Endpoints(here.database).find_by_name(tenant_id(here), "crm")
    assert endpoint is not None
    return EndpointSecrets(here.configurator.rules.means.sealer).keys(endpoint, now)


def events(here: Desk) -> list[tuple[str, dict[str, Any]]]:
    """The last first."""
    found = AuditLog(here.database).list(tenant_id(here), NOW + timedelta(days=9), 50)
    return [(event.type, dict(event.data)) for event in found]


def made_by(plan: Plan) -> dict[str, dict[str, str]]:
    return {change.kind: dict(change.made) for change in plan.changes}


@pytest.mark.req("11.4", "J6")
def test_connections_are_made_once_with_secrets_that_are_told_once(here: Desk) -> None:
    stamp = here.configurator.state().stamp

    first = here.apply(DOCUMENT)
    again = here.apply(DOCUMENT)

    made = made_by(first)
    hr = Integrations(here.database).find_by_name(tenant_id(here), "hr")
    assert hr is not None
    assert [str(change) for change in first.changes] == [
        "+ webhook crm",
        "+ integration hr",
        "+ domain acme.example (email)",
    ]
    assert keys(here) == (standard_webhooks.key_of(made["webhook"]["secret"]),)
    assert hr.current.key_digest == digest(made["integration"]["api_key"])
    assert set(made["domain"]) == {"challenge"}
    assert again.changes == ()
    # No process keeps any of it.
    assert here.configurator.state().stamp == stamp
    told = [(kind, sorted(data)) for kind, data in events(here)]
    assert sorted(told) == [
        ("domain.added", ["domain", "use"]),
        ("integration.created", ["integration_id", "name"]),
        ("webhook.created", ["endpoint_id", "name"]),
    ]


def test_what_is_left_out_stays_and_what_differs_is_changed(here: Desk) -> None:
    here.apply(DOCUMENT)
    changed = {
        "webhooks": [{"name": "crm", "url": URL, "event_types": ["*"], "status": "disabled"}],
        "integrations": [{"name": "hr", "type": "custom", "description": "People"}],
    }

    plan = here.apply(changed, NOW + timedelta(minutes=1))
    left = here.apply({"webhooks": [WEBHOOK | {"event_types": ["*"]}]}, NOW)

    assert [str(change) for change in plan.changes] == [
        "~ webhook crm (event_types, status)",
        "~ integration hr (description)",
    ]
    assert left.changes == ()
    exported = here.configurator.export(NOW, with_secrets=False)
    assert exported["integrations"] == [
        {**INTEGRATION, "description": "People", "status": "active"}
    ]
    assert exported["webhooks"][0]["status"] == "disabled"
    names = {kind: data["members"] for kind, data in events(here) if kind.endswith(".updated")}
    assert names == {
        "webhook.updated": ["event_types", "status"],
        "integration.updated": ["description"],
    }


@pytest.mark.req("11.4", "J7")
def test_a_secret_by_reference_is_taken_and_another_one_is_a_rotation(here: Desk) -> None:
    first = here.apply(WITH_SECRETS)
    again = here.apply(WITH_SECRETS)
    environ = {"ONE": SECRETS["TWO"], "KEY": "l" * 32}
    references = References(environ, Path(), warn_of_plain=False)
    later = replace(here.author, now=NOW + timedelta(minutes=1))

    other = here.configurator.apply(WITH_SECRETS, references, later)

    old, new = (standard_webhooks.key_of(SECRETS[name]) for name in ("ONE", "TWO"))
    hr = Integrations(here.database).find_by_name(tenant_id(here), "hr")
    assert hr is not None
    assert hr.previous is not None
    assert made_by(first) == {"webhook": {}, "integration": {}}
    assert again.changes == ()
    assert [str(change) for change in other.changes] == [
        "~ webhook crm (secret)",
        "~ integration hr (secret, api_key)",
    ]
    assert keys(here, later.now) == (new, old)
    assert keys(here, later.now + timedelta(days=2)) == (new,)
    secrets = IntegrationSecrets(here.configurator.rules.means.sealer)
    assert secrets.signing_key(hr, hr.current) == new
    assert secrets.signing_key(hr, hr.previous) == old
    assert hr.previous_until == later.now + timedelta(days=1)
    assert {kind for kind, _ in events(here)[:2]} == {
        "webhook.secret_rotated",
        "integration.secret_regenerated",
    }


@pytest.mark.req("11.4")
def test_an_export_on_an_empty_database_is_the_same_and_has_no_secret(
    here: Desk, new_database: Any
) -> None:
    here.apply({**DOCUMENT, **WITH_SECRETS})
    exported = here.configurator.export(NOW, with_secrets=False)
    other = desk(new_database("sqlite"), OUTGOING_ALLOW="192.0.2.0/24")

    other.apply(json.loads(json.dumps(exported)))

    assert other.configurator.export(NOW, with_secrets=False) == exported
    assert "secret" not in json.dumps([exported["webhooks"], exported["integrations"]])
    assert exported["domains"] == [DOMAIN]
    other.database.close()


def rotated_export(here: Desk) -> dict[str, Any]:
    """Webhooks and integrations with secrets that were rotated just now."""
    here.apply(WITH_SECRETS)
    environ = {"ONE": SECRETS["TWO"], "KEY": "l" * 32}
    references = References(environ, Path(), warn_of_plain=False)
    here.configurator.apply(WITH_SECRETS, references, here.author)
    exported = here.configurator.export(NOW, with_secrets=True)
    return {name: exported[name] for name in ("webhooks", "integrations")}


@pytest.mark.req("11.4", "J7")
def test_secrets_move_with_an_export_that_does_not_show_them(here: Desk, new_database: Any) -> None:
    exported = rotated_export(here)
    other = desk(new_database("sqlite"), OUTGOING_ALLOW="192.0.2.0/24")

    first = other.apply(json.loads(json.dumps(exported)))
    again = [each.apply(exported) for each in (other, here)]

    old, new = (standard_webhooks.key_of(SECRETS[name]) for name in ("ONE", "TWO"))
    hr = Integrations(other.database).find_by_name(tenant_id(other), "hr")
    assert hr is not None
    assert made_by(first) == {"webhook": {}, "integration": {}}
    assert [plan.changes for plan in again] == [(), ()]
    assert keys(other) == (new, old)
    assert keys(other, NOW + timedelta(days=2)) == (new,)
    secrets = IntegrationSecrets(other.configurator.rules.means.sealer)
    assert hr.previous is not None
    assert hr.previous_until == NOW + timedelta(days=1)
    assert (hr.current.key_digest, hr.previous.key_digest) == (digest("l" * 32), digest("k" * 32))
    assert secrets.signing_key(hr, hr.current) == new
    assert secrets.signing_key(hr, hr.previous) == old
    assert other.configurator.export(NOW, with_secrets=True)["webhooks"] == exported["webhooks"]
    text = json.dumps(exported)
    assert not any(value.removeprefix("whsec_") in text for value in SECRETS.values())
    other.database.close()


@pytest.mark.req("J7")
def test_what_has_ended_moves_no_more_and_what_differs_is_set_as_written(here: Desk) -> None:
    exported = rotated_export(here)
    later = NOW + timedelta(days=2)
    here.apply({"webhooks": [{"name": "crm", "secret": SECRETS["ONE"]}]}, later)
    found = here.configurator.export(later, with_secrets=True)
    (crm,), (hr,) = found["webhooks"], found["integrations"]

    plan = here.apply(exported, later)

    new = standard_webhooks.key_of(SECRETS["TWO"])
    assert (len(crm["kept_secrets"]), len(hr["kept_secrets"])) == (2, 1)
    assert [str(change) for change in plan.changes] == ["~ webhook crm (secret)"]
    shown = [difference for change in plan.changes for difference in differences(change)]
    assert [(one.old, one.new) for one in shown] == [(HIDDEN, HIDDEN)]
    assert keys(here, later) == (new,)
    assert events(here)[0][0] == "webhook.secret_rotated"


def test_a_sealed_secret_opens_where_it_stands_and_by_its_key_alone(
    here: Desk, new_database: Any
) -> None:
    (crm,) = rotated_export(here)["webhooks"]
    other = desk(
        new_database("sqlite"), OUTGOING_ALLOW="192.0.2.0/24", KEY_ENCRYPTION_KEY=OTHER_KEY
    )

    for place, entry in ((here, {**crm, "name": "other"}), (other, crm)):
        with pytest.raises(Refused, match="was sealed under another KEY_ENCRYPTION_KEY"):
            place.apply({"webhooks": [entry]})

    assert other.configurator.state().connections.webhooks == {}
    other.database.close()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ([], "kept_secrets: must be a list"),
        ("whsec_", "kept_secrets: must be a list"),
        (lambda kept: kept * 2, "kept_secrets: must be a list"),
        (lambda kept: kept[::-1], "kept_secrets: must begin with the one in use"),
        (lambda kept: [kept[0], kept[0]], "kept_secrets: must begin with the one in use"),
        ([None], "kept_secrets[0]: must be a mapping"),
        ([{}], "kept_secrets[0]: must be a mapping"),
        (lambda kept: [{**kept[0], "more": 1}], "kept_secrets[0]: must be a mapping"),
        (lambda kept: [{**kept[0], "secret": "A"}], "kept_secrets[0].secret: was sealed"),
        (lambda kept: [{**kept[0], "secret": "é"}], "kept_secrets[0].secret: was sealed"),
        (lambda kept: [{**kept[0], "secret": 7}], "kept_secrets[0].secret: was sealed"),
        (lambda kept: [{**kept[0], "api_key": "AAAA"}], "kept_secrets[0].api_key: must be"),
        (lambda kept: [{**kept[0], "api_key": None}], "kept_secrets[0].api_key: must be"),
        (
            lambda kept: [kept[0], {**kept[1], "expires_at": "soon"}],
            "kept_secrets[1].expires_at: must be a time",
        ),
    ],
)
def test_kept_secrets_that_do_not_fit_are_refused(
    sqlite_here: Desk, moved: dict[str, Any], change: Any, problem: str
) -> None:
    (hr,) = moved["integrations"]
    kept = change(hr["kept_secrets"]) if callable(change) else change

    with pytest.raises(Refused) as refused:
        sqlite_here.apply({"integrations": [{**hr, "kept_secrets": kept}]})

    assert f"integrations[0].{problem}" in str(refused.value)
    assert len(refused.value.problems) == 1


@settings(
    max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda of: (
            st.lists(of, max_size=2)
            | st.dictionaries(st.sampled_from(["secret", "api_key", "expires_at"]), of)
        ),
    )
)
def test_any_kept_secrets_are_refused_but_never_crash(sqlite_here: Desk, value: Any) -> None:
    document = {"integrations": [{**INTEGRATION, "kept_secrets": value}]}
    if value is None:
        return

    with pytest.raises(Refused):
        sqlite_here.configurator.plan(document, sqlite_here.references, NOW)


def test_a_secret_stands_once(sqlite_here: Desk, moved: dict[str, Any]) -> None:
    (crm,) = moved["webhooks"]

    with pytest.raises(Refused, match="kept_secrets: stands beside secret"):
        sqlite_here.apply({"webhooks": [{**crm, "secret": SECRETS["ONE"]}]})


@pytest.mark.parametrize(
    ("section", "entry", "problem"),
    [
        ("webhooks", {**WEBHOOK, "url": "https://10.0.0.1/"}, "webhooks[0].url: must be an https"),
        ("webhooks", {"name": "x"}, "webhooks[0].url: must be a URL"),
        ("webhooks", {"url": URL}, "webhooks[0].name: is missing"),
        ("webhooks", {**WEBHOOK, "event_types": ["x"]}, "webhooks[0].event_types: 'x' is no"),
        ("webhooks", {**WEBHOOK, "event_types": [{}]}, "webhooks[0].event_types: must"),
        ("webhooks", {**WEBHOOK, "secret": "short"}, "webhooks[0].secret: must be whsec_"),
        ("webhooks", {**WEBHOOK, "secret": ""}, "webhooks[0].secret: must be whsec_"),
        ("webhooks", {**WEBHOOK, "secret": {"env": "NONE"}}, "webhooks[0].secret: the variable"),
        ("webhooks", {**WEBHOOK, "name": "a\0"}, "webhooks[0].name"),
        ("webhooks", {**WEBHOOK, "status": []}, "webhooks[0].status: must be one of"),
        ("integrations", {"name": "hr"}, "integrations[0].type: must be one of"),
        (
            "integrations",
            {**INTEGRATION, "api_key": "short"},
            "integrations[0].api_key: must be 32",
        ),
        ("integrations", {**INTEGRATION, "secret": "s"}, "integrations[0].secret: must be whsec_"),
        ("integrations", {**INTEGRATION, "config": {"x": "y" * 5000}}, "at most 4096 bytes"),
        ("integrations", {**INTEGRATION, "config": {"x": b"y"}}, "must be what JSON can say"),
        ("integrations", {**INTEGRATION, "config": {"x": "\0"}}, "U+0000"),
        ("integrations", {**INTEGRATION, "config": {"x": DEEP}}, "nested too deep"),
        ("integrations", {**INTEGRATION, "description": "a\nb"}, "control characters"),
        ("domains", {**DOMAIN, "domain": "no domain"}, "domains[0].domain: is not a"),
        ("domains", {**DOMAIN, "use": "web"}, "domains[0].use"),
        ("domains", {"domain": "acme.example"}, "domains[0].use: is missing"),
    ],
)
def test_what_does_not_fit_is_refused_by_member(
    sqlite_here: Desk, section: str, entry: dict[str, Any], problem: str
) -> None:
    with pytest.raises(Refused) as refused:
        sqlite_here.apply({section: [entry]})

    assert problem in str(refused.value)
    assert len(refused.value.problems) == 1


@pytest.mark.parametrize(
    ("section", "entry", "most"), [("webhooks", WEBHOOK, 20), ("integrations", INTEGRATION, 100)]
)
def test_a_document_stays_below_what_a_tenant_may_have(
    sqlite_here: Desk, section: str, entry: dict[str, Any], most: int
) -> None:
    many = [{**entry, "name": f"number-{number}"} for number in range(most + 1)]

    with pytest.raises(Refused, match=f"at most {most}"):
        sqlite_here.apply({section: many})


def test_six_characters_that_look_like_a_zero_are_kept(here: Desk) -> None:
    looks_like_zero = {"pattern": r"\u0000"}

    here.apply({"integrations": [{**INTEGRATION, "config": looks_like_zero}]})

    hr = Integrations(here.database).find_by_name(tenant_id(here), "hr")
    assert hr is not None
    assert hr.config == looks_like_zero


def test_an_integration_keeps_its_type(here: Desk) -> None:
    here.apply(DOCUMENT)

    with pytest.raises(Refused, match="is custom and stays so"):
        here.apply({"integrations": [{**INTEGRATION, "type": "oauth2"}]})


def test_a_domain_that_was_shown_stays_shown(here: Desk) -> None:
    here.apply(DOCUMENT)
    ((_, record),) = here.configurator.state().connections.domains.items()
    with here.database.transaction() as transaction:
        verify_domain(transaction, record.tenant_id, record.id, NOW)

    again = here.apply({"domains": [{**DOMAIN, "domain": "ACME.example."}]})

    ((_, left),) = here.configurator.state().connections.domains.items()
    assert again.changes == ()
    assert left.verified_at == NOW
