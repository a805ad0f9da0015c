"""Webhooks of a document: endpoints by name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from authwell.identity.configuration import members
from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.changes import Change, differing
from authwell.identity.configuration.connections.kept import Export, Kept, read_kept
from authwell.identity.configuration.connections.means import KEPT, Planning, as_it_is
from authwell.identity.configuration.entry import Entry
from authwell.identity.webhooks.drafts import BadEndpoint, Draft, read_draft
from authwell.identity.webhooks.secrets import OVERLAP, EndpointSecrets
from authwell.identity.webhooks.service import (
    MOST,
    drafted,
    event_of,
    members_of,
    new_endpoint,
)
from authwell.protocol.clients.readers import text, texts
from authwell.protocol.events import EventType
from authwell.storage.audit.events import add_event
from authwell.storage.database import Transaction
from authwell.storage.errors import Conflict
from authwell.storage.webhooks.endpoints import (
    ALL_TYPES,
    Endpoint,
    Secrets,
    add_endpoint,
    change_endpoint,
)
from authwell.utils import standard_webhooks
from authwell.utils.sealing import CannotOpen

SECTION: Final = "webhooks"
TABLE: Final[members.Table] = {
    "name": text,
    "url": text,
    "event_types": texts,
    "description": as_it_is,
    "status": as_it_is,
    "secret": as_it_is,
    KEPT: as_it_is,
}
_NEW: Final[Mapping[str, Any]] = {
    "event_types": [ALL_TYPES],
    "description": "",
    "status": "active",
}


def plan(
    entries: Iterable[Entry], stored: Mapping[str, Endpoint], planning: Planning
) -> list[Change]:
    """What makes endpoints as declared."""
    changes = [_plan_one(entry, stored.get(entry.key), planning) for entry in entries]
    return planning.within(SECTION, changes, len(stored), MOST)


def write(transaction: Transaction, change: Change, author: Author) -> None:
    """Write one endpoint with its events.

    Raises:
        Conflict: it is not as it was planned by, or there are too many now.
    """
    endpoint: Endpoint = change.values["endpoint"]
    if change.action == "create":
        event = event_of(EventType.WEBHOOK_CREATED, endpoint, author, name=endpoint.name)
        is_written = add_endpoint(transaction, endpoint, MOST, event)
    else:
        first, *others = _events(change, endpoint, author)
        is_written = change_endpoint(transaction, endpoint, change.values["before"], first)
        for event in others:
            add_event(transaction, event)
    if not is_written:
        raise Conflict("webhook_endpoints")


def exported(stored: Mapping[str, Endpoint], made_by: Export | None) -> list[dict[str, Any]]:
    """The section of a document."""
    return [members_of(each) | _exported(each, made_by) for each in stored.values()]


def _exported(endpoint: Endpoint, made_by: Export | None) -> dict[str, Any]:
    if made_by is None:
        return {}
    kept = _kept(EndpointSecrets(made_by.sealer), endpoint, made_by.now)
    return made_by.member(SECTION, endpoint.name, kept)


def _kept(secrets: EndpointSecrets, endpoint: Endpoint, now: datetime) -> tuple[Kept, ...]:
    """The secrets that are good now; none if the key that sealed them is gone."""
    ends = (None, endpoint.secrets.previous_until)
    try:
        opened = secrets.opened(endpoint, now)
    except CannotOpen:
        return ()
    return tuple(
        Kept(secret, expires_at=until) for secret, until in zip(opened, ends, strict=False)
    )


def _events(change: Change, endpoint: Endpoint, author: Author) -> list[Any]:
    names = [name for name in change.members if name != "secret"]
    events = []
    if names:
        events.append(event_of(EventType.WEBHOOK_UPDATED, endpoint, author, members=names))
    if "secret" in change.members:
        events.append(event_of(EventType.WEBHOOK_SECRET_ROTATED, endpoint, author))
    return events


def _plan_one(entry: Entry, known: Endpoint | None, planning: Planning) -> Change | None:
    values = {name: value for name, value in entry.values.items() if name not in (KEPT, "secret")}
    declared = read_kept(entry, SECTION, planning, has_key=False)
    if not planning.has_fit_secret(entry) or planning.findings.has_below(entry.path):
        return None
    before = _NEW if known is None else members_of(known)
    after = {**before, "name": entry.key, **values}
    after["event_types"] = sorted(set(after["event_types"]))
    changed = () if known is None else differing(before, after)
    secrets = None if known is None else _secrets(known, entry, declared, planning)
    if known is not None and not changed and secrets is None:
        return None
    try:
        draft = read_draft(after, planning.means.outgoing)
    except BadEndpoint as error:
        planning.refuse(entry.path, error.problems)
        return None
    if known is None:
        return _creation(draft, entry, declared, after, planning)
    endpoint = drafted(known, draft, planning.now)
    return Change(
        "webhook",
        "update",
        entry.key,
        changed if secrets is None else (*changed, "secret"),
        {
            "endpoint": replace(endpoint, secrets=secrets or known.secrets),
            "before": known.updated_at,
        },
        before=before,
        after=after,
    )


def _secrets(
    known: Endpoint, entry: Entry, declared: Sequence[Kept] | None, planning: Planning
) -> Secrets | None:
    """The secrets with the declared one; None if that is the endpoint's, or none is declared."""
    secret, kept = entry.values.get("secret"), EndpointSecrets(planning.means.sealer)
    if declared is not None and declared != _kept(kept, known, planning.now):
        return _of_export(kept, known, declared)
    if secret is None or kept.is_current(known, secret):
        return None
    return kept.rotated(known, secret, planning.now, OVERLAP)


def _of_export(secrets: EndpointSecrets, endpoint: Endpoint, kept: Sequence[Kept]) -> Secrets:
    current, *before = [
        secrets.sealed(endpoint.tenant_id, endpoint.id, each.secret) for each in kept
    ]
    return Secrets(current, before[0] if before else None, kept[-1].expires_at)


def _creation(
    draft: Draft,
    entry: Entry,
    declared: Sequence[Kept] | None,
    after: Mapping[str, Any],
    planning: Planning,
) -> Change:
    secret = entry.values.get("secret")
    made = {} if secret is not None else {"secret": standard_webhooks.new_secret()}
    secrets = EndpointSecrets(planning.means.sealer)
    given = secret or made["secret"]
    endpoint = new_endpoint(secrets, planning.tenant_id, draft, given, planning.now)
    if declared:
        endpoint, made = replace(endpoint, secrets=_of_export(secrets, endpoint, declared)), {}
    values = {"endpoint": endpoint}
    return Change("webhook", "create", draft.name, values=values, after=after, made=made)
