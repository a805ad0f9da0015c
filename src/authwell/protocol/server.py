"""What every engine function gets first: the issuer as it is for one request."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from authwell.protocol.events import EventType
from authwell.protocol.model import Account, Client, Event, Grant, Tenant
from authwell.protocol.ports import (
    ClientKeys,
    Clients,
    Configuration,
    People,
    RequestObjects,
    SecretVerifier,
    Store,
)


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sent the HTTP request, for the audit log and for what judges a login."""

    request_id: str | None = None
    address: str | None = None
    user_agent: str | None = None
    device: str | None = field(default=None, repr=False)
    """The value of the browser's device cookie, which the answer will set if it is new."""


@dataclass(frozen=True, slots=True)
class AuthorizationServer:
    """One tenant's snapshot with the ports, the time and the caller of one request."""

    tenant: Tenant
    clients: Clients
    store: Store
    secrets: SecretVerifier
    client_keys: ClientKeys
    request_objects: RequestObjects
    people: People
    configuration: Configuration
    now: datetime
    caller: Caller = field(default_factory=Caller)
    used: set[bytes] = field(default_factory=set[bytes])
    """Keys that this request has used up: asked once more on a later snapshot, it may go on."""
    fetched: dict[str, str] = field(default_factory=dict[str, str])
    """What this request has fetched by `request_uri`, so that it is fetched once."""

    @property
    def issuer(self) -> str:
        """The issuer identifier, byte for byte as published."""
        return self.tenant.issuer

    def newer(self) -> "AuthorizationServer | None":
        """The same server on a later snapshot; None if the configuration has not changed.

        A refusal never rests on a stale snapshot: whoever refuses for a configured thing
        (unknown client, unregistered URI, unknown own key) asks this once first.
        """
        found = self.configuration.newer(self.tenant)
        if found is None:
            return None
        tenant, clients = found
        return replace(self, tenant=tenant, clients=clients)

    def event(
        self,
        kind: EventType,
        *,
        client: Client | None = None,
        account: Account | None = None,
        grant: Grant | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> Event:
        """An audit event of this request, to be written with the change it tells of."""
        if grant is not None:
            account = account or grant.account
        return Event(
            type=kind,
            tenant_id=self.tenant.id,
            at=self.now,
            account_id=account.id if account else None,
            client_id=client.client_id if client else (grant.client_id if grant else None),
            session_id=grant.session_id if grant else None,
            address=self.caller.address,
            user_agent=self.caller.user_agent,
            request_id=self.caller.request_id,
            data=data or {},
        )
