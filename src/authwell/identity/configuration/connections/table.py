"""The kinds of connections: how each is planned, written and exported."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.changes import Change, Kind
from authwell.identity.configuration.connections import domains, integrations, webhooks
from authwell.identity.configuration.connections.kept import Export
from authwell.identity.configuration.connections.means import Planning
from authwell.identity.configuration.connections.stored import StoredConnections
from authwell.identity.configuration.entries import Entries
from authwell.storage.database import Transaction
from authwell.storage.tenancy.domains import Domains

WRITERS: Final[Mapping[Kind, Callable[[Transaction, Change, Author], None]]] = {
    "webhook": webhooks.write,
    "integration": integrations.write,
    "domain": domains.write,
}


def plan_connections(
    entries: Entries, stored: StoredConnections, planning: Planning
) -> list[Change]:
    """What makes webhooks, integrations and domains as declared."""
    changes = list[Change]()
    if entries.webhooks:
        changes += webhooks.plan(entries.webhooks, stored.webhooks, planning)
    if entries.integrations:
        changes += integrations.plan(entries.integrations, stored.integrations, planning)
    if entries.domains:
        owners = Domains(stored.database)
        changes += domains.plan(entries.domains, stored.domains, owners, planning)
    return changes


def exported(stored: StoredConnections, made_by: Export | None) -> dict[str, list[dict[str, Any]]]:
    """The sections of a document; without secrets if nothing is there to seal them."""
    return {
        "webhooks": webhooks.exported(stored.webhooks, made_by),
        "integrations": integrations.exported(stored.integrations, made_by),
        "domains": domains.exported(stored.domains),
    }
