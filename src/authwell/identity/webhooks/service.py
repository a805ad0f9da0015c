"""What administrators do with webhooks: endpoints, their secrets, and the log of deliveries."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.changes import differing
from authwell.identity.webhooks.catalogue import TEST
from authwell.identity.webhooks.drafts import Draft, check_secret, read_draft
from authwell.identity.webhooks.secrets import OVERLAP, EndpointSecrets
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.audit.events import add_event
from authwell.storage.database import Database
from authwell.storage.errors import Conflict
from authwell.storage.pages import Found, Wanted
from authwell.storage.webhooks.endpoints import Endpoint, Endpoints, Secrets
from authwell.storage.webhooks.log import Delivery, DeliveryLog
from authwell.storage.webhooks.pending import Message, put_message
from authwell.utils import standard_webhooks
from authwell.utils.outgoing import Outgoing
from authwell.utils.randomness import new_id
from authwell.utils.sealing import Sealer
from authwell.utils.versions import ChangedMeanwhile

MOST: Final = 20
"""Endpoints of one tenant."""


class NoSuchThing(Exception):
    """There is no such endpoint or delivery in the tenant."""


class TooManyEndpoints(Exception):
    """The tenant has as many as it may have."""


class NameTaken(Exception):
    """Another endpoint of the tenant has the name."""


@dataclass(frozen=True, slots=True)
class WithSecret:
    """An endpoint with the secret that was made just now, and is not shown again."""

    endpoint: Endpoint
    secret: str = field(repr=False)


class Webhooks:
    """The webhooks of all tenants; every call names its tenant."""

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        outgoing: Outgoing,
        when_written: Callable[[], None],
    ) -> None:
        """Take what is needed.

        Args:
            database: where they are.
            sealer: keeps their secrets.
            outgoing: knows which addresses may be called.
            when_written: called when a message was put on its way.
        """
        self._database = database
        self._stored = Endpoints(database)
        self._log = DeliveryLog(database)
        self._secrets = EndpointSecrets(sealer)
        self._outgoing = outgoing
        self._ring = when_written

    def page(self, tenant_id: str, wanted: Wanted) -> Found:
        """A page of endpoints; `read_endpoint` reads its rows."""
        return self._stored.page(tenant_id, wanted)

    def get(self, tenant_id: str, endpoint_id: str) -> Endpoint:
        """One endpoint.

        Raises:
            NoSuchThing: there is none; as everywhere here.
        """
        found = self._stored.find(tenant_id, endpoint_id)
        if found is None:
            raise NoSuchThing(endpoint_id)
        return found

    def find_by_name(self, tenant_id: str, name: str) -> Endpoint | None:
        """The endpoint of that name."""
        return self._stored.find_by_name(tenant_id, name)

    def create(self, tenant_id: str, members: Mapping[str, Any], author: Author) -> WithSecret:
        """A new endpoint; its secret is made, unless `secret` brings one.

        Raises:
            BadEndpoint: a member does not fit.
            TooManyEndpoints: one must be deleted first.
            NameTaken: another one has the name.
        """
        draft = read_draft(members, self._outgoing)
        secret = members.get("secret") or standard_webhooks.new_secret()
        check_secret(secret)
        endpoint = new_endpoint(self._secrets, tenant_id, draft, secret, author.now)
        event = event_of(EventType.WEBHOOK_CREATED, endpoint, author, name=endpoint.name)
        try:
            if not self._stored.add(endpoint, MOST, event):
                raise TooManyEndpoints(f"A tenant has at most {MOST}; delete one first.")
        except Conflict as error:
            raise NameTaken(draft.name) from error
        return WithSecret(endpoint, secret)

    def update(self, endpoint: Endpoint, members: Mapping[str, Any], author: Author) -> Endpoint:
        """Give an endpoint other members; what is left out stays.

        Raises:
            BadEndpoint: a member does not fit.
            NameTaken: another one has the name.
            ChangedMeanwhile: it is not as it was read any more.
        """
        draft = read_draft({**members_of(endpoint), **members}, self._outgoing)
        changed = drafted(endpoint, draft, author.now)
        names = list(differing(members_of(endpoint), members_of(changed)))
        event = event_of(EventType.WEBHOOK_UPDATED, endpoint, author, members=names)
        return self._write(endpoint, changed, event)

    def rotate_secret(
        self,
        endpoint: Endpoint,
        author: Author,
        overlap: timedelta = OVERLAP,
        secret: str | None = None,
    ) -> WithSecret:
        """Give an endpoint a new secret; messages are signed by both for `overlap`.

        Raises:
            BadEndpoint: the secret that was brought along does not fit.
            ChangedMeanwhile: it is not as it was read any more.
        """
        new = secret or standard_webhooks.new_secret()
        check_secret(new)
        secrets = self._secrets.rotated(endpoint, new, author.now, overlap)
        changed = replace(endpoint, secrets=secrets, updated_at=author.now)
        event = event_of(EventType.WEBHOOK_SECRET_ROTATED, endpoint, author)
        return WithSecret(self._write(endpoint, changed, event), new)

    def has_secret(self, endpoint: Endpoint, secret: str) -> bool:
        """Whether the endpoint has this secret."""
        return self._secrets.is_current(endpoint, secret)

    def delete(self, endpoint: Endpoint, author: Author) -> None:
        """Delete an endpoint with its deliveries.

        Raises:
            ChangedMeanwhile: it is not as it was read any more.
        """
        event = event_of(EventType.WEBHOOK_DELETED, endpoint, author, name=endpoint.name)
        if not self._stored.delete(endpoint, event):
            raise ChangedMeanwhile

    def test(self, endpoint: Endpoint, slug: str, author: Author) -> str:
        """Put a message of the type `webhook.test` on its way; the id of its delivery."""
        event_id = new_id(author.now)
        data = {"event_id": event_id, "tenant": slug}
        body = orjson.dumps(
            {"type": TEST, "timestamp": author.now, "data": data}, option=orjson.OPT_UTC_Z
        )
        message = Message(endpoint, event_id, TEST, f"test:{event_id}", body.decode())
        with self._database.transaction() as transaction:
            delivery_id = put_message(transaction, message, author.now)
            add_event(transaction, event_of(EventType.WEBHOOK_TESTED, endpoint, author))
        self._ring()
        return delivery_id

    def deliveries(self, endpoint: Endpoint, wanted: Wanted, which: str | None = None) -> Found:
        """A page of the log of deliveries; `read_delivery` reads its rows."""
        return self._log.page(endpoint.tenant_id, endpoint.id, wanted, which)

    def delivery(self, endpoint: Endpoint, delivery_id: str) -> Delivery:
        """One delivery."""
        found = self._log.find(endpoint.tenant_id, endpoint.id, delivery_id)
        if found is None:
            raise NoSuchThing(delivery_id)
        return found

    def replay(self, endpoint: Endpoint, delivery_id: str, author: Author) -> Delivery | None:
        """Send one again that was delivered or given up; None while it is still on its way."""
        delivery = self.delivery(endpoint, delivery_id)
        event = event_of(EventType.WEBHOOK_REPLAYED, endpoint, author, event_id=delivery.event_id)
        found = self._log.replay(endpoint.tenant_id, endpoint.id, delivery.id, event)
        self._ring()
        return found

    def _write(self, endpoint: Endpoint, changed: Endpoint, event: Event) -> Endpoint:
        try:
            is_written = self._stored.change(changed, endpoint.updated_at, event)
        except Conflict as error:
            raise NameTaken(changed.name) from error
        if not is_written:
            raise ChangedMeanwhile
        return changed


def members_of(endpoint: Endpoint) -> dict[str, Any]:
    """What is chosen of an endpoint, as it is written in requests and files."""
    return {
        "name": endpoint.name,
        "url": endpoint.url,
        "description": endpoint.description,
        "event_types": list(endpoint.event_types),
        "status": endpoint.status,
    }


def event_of(kind: EventType, endpoint: Endpoint, author: Author, **data: Any) -> Event:
    """The audit event of what an administrator did with an endpoint."""
    return author.event(kind, endpoint.tenant_id, {"endpoint_id": endpoint.id, **data})


def new_endpoint(
    secrets: EndpointSecrets, tenant_id: str, draft: Draft, secret: str, now: datetime
) -> Endpoint:
    """An endpoint that is not kept yet."""
    endpoint_id = new_id(now)
    return Endpoint(
        id=endpoint_id,
        tenant_id=tenant_id,
        name=draft.name,
        url=draft.url,
        description=draft.description,
        event_types=draft.event_types,
        status=draft.status,
        secrets=Secrets(secrets.sealed(tenant_id, endpoint_id, secret)),
        created_at=now,
        updated_at=now,
        active_since=now,
    )


def drafted(endpoint: Endpoint, draft: Draft, now: datetime) -> Endpoint:
    """The endpoint as drafted. Whoever enables it again gets events from now on."""
    changed = replace(
        endpoint,
        name=draft.name,
        url=draft.url,
        description=draft.description,
        event_types=draft.event_types,
        status=draft.status,
        updated_at=now,
    )
    if draft.status == "active" and endpoint.status != "active":
        return replace(changed, active_since=now, problem=None, failures=0)
    return changed
