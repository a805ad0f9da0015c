"""The life of a tenant: made, suspended, activated again, deleted (REQUIREMENTS.md H2, H3).

What is suspended or deleted is refused at once, with all that it has issued (THREATS.md TN-12).
The events are in the log of the default tenant, whose administrators do this.
"""

from dataclasses import dataclass
from typing import Any, Final

from authwell.config.settings import Settings
from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.problems import NotFound, Problem, Refused
from authwell.identity.tenants.equipment import ensure_tenant
from authwell.identity.tenants.issuers import issuer_below
from authwell.identity.tenants.naming import TAKEN, check_name, check_slug
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.configuration.edit import Configuration
from authwell.storage.configuration.rows import TenantRecord
from authwell.storage.database import Database
from authwell.storage.errors import Conflict
from authwell.storage.registry import ROOT
from authwell.storage.tenancy.tenants import StatusChange, Tenants
from authwell.utils.randomness import new_id
from authwell.utils.sealing import Sealer
from authwell.utils.versions import ANY_VERSION, Expected

EXISTS: Final = "already_exists"
ROOT_STAYS: Final = "root_tenant"


@dataclass(frozen=True, slots=True)
class TenantLife:
    """Makes and ends the tenants of one server."""

    database: Database
    sealer: Sealer
    settings: Settings

    def draft(self, slug: str, name: str, author: Author) -> TenantRecord:
        """A tenant that is not kept yet.

        Raises:
            Refused: it cannot be called that.
        """
        check_slug(slug)
        check_name(name)
        return TenantRecord(
            id=new_id(author.now),
            slug=slug,
            issuer=issuer_below(self.settings.issuer, slug),
            name=name,
            policy={},
            created_at=author.now,
            updated_at=author.now,
        )

    def create(self, slug: str, name: str, author: Author) -> TenantRecord:
        """A new tenant with its keys.

        Raises:
            Refused: the slug is taken, or cannot be one.
        """
        record = self.draft(slug, name, author)
        try:
            Tenants(self.database).add(
                record, self._event(EventType.TENANT_CREATED, record, author)
            )
        except Conflict as error:
            raise Refused([Problem("slug", TAKEN, EXISTS)]) from error
        ensure_tenant(self.database, self.sealer, self.settings, slug, author.now)
        return record

    def suspend(
        self, record: TenantRecord, author: Author, expected: Expected = ANY_VERSION
    ) -> TenantRecord:
        """Refuse all that is asked of it, and end its sessions and tokens for good.

        Raises:
            NotFound: it is gone.
            Refused: it is the default tenant.
            ChangedMeanwhile: it is another version.
        """
        _require_other(record)
        event = self._event(EventType.TENANT_SUSPENDED, record, author)
        return self._set(record, StatusChange("suspended", event, ends_all=True), expected)

    def activate(
        self, record: TenantRecord, author: Author, expected: Expected = ANY_VERSION
    ) -> TenantRecord:
        """Serve it again: its people and clients log in anew."""
        event = self._event(EventType.TENANT_ACTIVATED, record, author)
        return self._set(record, StatusChange("active", event), expected)

    def delete(
        self, record: TenantRecord, author: Author, expected: Expected = ANY_VERSION
    ) -> None:
        """End it; what it has is erased soon after, but for its audit log and its names."""
        _require_other(record)
        event = self._event(EventType.TENANT_DELETED, record, author)
        self._set(record, StatusChange("deleted", event, ends_all=True), expected)

    def _set(self, record: TenantRecord, change: StatusChange, expected: Expected) -> TenantRecord:
        written = Tenants(self.database).set_status(record.id, change, shown, expected)
        if written is None:
            raise NotFound("tenant", record.slug)
        return written

    def _event(self, kind: EventType, record: TenantRecord, author: Author) -> Event:
        root = Configuration(self.database).find_tenant(ROOT)
        log_id = record.id if root is None else root.id
        return author.event(kind, log_id, {"tenant": record.slug, "tenant_id": record.id})


def shown(record: TenantRecord) -> dict[str, Any]:
    """A tenant as lists and the API have it."""
    return {
        "id": record.id,
        "slug": record.slug,
        "name": record.name,
        "issuer": record.issuer,
        "status": record.status,
        "policy": dict(record.policy),
        "created_at": record.created_at.isoformat(),
        "updated_at": record.updated_at.isoformat(),
    }


def _require_other(record: TenantRecord) -> None:
    if record.slug == ROOT:
        text = "is the default tenant, whose administrators look after all others"
        raise Refused([Problem("slug", text, ROOT_STAYS)])
