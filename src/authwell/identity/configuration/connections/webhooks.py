"""Webhooks of a document: endpoints by name."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final

from authwell.identity.configuration import members
from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.changes import Change, differing
from authwell.identity.configuration.connections.means import Planning, as_it_is
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
from authwell.storage.audit import add_event
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

TABLE: Final[members.Table] = {
    "name": text,
    "url": text,
    "event_types": texts,
    "description": as_it_is,
    "status": as_it_is,
    "secret": as_it_is,
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
    return planning.within("webhooks", changes, len(stored), MOST)


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


def exported(stored: Mapping[str, Endpoint]) -> list[dict[str, Any]]:
    """The section of a document."""
    return [members_of(endpoint) for endpoint in stored.values()]


def _events(change: Change, endpoint: Endpoint, author: Author) -> list[Any]:
    names = [name for name in change.members if name != "secret"]
    events = []
    if names:
        events.append(event_of(EventType.WEBHOOK_UPDATED, endpoint, author, members=names))
    if "secret" in change.members:
        events.append(event_of(EventType.WEBHOOK_SECRET_ROTATED, endpoint, author))
    return events


def _plan_one(entry: Entry, known: Endpoint | None, planning: Planning) -> Change | None:
    values = {name: value for name, value in entry.values.items() if name != "secret"}
    secret = entry.values.get("secret")
    if not planning.has_fit_secret(entry) or planning.findings.has_below(entry.path):
        return None
    before = _NEW if known is None else members_of(known)
    after = {**before, "name": entry.key, **values}
    after["event_types"] = sorted(set(after["event_types"]))
    changed = () if known is None else differing(before, after)
    secrets = None if known is None else _secrets(known, secret, planning)
    if known is not None and not changed and secrets is None:
        return None
    try:
        draft = read_draft(after, planning.means.outgoing)
    except BadEndpoint as error:
        planning.refuse(entry.path, error.problems)
        return None
    if known is None:
        return _creation(draft, secret, after, planning)
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


def _secrets(known: Endpoint, secret: str | None, planning: Planning) -> Secrets | None:
    """The secrets with the declared one; None if that is the endpoint's, or none is declared."""
    if secret is None:
        return None
    kept = EndpointSecrets(planning.means.sealer)
    if kept.is_current(known, secret):
        return None
    return kept.rotated(known, secret, planning.now, OVERLAP)


def _creation(
    draft: Draft, secret: str | None, after: Mapping[str, Any], planning: Planning
) -> Change:
    made = {} if secret is not None else {"secret": standard_webhooks.new_secret()}
    secrets = EndpointSecrets(planning.means.sealer)
    given = secret or made["secret"]
    endpoint = new_endpoint(secrets, planning.tenant_id, draft, given, planning.now)
    values = {"endpoint": endpoint}
    return Change("webhook", "create", draft.name, values=values, after=after, made=made)
