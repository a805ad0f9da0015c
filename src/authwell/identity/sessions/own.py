"""A person's own sessions and devices: listed, and ended one by one or together.

The API and the pages call this with the person's own account; whatever is another's does not
exist here (THREATS.md SE-09).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from authwell.config.settings import Settings
from authwell.identity.sessions.locations import Place
from authwell.identity.sessions.user_agents import device_name
from authwell.protocol.events import EventType
from authwell.protocol.model import Account, Event
from authwell.protocol.server import AuthorizationServer
from authwell.storage.database import Database
from authwell.storage.login.devices import Device, Devices
from authwell.storage.login.sessions import SessionRecord, Sessions


@dataclass(frozen=True, slots=True)
class OwnSession:
    """A session as its person sees it.

    Attributes:
        device: browser and system, such as "Firefox on Linux".
        location: city and country, or the network of the address.
        is_current: whether it is the one that asks.
    """

    id: str
    device: str
    device_id: str | None
    user_agent: str | None
    address: str | None
    location: str | None
    amr: tuple[str, ...]
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    is_current: bool


class OwnSessions:
    """The sessions and devices of the account that asks."""

    def __init__(
        self, database: Database, settings: Settings, when_ended: Callable[[], object]
    ) -> None:
        """Take the database and what is called when clients have to be told of an end."""
        self._sessions = Sessions(database)
        self._devices = Devices(database)
        self._idle: timedelta = settings.session_inactivity_timeout_days
        self._when_ended = when_ended

    def list(
        self, server: AuthorizationServer, account: Account, current: str | None = None
    ) -> tuple[OwnSession, ...]:
        """All that stand, the last seen first; `current` is the id of the one that asks."""
        found = self._sessions.list(
            server.tenant.id, account.id, idle_since=server.now - self._idle, now=server.now
        )
        return tuple(_shown(record, current) for record in found)

    def end(self, server: AuthorizationServer, account: Account, session_id: str) -> bool:
        """End one of them; False if the account has no such session that stands."""
        event = _event(server, account, session_id=session_id)
        ended = self._sessions.end_of(server.tenant.id, account.id, session_id, event)
        return self._tell(len(ended)) > 0

    def end_all(self, server: AuthorizationServer, account: Account) -> int:
        """End all of them, the one that asks too (K14); how many there were."""
        event = _event(server, account, reason="all")
        return self._tell(len(self._sessions.end_all(server.tenant.id, account.id, event)))

    def end_others(self, server: AuthorizationServer, account: Account, current: str) -> int:
        """End all but the one that asks (K14); how many there were."""
        event = _event(server, account, reason="others")
        ended = self._sessions.end_all(server.tenant.id, account.id, event, except_id=current)
        return self._tell(len(ended))

    def devices(self, server: AuthorizationServer, account: Account) -> tuple[Device, ...]:
        """The browsers by which the account is known, the last seen first."""
        return self._devices.list(server.tenant.id, account.id)

    def forget_device(self, server: AuthorizationServer, account: Account, device_id: str) -> bool:
        """End the sessions of a device and let it be unknown; False if there is none."""
        tenant_id = server.tenant.id
        if not self._devices.revoke(tenant_id, account.id, device_id, server.now):
            return False
        event = _event(server, account, kind=EventType.DEVICE_FORGOTTEN, device_id=device_id)
        self._tell(len(self._sessions.end_on(tenant_id, account.id, device_id, event)))
        return True

    def _tell(self, ended: int) -> int:
        if ended:
            self._when_ended()
        return ended


def _shown(record: SessionRecord, current: str | None) -> OwnSession:
    session = record.session
    return OwnSession(
        id=session.id,
        device=device_name(record.user_agent),
        device_id=record.device_id,
        user_agent=record.user_agent,
        address=record.address,
        location=Place.of(record.location).label,
        amr=session.amr,
        created_at=record.created_at,
        last_seen_at=record.last_seen_at,
        expires_at=record.expires_at,
        is_current=session.id == current,
    )


def _event(
    server: AuthorizationServer,
    account: Account,
    *,
    kind: EventType = EventType.SESSION_ENDED,
    session_id: str | None = None,
    **data: object,
) -> Event:
    event = server.event(kind, account=account, data={"by": "owner", **data})
    return replace(event, session_id=session_id)
