"""Domains: a tenant names one, puts a record or a file there, and has shown that it is its own.

The record is a TXT record of a name below the domain. The file is fetched by the one outgoing
client, so a domain that leads into our network is not looked at (THREATS.md WH-01). Until it is
verified a domain has no effect at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from authwell.config.settings import Settings
from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.problems import NotFound
from authwell.identity.domains.names import domain_of, read_domain
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.audit.events import add_event
from authwell.storage.database import Database
from authwell.storage.errors import Conflict
from authwell.storage.tenancy.domains import (
    DomainRecord,
    Domains,
    Owner,
    Use,
    add_domain,
    delete_domain,
    verify_domain,
)
from authwell.utils.fetches import Fetches
from authwell.utils.logs import get_logger
from authwell.utils.outgoing import Limits, OutgoingError
from authwell.utils.randomness import new_id, new_secret
from authwell.utils.text_records import TextRecords
from authwell.utils.urls import host_of

PATH: Final = "/.well-known/authwell-domain"
LABEL: Final = "_authwell-challenge"
"""Below the domain, of the name that has the record (RFC 8552 section 1.1)."""
LIMITS: Final = Limits(seconds=3.0, bytes=4096)
MOST: Final = 100
"""Domains of a tenant."""

_KIND: Final = "domain"
_log = get_logger(__name__)


class DomainNotShown(Exception):
    """Neither record nor file is there, or they do not say what they must."""


class DomainTaken(Exception):
    """The tenant has it already, or another one has shown that it is theirs."""


class TooManyDomains(Exception):
    """The tenant has as many as it may."""


@dataclass(frozen=True, slots=True)
class TenantDomains:
    """Keeps and verifies the domains of tenants."""

    database: Database
    settings: Settings
    fetches: Fetches
    records: TextRecords

    def add(self, tenant_id: str, domain: str, use: Use, author: Author) -> DomainRecord:
        """Name a domain; it counts once it was verified.

        Raises:
            InvalidDomain: it is none.
            DomainTaken: as it says.
            TooManyDomains: as it says.
        """
        name = read_domain(domain, use, is_development=self.settings.is_development)
        if len(Domains(self.database).list(tenant_id, limit=MOST)) >= MOST:
            raise TooManyDomains
        if self.owner(name, use) is not None:
            raise DomainTaken
        record = new_domain(tenant_id, name, use, author.now)
        try:
            with self.database.transaction() as transaction:
                add_domain(transaction, record)
                add_event(transaction, event_of(EventType.DOMAIN_ADDED, record, author))
        except Conflict as conflict:
            raise DomainTaken from conflict
        return record

    def verify(self, tenant_id: str, domain_id: str, author: Author) -> DomainRecord:
        """Look for the record, then for the file; never call this with a lock held.

        Raises:
            NotFound: the tenant has none of this id.
            DomainNotShown: neither says it.
            DomainTaken: another tenant has shown it.
        """
        record = Domains(self.database).find(tenant_id, domain_id)
        if record is None:
            raise NotFound(_KIND, domain_id)
        way = self._way_shown(record)
        if way is None:
            Domains(self.database).note_check(record, author.now)
            raise DomainNotShown
        try:
            with self.database.transaction() as transaction:
                verified = verify_domain(transaction, tenant_id, domain_id, author.now)
                if verified is None:
                    raise NotFound(_KIND, domain_id)
                event = event_of(EventType.DOMAIN_VERIFIED, verified, author, way=way)
                add_event(transaction, event)
        except Conflict as conflict:
            raise DomainTaken from conflict
        return verified

    def remove(self, tenant_id: str, domain_id: str, author: Author) -> None:
        """Forget a domain; whoever shows it next has it.

        Raises:
            NotFound: the tenant has none of this id.
            DomainInUse: the tenant is found at it.
        """
        with self.database.transaction() as transaction:
            record = delete_domain(transaction, tenant_id, domain_id, author.now)
            if record is None:
                raise NotFound(_KIND, domain_id)
            add_event(transaction, event_of(EventType.DOMAIN_REMOVED, record, author))

    def owner(self, domain: str, use: Use) -> Owner | None:
        """The active tenant that has shown that a domain is its own."""
        return Domains(self.database).owner(domain, use)

    def owner_of_address(self, email: str) -> Owner | None:
        """The tenant whose people have such addresses; who has an account shows nowhere."""
        domain = domain_of(email)
        return None if domain is None else self.owner(domain, "email")

    def _way_shown(self, record: DomainRecord) -> str | None:
        """How the domain shows the challenge: by `dns` or `file`; None if it does not."""
        try:
            if record.challenge in self._texts(record):
                return "dns"
            return "file" if record.challenge in self._lines(record) else None
        except OutgoingError as error:
            # What the call met is for our log: it would describe our network to a stranger.
            _log.info("domain.unreachable", domain=record.domain, reason=str(error))
            return None

    def _texts(self, record: DomainRecord) -> Sequence[str]:
        name = record_name(record)
        try:
            with self.fetches.turn(f"https://{host_of(record.domain)}"):
                return self.records.find(name)
        except LookupError as error:
            _log.info("domain.no_record", domain=record.domain, reason=str(error))
            return ()

    def _lines(self, record: DomainRecord) -> Sequence[str]:
        answer = self.fetches.get(file_url(record), "text/plain", LIMITS)
        return answer.body.decode("utf-8", "replace").split() if answer.status == 200 else ()


def record_name(record: DomainRecord) -> str:
    """The name whose TXT record may have the challenge."""
    return f"{LABEL}.{host_of(record.domain)}"


def file_url(record: DomainRecord) -> str:
    """Where the file is that may have it as a line."""
    return f"https://{record.domain}{PATH}"


def new_domain(tenant_id: str, domain: str, use: Use, now: datetime) -> DomainRecord:
    """A domain that is not kept yet, nor shown."""
    return DomainRecord(
        id=new_id(now),
        tenant_id=tenant_id,
        domain=domain,
        use=use,
        challenge=new_secret("domain"),
        created_at=now,
    )


def event_of(kind: EventType, record: DomainRecord, author: Author, **more: str) -> Event:
    """The audit event of what somebody did with a domain."""
    data = {"domain": record.domain, "use": record.use, **more}
    return author.event(kind, record.tenant_id, data)
