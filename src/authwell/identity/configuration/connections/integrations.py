"""Integrations of a document, by name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

import orjson

from authwell.identity.configuration import members
from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.changes import Change, differing
from authwell.identity.configuration.connections.kept import Export, Kept, read_kept
from authwell.identity.configuration.connections.means import KEPT, SECRETS, Planning, as_it_is
from authwell.identity.configuration.entry import Entry
from authwell.identity.integrations.credentials import OVERLAP, IntegrationSecrets, new_api_key
from authwell.identity.integrations.drafts import BadIntegration, check_members
from authwell.identity.integrations.service import (
    MOST,
    event_of,
    members_of,
    new_integration,
    regenerated,
)
from authwell.protocol.clients.readers import text
from authwell.protocol.events import EventType
from authwell.storage.audit.events import add_event
from authwell.storage.database import Transaction
from authwell.storage.errors import Conflict
from authwell.storage.integrations import (
    Credentials,
    Integration,
    add_integration,
    change_integration,
)
from authwell.utils import standard_webhooks
from authwell.utils.randomness import digest
from authwell.utils.sealing import CannotOpen

SECTION: Final = "integrations"
TABLE: Final[members.Table] = {
    "name": text,
    "type": text,
    "description": as_it_is,
    "config": members.mapping,
    "status": as_it_is,
    "secret": as_it_is,
    "api_key": as_it_is,
    KEPT: as_it_is,
}
LEAST_KEY: Final = 32
MOST_KEY: Final = 255

_NEW: Final[Mapping[str, Any]] = {
    "type": None,
    "description": "",
    "config": {},
    "status": "active",
}


def plan(
    entries: Iterable[Entry], stored: Mapping[str, Integration], planning: Planning
) -> list[Change]:
    """What makes integrations as declared."""
    changes = [_plan_one(entry, stored.get(entry.key), planning) for entry in entries]
    return planning.within(SECTION, changes, len(stored), MOST)


def write(transaction: Transaction, change: Change, author: Author) -> None:
    """Write one integration with its events.

    Raises:
        Conflict: it is not as it was planned by, or there are too many now.
    """
    integration: Integration = change.values["integration"]
    if change.action == "create":
        name = integration.name
        event = event_of(EventType.INTEGRATION_CREATED, integration, author, name=name)
        is_written = add_integration(transaction, integration, MOST, event)
    else:
        first, *others = _events(change, integration, author)
        is_written = change_integration(transaction, integration, change.values["before"], first)
        for event in others:
            add_event(transaction, event)
    if not is_written:
        raise Conflict("integrations")


def exported(stored: Mapping[str, Integration], made_by: Export | None) -> list[dict[str, Any]]:
    """The section of a document."""
    return [members_of(each) | _exported(each, made_by) for each in stored.values()]


def _exported(integration: Integration, made_by: Export | None) -> dict[str, Any]:
    if made_by is None:
        return {}
    kept = _kept(IntegrationSecrets(made_by.sealer), integration, made_by.now)
    return made_by.member(SECTION, integration.name, kept)


def _kept(secrets: IntegrationSecrets, integration: Integration, now: datetime) -> tuple[Kept, ...]:
    """Key and secret that are good now; none if what sealed the secret is gone."""
    good: list[tuple[Credentials, datetime | None]] = [(integration.current, None)]
    until = integration.previous_until
    if integration.previous is not None and until is not None and until > now:
        good.append((integration.previous, until))
    try:
        return tuple(
            Kept(secrets.opened(integration, each), each.key_digest, ends) for each, ends in good
        )
    except CannotOpen:
        return ()


def _events(change: Change, integration: Integration, author: Author) -> list[Any]:
    names = [name for name in change.members if name not in SECRETS]
    events = []
    if names:
        kind = EventType.INTEGRATION_UPDATED
        events.append(event_of(kind, integration, author, members=names))
    if len(names) < len(change.members):
        kind = EventType.INTEGRATION_SECRET_REGENERATED
        events.append(event_of(kind, integration, author))
    return events


def _plan_one(entry: Entry, known: Integration | None, planning: Planning) -> Change | None:
    declared = read_kept(entry, SECTION, planning, has_key=True)
    if not _are_fit(entry, planning) or planning.findings.has_below(entry.path):
        return None
    values = {n: value for n, value in entry.values.items() if n not in (*SECRETS, KEPT)}
    before = _NEW if known is None else members_of(known)
    after = {**before, "name": entry.key, **values}
    if known is not None and after["type"] != known.type:
        text = f"is {known.type} and stays so; delete the integration to change it"
        planning.refuse(entry.path, {"type": text})
        return None
    try:
        check_members(after)
    except BadIntegration as error:
        planning.refuse(entry.path, error.problems)
        return None
    # As it is read again: what only YAML tells apart is the same.
    after["config"] = orjson.loads(orjson.dumps(after["config"]))
    if known is None:
        return _creation(entry, declared, after, planning)
    return _change(entry, known, declared, after, planning)


def _are_fit(entry: Entry, planning: Planning) -> bool:
    is_fit, api_key = planning.has_fit_secret(entry), entry.values.get("api_key")
    if api_key is None or _is_key(api_key):
        return is_fit
    text = f"must be {LEAST_KEY} to {MOST_KEY} visible characters of ASCII"
    planning.refuse(entry.path, {"api_key": text})
    return False


def _is_key(value: str) -> bool:
    is_visible = value.isascii() and value.isprintable() and " " not in value
    return is_visible and LEAST_KEY <= len(value) <= MOST_KEY


def _change(
    entry: Entry,
    known: Integration,
    declared: Sequence[Kept] | None,
    after: Mapping[str, Any],
    planning: Planning,
) -> Change | None:
    before = members_of(known)
    changed = differing(before, after)
    integration = replace(known, **after, updated_at=planning.now)
    secrets = IntegrationSecrets(planning.means.sealer)
    renewed, credentials = _renewed(entry, known, planning)
    if declared is not None and declared != _kept(secrets, known, planning.now):
        integration, renewed = _of_export(secrets, integration, declared), SECRETS
    elif renewed:
        integration = regenerated(integration, credentials, planning.now, OVERLAP)
    if not changed and not renewed:
        return None
    values = {"integration": integration, "before": known.updated_at}
    names = (*changed, *renewed)
    return Change("integration", "update", entry.key, names, values, before=before, after=after)


def _renewed(
    entry: Entry, known: Integration, planning: Planning
) -> tuple[tuple[str, ...], Credentials]:
    """Which of key and secret are others than those that the integration has, and both then."""
    secrets = IntegrationSecrets(planning.means.sealer)
    secret, api_key = (entry.values.get(name) for name in SECRETS)
    current, renewed = known.current, list[str]()
    if secret is not None and not secrets.is_current(known, secret):
        renewed.append("secret")
        current = replace(current, secret=secrets.sealed(known.tenant_id, known.id, secret))
    if api_key is not None and digest(api_key) != current.key_digest:
        renewed.append("api_key")
        current = replace(current, key_digest=digest(api_key))
    return tuple(renewed), current


def _of_export(
    secrets: IntegrationSecrets, integration: Integration, kept: Sequence[Kept]
) -> Integration:
    current, *before = [_credentials(secrets, integration, each) for each in kept]
    previous, until = (before[0] if before else None), kept[-1].expires_at
    return replace(integration, current=current, previous=previous, previous_until=until)


def _credentials(secrets: IntegrationSecrets, integration: Integration, kept: Kept) -> Credentials:
    sealed = secrets.sealed(integration.tenant_id, integration.id, kept.secret)
    return Credentials(kept.key_digest or b"", sealed)


def _creation(
    entry: Entry, declared: Sequence[Kept] | None, after: Mapping[str, Any], planning: Planning
) -> Change:
    secret, api_key = (entry.values.get(name) for name in SECRETS)
    made = {} if secret is not None else {"secret": standard_webhooks.new_secret()}
    made |= {} if api_key is not None else {"api_key": new_api_key()}
    secrets = IntegrationSecrets(planning.means.sealer)
    integration = new_integration(
        secrets,
        planning.tenant_id,
        after,
        (api_key or made["api_key"], secret or made["secret"]),
        planning.now,
    )
    if declared:
        integration, made = _of_export(secrets, integration, declared), {}
    values = {"integration": integration}
    return Change("integration", "create", entry.key, values=values, after=after, made=made)
