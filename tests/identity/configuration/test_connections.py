"""Webhooks, integrations and domains of a document."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from authwell.identity.configuration.changes import Plan
from authwell.identity.configuration.problems import Refused
from authwell.identity.configuration.references import References
from authwell.identity.integrations.credentials import IntegrationSecrets
from authwell.identity.webhooks.secrets import EndpointSecrets
from authwell.storage.audit import AuditLog
from authwell.storage.domains import verify_domain
from authwell.storage.integrations import Integrations
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
    exported = here.configurator.export(NOW, with_secrets=True)
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
    exported = here.configurator.export(NOW, with_secrets=True)
    other = desk(new_database("sqlite"), OUTGOING_ALLOW="192.0.2.0/24")

    other.apply(json.loads(json.dumps(exported)))

    assert other.configurator.export(NOW, with_secrets=True) == exported
    assert "secret" not in json.dumps([exported["webhooks"], exported["integrations"]])
    assert exported["domains"] == [DOMAIN]
    other.database.close()


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
