"""Domains of a document: named, not proved. Each has no effect until it was verified."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from authwell.identity.configuration import members
from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.changes import Change
from authwell.identity.configuration.connections.means import Planning
from authwell.identity.configuration.entry import Entry
from authwell.identity.configuration.problems import Findings, join
from authwell.identity.domains.names import InvalidDomain, read_domain
from authwell.identity.domains.service import MOST, event_of, new_domain
from authwell.protocol.clients.readers import one_of, text
from authwell.protocol.events import EventType
from authwell.storage.audit.events import add_event
from authwell.storage.database import Transaction
from authwell.storage.tenancy.domains import DomainRecord, Domains, Use, add_domain

TABLE: Final[members.Table] = {"domain": text, "use": one_of("email", "host")}

Key = tuple[str, Use]


def read(entry: Mapping[str, Any], path: str, findings: Findings) -> Entry | None:
    """An entry; None if it is not even clear which domain it is about."""
    values = members.read(entry, TABLE, path, findings)
    found = [members.require(values, entry, name, path, findings) for name in TABLE]
    return Entry(path, _shown(values["domain"], values["use"]), values) if all(found) else None


def plan(
    entries: Sequence[Entry],
    stored: Mapping[Key, DomainRecord],
    domains: Domains,
    planning: Planning,
) -> list[Change]:
    """What names the domains that are declared and not named yet."""
    changes = dict[Key, Change]()
    for entry in entries:
        use: Use = entry.values["use"]
        try:
            is_development = planning.means.is_development
            name = read_domain(entry.values["domain"], use, is_development=is_development)
        except InvalidDomain as error:
            planning.findings.refuse(join(entry.path, "domain"), f"is {error}")
            continue
        if (name, use) in stored:
            continue
        if domains.owner(name, use) is not None:
            text = "is another tenant's, which has shown it"
            planning.findings.refuse(join(entry.path, "domain"), text)
            continue
        changes[name, use] = _creation(name, use, planning)
    return planning.within("domains", changes.values(), len(stored), MOST)


def write(transaction: Transaction, change: Change, author: Author) -> None:
    """Keep a new domain with its event.

    Raises:
        Conflict: it was named meanwhile.
    """
    record: DomainRecord = change.values["record"]
    add_domain(transaction, record)
    add_event(transaction, event_of(EventType.DOMAIN_ADDED, record, author))


def exported(stored: Mapping[Key, DomainRecord]) -> list[dict[str, Any]]:
    """The section of a document; who has shown what is not part of it."""
    return [{"domain": domain, "use": use} for domain, use in stored]


def _creation(name: str, use: Use, planning: Planning) -> Change:
    record = new_domain(planning.tenant_id, name, use, planning.now)
    after = {"domain": name, "use": use}
    made = {"challenge": record.challenge}
    values = {"record": record}
    return Change("domain", "create", _shown(name, use), values=values, after=after, made=made)


def _shown(domain: str, use: str) -> str:
    return f"{domain} ({use})"
