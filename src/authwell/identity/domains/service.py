"""Domains: a tenant names one, puts a file there, and has shown that it is its own.

The file is fetched by the one outgoing client, so a domain that leads into our network is not
looked at (THREATS.md WH-01). Until it is verified a domain has no effect at all.
"""

from dataclasses import dataclass
from typing import Any, Final

from authwell.config.settings import Settings
from authwell.identity.configuration.problems import NotFound
from authwell.identity.configuration.writing import Author
from authwell.identity.domains.names import domain_of, read_domain
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.audit import add_event
from authwell.storage.database import Database
from authwell.storage.domains import (
    DomainRecord,
    Domains,
    Owner,
    Use,
    add_domain,
    delete_domain,
    verify_domain,
)
from authwell.storage.errors import Conflict
from authwell.utils.fetches import Fetches
from authwell.utils.logs import get_logger
from authwell.utils.outgoing import Limits, OutgoingError
from authwell.utils.randomness import new_id, new_secret

PATH: Final = "/.well-known/authwell-domain"
LIMITS: Final = Limits(seconds=3.0, bytes=4096)
MOST: Final = 100
"""Domains of a tenant."""

_KIND: Final = "domain"
_log = get_logger(__name__)


class DomainNotShown(Exception):
    """The file is not there, or does not say what it must."""


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
        record = DomainRecord(
            id=new_id(author.now),
            tenant_id=tenant_id,
            domain=name,
            use=use,
            challenge=new_secret("domain"),
            created_at=author.now,
        )
        try:
            with self.database.transaction() as transaction:
                add_domain(transaction, record)
                add_event(transaction, _event(EventType.DOMAIN_ADDED, record, author))
        except Conflict as conflict:
            raise DomainTaken from conflict
        return record

    def verify(self, tenant_id: str, domain_id: str, author: Author) -> DomainRecord:
        """Look for the file; never call this with a lock held.

        Raises:
            NotFound: the tenant has none of this id.
            DomainNotShown: the file does not say it.
            DomainTaken: another tenant has shown it.
        """
        record = Domains(self.database).find(tenant_id, domain_id)
        if record is None:
            raise NotFound(_KIND, domain_id)
        if not self._shows(record):
            Domains(self.database).note_check(record, author.now)
            raise DomainNotShown
        try:
            with self.database.transaction() as transaction:
                verified = verify_domain(transaction, tenant_id, domain_id, author.now)
                if verified is None:
                    raise NotFound(_KIND, domain_id)
                add_event(transaction, _event(EventType.DOMAIN_VERIFIED, verified, author))
        except Conflict as conflict:
            raise DomainTaken from conflict
        return verified

    def remove(self, tenant_id: str, domain_id: str, author: Author) -> None:
        """Forget a domain; whoever shows it next has it.

        Raises:
            NotFound: the tenant has none of this id.
        """
        with self.database.transaction() as transaction:
            record = delete_domain(transaction, tenant_id, domain_id)
            if record is None:
                raise NotFound(_KIND, domain_id)
            add_event(transaction, _event(EventType.DOMAIN_REMOVED, record, author))

    def owner(self, domain: str, use: Use) -> Owner | None:
        """The active tenant that has shown that a domain is its own."""
        return Domains(self.database).owner(domain, use)

    def owner_of_address(self, email: str) -> Owner | None:
        """The tenant whose people have such addresses; who has an account shows nowhere."""
        domain = domain_of(email)
        return None if domain is None else self.owner(domain, "email")

    def _shows(self, record: DomainRecord) -> bool:
        url = f"https://{record.domain}{PATH}"
        try:
            answer = self.fetches.get(url, "text/plain", LIMITS)
        except OutgoingError as error:
            # What the call met is for our log: it would describe our network to a stranger.
            _log.info("domain.unreachable", domain=record.domain, reason=str(error))
            return False
        lines = answer.body.decode("utf-8", "replace").split()
        return answer.status == 200 and record.challenge in lines


def _event(kind: EventType, record: DomainRecord, author: Author) -> Event:
    caller = author.caller
    data: dict[str, Any] = {"domain": record.domain, "use": record.use}
    return Event(
        type=kind,
        tenant_id=record.tenant_id,
        at=author.now,
        actor=author.actor,
        address=caller.address,
        user_agent=caller.user_agent,
        request_id=caller.request_id,
        data=data,
    )
