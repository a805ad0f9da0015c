"""Browser sessions: records on the server, of which the cookie holds a random handle only.

A login never goes on with a session id of before (THREATS.md SE-01, LO-07); a session ends by
being idle, by age, by logging out, or with its account, whichever comes first (SE-07, SE-08).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from authwell.config.settings import Settings
from authwell.identity.sessions.devices import Devices
from authwell.identity.sessions.locations import NETWORKS_ONLY, Locations
from authwell.protocol import authentication_context, subjects
from authwell.protocol.events import EventType
from authwell.protocol.model import Account, Client, Event, Grant, Session
from authwell.protocol.server import AuthorizationServer
from authwell.storage.database import Database
from authwell.storage.login.devices import Device
from authwell.storage.login.sessions import NewSession
from authwell.storage.login.sessions import Sessions as StoredSessions
from authwell.utils.randomness import digest, new_id, new_secret

PREFIX = "aws"
SEEN_EVERY = timedelta(minutes=5)
"""How exactly `last_seen_at` is kept, so that reading a session seldom writes."""

_COOKIE_LENGTH = len(f"{PREFIX}_") + 43


class Sessions:
    """Finds, starts and ends the sessions of people's browsers."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        when_ended: Callable[[], object] = lambda: None,
        locations: Locations = NETWORKS_ONLY,
    ) -> None:
        """Take the database and the limits.

        Args:
            database: where sessions are.
            settings: with how long they last, and how many a person may have.
            when_ended: called when the end of one has left word for clients in the outbox.
            locations: tells where an address is.
        """
        self._locations = locations
        self._when_ended = when_ended
        self._stored = StoredSessions(database)
        self._devices = Devices(database)
        self._idle: timedelta = settings.session_inactivity_timeout_days
        self._lifetime: timedelta = settings.session_expire_days
        self._most = 1 if settings.single_session_per_user else settings.session_max_devices

    def find(self, tenant_id: str, cookie: str, now: datetime) -> Session | None:
        """The session of a cookie, if it and its account stand at `now`."""
        if not cookie.startswith(f"{PREFIX}_") or len(cookie) != _COOKIE_LENGTH:
            return None
        handle = digest(cookie)
        found = self._stored.find(tenant_id, handle, idle_since=now - self._idle, now=now)
        if found is None:
            return None
        if now - found.last_seen_at >= SEEN_EVERY:
            self._stored.touch(tenant_id, handle, now)
        return found.session

    def start(
        self,
        server: AuthorizationServer,
        account: Account,
        methods: Mapping[str, datetime],
        present: Session | None,
        known: Device | None = None,
    ) -> tuple[str, Session]:
        """A session for somebody who has just logged in, and the value of its cookie.

        Args:
            server: of this request.
            account: who logged in.
            methods: how (RFC 8176), and when each method was shown.
            present: the browser's session of before. The same person goes on in it under a
                new handle, so that other clients do not lose theirs; anybody else's is ended.
            known: the caller's device, if the account has logged in with it before.
        """
        cookie = new_secret(PREFIX)
        device = self._devices.record(server, account, known)
        device_id = device.id if device else None
        session = _session(new_id(server.now), account, methods)
        if present is not None and present.account.id == account.id:
            renewed = replace(session, id=present.id)
            if self._renew(server, renewed, cookie, device_id):
                return cookie, renewed
        elif present is not None:
            self.end(server, present)
        self._stored.start(
            self._new(server, session, cookie, device_id),
            _event(server, EventType.LOGIN_SUCCEEDED, session.id, account, amr=list(session.amr)),
        )
        self._end_surplus(server, account, keep=session.id)
        return cookie, session

    def end(
        self, server: AuthorizationServer, session: Session, client: Client | None = None
    ) -> tuple[tuple[str, str], ...]:
        """End a session: `client_id` and `sid` of each client that took part in it.

        Args:
            server: of this request.
            session: which one.
            client: who asked for it, if not the person.
        """
        event = _event(server, EventType.SESSION_ENDED, session.id, session.account)
        return self._end(server, session.id, _by(event, client))

    def end_by_sid(
        self, server: AuthorizationServer, sid: str, client: Client
    ) -> tuple[tuple[str, str], ...]:
        """End the session that a client knows by this `sid`; nothing if it is not that client's."""
        found = self._stored.find_by_sid(server.tenant.id, sid)
        if found is None or subjects.sid(found, client.client_id) != sid:
            return ()
        return self._end(server, found, _by(_event(server, EventType.SESSION_ENDED, found), client))

    def end_with_grant(self, server: AuthorizationServer, grant: Grant) -> None:
        """End a grant and the session it came from: all tokens of both are dead at once."""
        event = server.event(EventType.GRANT_REVOKED, grant=grant, data={"reason": "logout"})
        server.store.grants.revoke(server.tenant.id, grant.id, "logout", server.now, event)
        if grant.session_id is not None:
            ended = _event(server, EventType.SESSION_ENDED, grant.session_id, grant.account)
            self._end(server, grant.session_id, ended)

    def note_use(self, server: AuthorizationServer, grant: Grant) -> None:
        """A grant of the session was used: the session is not idle."""
        if grant.session_id is not None:
            self._stored.note_use(server.tenant.id, grant.session_id, server.now)

    def _renew(
        self, server: AuthorizationServer, renewed: Session, cookie: str, device_id: str | None
    ) -> bool:
        account, amr = renewed.account, list(renewed.amr)
        return self._stored.renew(
            server.tenant.id,
            renewed,
            digest=digest(cookie),
            device_id=device_id,
            # A second factor shown later does not make the login younger.
            expires_at=renewed.auth_time + self._lifetime,
            event=_event(
                server, EventType.LOGIN_SUCCEEDED, renewed.id, account, amr=amr, again=True
            ),
        )

    def _new(
        self, server: AuthorizationServer, session: Session, cookie: str, device_id: str | None
    ) -> NewSession:
        return NewSession(
            digest=digest(cookie),
            id=session.id,
            tenant_id=server.tenant.id,
            account_id=session.account.id,
            auth_time=session.auth_time,
            amr=session.amr,
            acr=session.acr,
            created_at=server.now,
            expires_at=session.auth_time + self._lifetime,
            address=server.caller.address,
            user_agent=server.caller.user_agent,
            device_id=device_id,
            location=self._locations.find(server.caller.address).members(),
            methods=session.methods,
        )

    def _end_surplus(self, server: AuthorizationServer, account: Account, keep: str) -> None:
        """End the sessions seen longest ago, beyond the number of devices that one may use."""
        idle_since = server.now - self._idle
        if not self._stored.is_any_beyond(
            server.tenant.id, account.id, self._most, idle_since=idle_since, now=server.now
        ):
            return
        event = _event(server, EventType.SESSION_ENDED, keep, account, reason="too_many_devices")
        if self._stored.end_surplus(event, self._most, idle_since):
            self._when_ended()

    def _end(
        self, server: AuthorizationServer, session_id: str, event: Event
    ) -> tuple[tuple[str, str], ...]:
        ended = self._stored.end(server.tenant.id, session_id, event)
        if ended is None:
            return ()
        self._when_ended()
        return ended.clients


def _session(session_id: str, account: Account, methods: Mapping[str, datetime]) -> Session:
    amr = authentication_context.methods_of(methods)
    acr = authentication_context.reached(amr)
    return Session(session_id, account, min(methods.values()), amr, acr, methods)


def _event(
    server: AuthorizationServer,
    kind: EventType,
    session_id: str,
    account: Account | None = None,
    **data: object,
) -> Event:
    return replace(server.event(kind, account=account, data=data), session_id=session_id)


def _by(event: Event, client: Client | None) -> Event:
    return event if client is None else replace(event, client_id=client.client_id)
