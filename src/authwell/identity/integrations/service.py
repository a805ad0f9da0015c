"""What administrators do with integrations: members, keys and secrets (REQUIREMENTS.md J6, J7)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.changes import differing
from authwell.identity.integrations.credentials import OVERLAP, IntegrationSecrets, new_api_key
from authwell.identity.integrations.drafts import check_members
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.database import Database
from authwell.storage.errors import Conflict
from authwell.storage.integrations import Credentials, Integration
from authwell.storage.integrations import Integrations as Stored
from authwell.storage.pages import Found, Wanted
from authwell.utils import standard_webhooks
from authwell.utils.randomness import new_id
from authwell.utils.sealing import Sealer
from authwell.utils.versions import ChangedMeanwhile

MOST: Final = 100
"""Integrations of one tenant."""


class NoSuchIntegration(Exception):
    """The tenant has no such integration."""


class TooManyIntegrations(Exception):
    """The tenant has as many as it may have."""


class NameTaken(Exception):
    """Another integration of the tenant has the name."""


@dataclass(frozen=True, slots=True)
class WithCredentials:
    """An integration with the key and the secret that were made just now, shown this once."""

    integration: Integration
    api_key: str = field(repr=False)
    secret: str = field(repr=False)


class Integrations:
    """The integrations of all tenants; every call names its tenant."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        """Take where they are, and what keeps their secrets."""
        self._stored = Stored(database)
        self._secrets = IntegrationSecrets(sealer)

    def page(
        self, tenant_id: str, wanted: Wanted, filters: Mapping[str, Any] | None = None
    ) -> Found:
        """A page of integrations; `read_integration` reads its rows."""
        return self._stored.page(tenant_id, wanted, filters)

    def get(self, tenant_id: str, integration_id: str) -> Integration:
        """One integration.

        Raises:
            NoSuchIntegration: there is none.
        """
        found = self._stored.find(tenant_id, integration_id)
        if found is None:
            raise NoSuchIntegration(integration_id)
        return found

    def find_by_name(self, tenant_id: str, name: str) -> Integration | None:
        """The integration of that name."""
        return self._stored.find_by_name(tenant_id, name)

    def create(self, tenant_id: str, members: Mapping[str, Any], author: Author) -> WithCredentials:
        """A new integration with its key and its secret.

        Args:
            tenant_id: whose.
            members: `type` of `TYPES`, `name`, perhaps `description`, `config` and `status`.
            author: who.

        Raises:
            TooManyIntegrations: one must be deleted first.
            NameTaken: another one has the name.
            BadIntegration: a member does not fit.
        """
        api_key, secret = new_api_key(), standard_webhooks.new_secret()
        integration = new_integration(
            self._secrets, tenant_id, members, (api_key, secret), author.now
        )
        event = event_of(EventType.INTEGRATION_CREATED, integration, author, name=members["name"])
        try:
            if not self._stored.add(integration, MOST, event):
                raise TooManyIntegrations(f"A tenant has at most {MOST}; delete one first.")
        except Conflict as error:
            raise NameTaken(members["name"]) from error
        return WithCredentials(integration, api_key, secret)

    def update(
        self, integration: Integration, members: Mapping[str, Any], author: Author
    ) -> Integration:
        """Give an integration other members; what is left out stays, and so does its type.

        Raises:
            NameTaken: another one has the name.
            BadIntegration: a member does not fit.
            ChangedMeanwhile: it is not as it was read any more.
        """
        check_members({**members_of(integration), **members})
        changed = replace(integration, **members, updated_at=author.now)
        names = list(differing(members_of(integration), members_of(changed)))
        event = event_of(EventType.INTEGRATION_UPDATED, integration, author, members=names)
        try:
            return self._write(integration, changed, event)
        except Conflict as error:
            raise NameTaken(changed.name) from error

    def regenerate(
        self, integration: Integration, author: Author, overlap: timedelta = OVERLAP
    ) -> WithCredentials:
        """Another key and another secret; those before are good for `overlap` more.

        Raises:
            ChangedMeanwhile: it is not as it was read any more.
        """
        api_key, secret = new_api_key(), standard_webhooks.new_secret()
        kept = self._secrets.kept(integration.tenant_id, integration.id, api_key, secret)
        changed = regenerated(integration, kept, author.now, overlap)
        event = event_of(EventType.INTEGRATION_SECRET_REGENERATED, integration, author)
        return WithCredentials(self._write(integration, changed, event), api_key, secret)

    def delete(self, integration: Integration, author: Author) -> None:
        """Delete an integration with its messages.

        Raises:
            ChangedMeanwhile: it is not as it was read any more.
        """
        event = event_of(EventType.INTEGRATION_DELETED, integration, author, name=integration.name)
        if not self._stored.delete(integration, event):
            raise ChangedMeanwhile

    def messages(self, integration: Integration, wanted: Wanted) -> Found:
        """A page of what it has sent."""
        return self._stored.messages(integration.tenant_id, integration.id, wanted)

    def _write(self, integration: Integration, changed: Integration, event: Event) -> Integration:
        if not self._stored.change(changed, integration.updated_at, event):
            raise ChangedMeanwhile
        return changed


def new_integration(
    secrets: IntegrationSecrets,
    tenant_id: str,
    members: Mapping[str, Any],
    credentials: tuple[str, str],
    now: datetime,
) -> Integration:
    """An integration that is not kept yet.

    Args:
        secrets: seals its secret.
        tenant_id: whose.
        members: as `Integrations.create` takes them.
        credentials: its key and its secret.
        now: the present.

    Raises:
        BadIntegration: a member does not fit.
    """
    chosen = {"description": "", "config": {}, "status": "active", **members}
    check_members(chosen)
    integration_id = new_id(now)
    return Integration(
        id=integration_id,
        tenant_id=tenant_id,
        current=secrets.kept(tenant_id, integration_id, *credentials),
        created_at=now,
        updated_at=now,
        **chosen,
    )


def regenerated(
    integration: Integration, credentials: Credentials, now: datetime, overlap: timedelta
) -> Integration:
    """The integration with other credentials; the present ones are good for `overlap` more."""
    return replace(
        integration,
        current=credentials,
        previous=integration.current if overlap else None,
        previous_until=now + overlap if overlap else None,
        updated_at=now,
    )


def members_of(integration: Integration) -> dict[str, Any]:
    """What is chosen of an integration, as it is written in requests and files."""
    return {
        "type": integration.type,
        "name": integration.name,
        "description": integration.description,
        "config": dict(integration.config),
        "status": integration.status,
    }


def event_of(kind: EventType, integration: Integration, author: Author, **data: Any) -> Event:
    """The audit event of what somebody did with an integration."""
    return author.event(kind, integration.tenant_id, {"integration_id": integration.id, **data})
