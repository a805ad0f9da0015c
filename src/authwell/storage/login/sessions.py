"""Browser sessions on the server: started, found in one read, renewed, ended."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, func, or_, select, update

from authwell.models.accounts import accounts
from authwell.models.audit import audit_events
from authwell.models.base import UtcDateTime
from authwell.models.devices import devices
from authwell.models.sessions import session_clients, sessions
from authwell.models.tenants import tenants
from authwell.protocol.model import Event, Session
from authwell.storage.changes import Also, Change, NewRow
from authwell.storage.database import Database
from authwell.storage.login.endings import EndedSession, tell_clients
from authwell.storage.statements import Row, Statement
from authwell.storage.tokens.standing import ACCOUNT_COLUMNS, read_account
from authwell.storage.values import cut, event_values, searchable
from authwell.utils.randomness import new_id


@dataclass(frozen=True, slots=True)
class NewSession:
    """A session to be kept; `digest` is that of the cookie's value."""

    digest: bytes
    id: str
    tenant_id: str
    account_id: str
    auth_time: datetime
    amr: tuple[str, ...]
    created_at: datetime
    expires_at: datetime
    acr: str | None = None
    address: str | None = None
    user_agent: str | None = None
    device_id: str | None = None
    location: Mapping[str, Any] | None = None
    methods: Mapping[str, datetime] = field(default_factory=dict[str, datetime])


@dataclass(frozen=True, slots=True)
class SessionRecord:
    """A session that stands, with its account and what the list of devices shows."""

    session: Session
    digest: bytes
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    address: str | None
    user_agent: str | None
    device_id: str | None = None
    location: Mapping[str, Any] | None = None


_NEW_EVENT = NewRow(audit_events, "event")
_NOW: Any = bindparam("now", type_=UtcDateTime())
_IDLE_SINCE: Any = bindparam("idle_since", type_=UtcDateTime())
_TENANT_ID: Any = bindparam("tenant_id")
_COLUMNS = (
    sessions.c.id.label("session_id"),
    *(
        sessions.c[name]
        for name in (
            "digest",
            "auth_time",
            "amr",
            "acr",
            "methods",
            "created_at",
            "last_seen_at",
            "expires_at",
            "address",
            "user_agent",
            "device_id",
            "location",
        )
    ),
    devices.c.trusted_until,
    *ACCOUNT_COLUMNS,
)
_WITH_ACCOUNT = sessions.join(accounts, accounts.c.id == sessions.c.account_id).join(
    tenants, tenants.c.id == sessions.c.tenant_id
)
_WITH_DEVICE = _WITH_ACCOUNT.outerjoin(devices, devices.c.id == sessions.c.device_id)
_STANDS = (
    sessions.c.tenant_id == _TENANT_ID,
    sessions.c.ended_at.is_(None),
    sessions.c.expires_at > _NOW,
    sessions.c.last_seen_at > _IDLE_SINCE,
    accounts.c.status == "active",
    or_(accounts.c.not_before.is_(None), accounts.c.not_before <= sessions.c.auth_time),
    or_(tenants.c.not_before.is_(None), tenants.c.not_before <= sessions.c.auth_time),
)

START_SESSION = Change(
    NewRow(sessions, "new").alone().returning(sessions.c.id),
    _NEW_EVENT,
    Also(
        update(accounts)
        .where(accounts.c.id == bindparam("new_account_id"))
        .values(last_login_at=bindparam("new_created_at", type_=UtcDateTime())),
        "login",
    ),
)
FIND_SESSION = Statement(
    select(*_COLUMNS)
    .select_from(_WITH_DEVICE)
    .where(sessions.c.digest == bindparam("digest"), *_STANDS)
)
LIST_SESSIONS = Statement(
    select(*_COLUMNS)
    .select_from(_WITH_DEVICE)
    .where(sessions.c.account_id == bindparam("account_id"), *_STANDS)
    .order_by(sessions.c.last_seen_at.desc(), sessions.c.id.desc())
)
LIST_IDS = Statement(
    select(sessions.c.id)
    .select_from(_WITH_ACCOUNT)
    .where(sessions.c.account_id == bindparam("account_id"), *_STANDS)
    .order_by(sessions.c.last_seen_at.desc(), sessions.c.id.desc())
)
IS_ANY_BEYOND = Statement(
    select(sessions.c.id)
    .select_from(_WITH_ACCOUNT)
    .where(sessions.c.account_id == bindparam("account_id"), *_STANDS)
    .limit(1)
    .offset(bindparam("most", type_=Integer()))
)
LOCK_ACCOUNT = Statement(
    select(accounts.c.id)
    .where(accounts.c.id == bindparam("account_id"), accounts.c.tenant_id == _TENANT_ID)
    .with_for_update(key_share=True)
)
FIND_BY_SID = Statement(
    select(session_clients.c.session_id).where(
        session_clients.c.tenant_id == _TENANT_ID, session_clients.c.sid == bindparam("sid")
    )
)
TOUCH_SESSION = Statement(
    update(sessions)
    .where(sessions.c.digest == bindparam("digest"), sessions.c.tenant_id == _TENANT_ID)
    .values(last_seen_at=_NOW)
)
_IS_OPEN = (
    sessions.c.tenant_id == _TENANT_ID,
    sessions.c.id == bindparam("session_id"),
    sessions.c.ended_at.is_(None),
)
NOTE_USE = Statement(update(sessions).where(*_IS_OPEN).values(last_seen_at=_NOW))
RENEW_SESSION = Change(
    update(sessions)
    .where(*_IS_OPEN)
    .values(
        digest=bindparam("digest"),
        auth_time=bindparam("auth_time", type_=UtcDateTime()),
        last_seen_at=_NOW,
        expires_at=bindparam("expires_at", type_=UtcDateTime()),
        amr=bindparam("amr", type_=sessions.c.amr.type),
        acr=bindparam("acr"),
        methods=bindparam("methods", type_=sessions.c.methods.type),
        device_id=func.coalesce(
            bindparam("device_id", type_=sessions.c.device_id.type), sessions.c.device_id
        ),
    )
    .returning(sessions.c.id),
    _NEW_EVENT,
    Also(
        update(accounts)
        .where(accounts.c.id == bindparam("event_account_id"))
        .values(last_login_at=_NOW),
        "login",
    ),
)
_ENDED = (sessions.c.id, sessions.c.tenant_id, sessions.c.account_id)
END_SESSION = Statement(update(sessions).where(*_IS_OPEN).values(ended_at=_NOW).returning(*_ENDED))
END_SESSIONS = Statement(
    update(sessions)
    .where(
        sessions.c.tenant_id == _TENANT_ID,
        sessions.c.account_id == bindparam("account_id"),
        sessions.c.id != bindparam("except_id"),
        sessions.c.ended_at.is_(None),
    )
    .values(ended_at=_NOW)
    .returning(*_ENDED)
)
_OF_ACCOUNT = (
    sessions.c.tenant_id == _TENANT_ID,
    sessions.c.account_id == bindparam("account_id"),
    sessions.c.ended_at.is_(None),
)
END_OWN_SESSION = Statement(
    update(sessions)
    .where(*_OF_ACCOUNT, sessions.c.id == bindparam("session_id"))
    .values(ended_at=_NOW)
    .returning(*_ENDED)
)
END_ON_DEVICE = Statement(
    update(sessions)
    .where(*_OF_ACCOUNT, sessions.c.device_id == bindparam("device_id"))
    .values(ended_at=_NOW)
    .returning(*_ENDED)
)
ADD_EVENT = Statement(_NEW_EVENT.alone())


class Sessions:
    """The sessions of all tenants; every call names its tenant."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def start(self, new: NewSession, event: Event) -> None:
        """Keep a session after a login: one change with the login's time."""
        values = {f"new_{name}": getattr(new, name) for name in NewSession.__dataclass_fields__}
        values |= {
            "new_amr": list(new.amr),
            "new_address": cut(new.address, 64),
            "new_user_agent": cut(new.user_agent, 512),
            "new_methods": _moments(new.methods),
            "new_last_seen_at": new.created_at,
            "new_ended_at": None,
        }
        START_SESSION.make(self._database, {**values, **event_values(event)})

    def find(
        self, tenant_id: str, digest: bytes, *, idle_since: datetime, now: datetime
    ) -> SessionRecord | None:
        """The session with its account, if both stand and it was seen after `idle_since`."""
        key = {"tenant_id": tenant_id, "digest": digest, "idle_since": idle_since, "now": now}
        row = self._database.one(FIND_SESSION, key)
        return None if row is None else _record(row)

    def list(
        self, tenant_id: str, account_id: str, *, idle_since: datetime, now: datetime
    ) -> tuple[SessionRecord, ...]:
        """All sessions of an account that stand, the last seen first."""
        key = {"tenant_id": tenant_id, "account_id": account_id}
        rows = self._database.all(LIST_SESSIONS, {**key, "idle_since": idle_since, "now": now})
        return tuple(_record(row) for row in rows)

    def is_any_beyond(
        self, tenant_id: str, account_id: str, most: int, *, idle_since: datetime, now: datetime
    ) -> bool:
        """Whether more than `most` sessions of an account stand."""
        key = {"tenant_id": tenant_id, "account_id": account_id, "most": most}
        found = self._database.one(IS_ANY_BEYOND, {**key, "idle_since": idle_since, "now": now})
        return found is not None

    def find_by_sid(self, tenant_id: str, sid: str) -> str | None:
        """The id of the session that a client knows as `sid`, whether it stands or not."""
        row = self._database.one(FIND_BY_SID, {"tenant_id": tenant_id, "sid": searchable(sid)})
        return None if row is None else str(row.session_id)

    def touch(self, tenant_id: str, digest: bytes, now: datetime) -> None:
        """Note that the session was seen; callers do so every few minutes, not each time."""
        self._database.write(TOUCH_SESSION, {"tenant_id": tenant_id, "digest": digest, "now": now})

    def note_use(self, tenant_id: str, session_id: str, now: datetime) -> None:
        """`touch` by the id of the session, for whoever has no cookie."""
        key = {"tenant_id": tenant_id, "session_id": session_id, "now": now}
        self._database.write(NOTE_USE, key)

    def renew(
        self,
        tenant_id: str,
        session: Session,
        *,
        digest: bytes,
        expires_at: datetime,
        event: Event,
        device_id: str | None = None,
    ) -> bool:
        """Authenticate again in the same session, under a new cookie; False if it has ended.

        The event is the account's; the login's time is kept in the same change.
        """
        key = {"tenant_id": tenant_id, "session_id": session.id, "now": event.at}
        new = {
            "digest": digest,
            "auth_time": session.auth_time,
            "amr": list(session.amr),
            "acr": session.acr,
            "expires_at": expires_at,
            "methods": _moments(session.methods),
            "device_id": device_id,
        }
        return RENEW_SESSION.make(self._database, {**key, **new, **event_values(event)}) is not None

    def end(self, tenant_id: str, session_id: str, event: Event) -> EndedSession | None:
        """End the session and leave word for its clients; None if it had ended before.

        Its grants end with it, except offline ones, because every token read joins the session.
        """
        key = {"tenant_id": tenant_id, "session_id": session_id, "now": event.at}
        ended = self._end(END_SESSION, key, event)
        return ended[0] if ended else None

    def end_all(
        self, tenant_id: str, account_id: str, event: Event, *, except_id: str = ""
    ) -> tuple[EndedSession, ...]:
        """End all sessions of an account but one, with one event if there was any."""
        key = {"tenant_id": tenant_id, "account_id": account_id, "except_id": except_id}
        return self._end(END_SESSIONS, {**key, "now": event.at}, event)

    def end_surplus(
        self, event: Event, most: int, idle_since: datetime
    ) -> tuple[EndedSession, ...]:
        """End the sessions of the event's account beyond `most`, those seen longest ago.

        That of the event is the last to be ended. Logins at once take turns by the lock of the
        account, so that no more stay than may, and that they do not end each other's.
        """
        key = {"tenant_id": event.tenant_id, "account_id": event.account_id, "now": event.at}
        with self._database.transaction() as transaction:
            transaction.all(LOCK_ACCOUNT, key)
            rows = transaction.all(LIST_IDS, {**key, "idle_since": idle_since})
            ids = [row.id for row in rows]
            ids.sort(key=lambda session_id: session_id != event.session_id)
            ended: list[Row] = []
            for session_id in ids[most:]:
                ended += transaction.all(END_SESSION, {**key, "session_id": session_id})
                of_it = replace(event, session_id=session_id, id=new_id())
                transaction.all(ADD_EVENT, event_values(of_it))
            return tell_clients(transaction, ended, event.at)

    def end_of(
        self, tenant_id: str, account_id: str, session_id: str, event: Event
    ) -> tuple[EndedSession, ...]:
        """End one session if it is that account's."""
        key = {"tenant_id": tenant_id, "account_id": account_id, "now": event.at}
        named = {"session_id": searchable(session_id)}
        return self._end(END_OWN_SESSION, {**key, **named}, event)

    def end_on(
        self, tenant_id: str, account_id: str, device_id: str, event: Event
    ) -> tuple[EndedSession, ...]:
        """End the account's sessions on one device."""
        key = {"tenant_id": tenant_id, "account_id": account_id, "now": event.at}
        return self._end(END_ON_DEVICE, {**key, "device_id": device_id}, event)

    def _end(
        self, statement: Statement, key: Mapping[str, Any], event: Event
    ) -> tuple[EndedSession, ...]:
        with self._database.transaction() as transaction:
            rows = transaction.all(statement, key)
            if rows:
                transaction.all(ADD_EVENT, event_values(event))
            return tell_clients(transaction, rows, event.at)


def _record(row: Row) -> SessionRecord:
    return SessionRecord(
        session=Session(
            id=row.session_id,
            account=read_account(row),
            auth_time=row.auth_time,
            amr=tuple(row.amr),
            acr=row.acr,
            methods=_methods(row),
            trusted_until=row.trusted_until,
        ),
        digest=row.digest,
        created_at=row.created_at,
        last_seen_at=row.last_seen_at,
        expires_at=row.expires_at,
        address=row.address,
        user_agent=row.user_agent,
        device_id=row.device_id,
        location=row.location,
    )


def _methods(row: Row) -> dict[str, datetime]:
    """When each was shown; a session of an older version knows the time of the login alone."""
    if not row.methods:
        return dict.fromkeys(row.amr, row.auth_time)
    return {name: datetime.fromisoformat(at) for name, at in row.methods.items()}


def _moments(methods: Mapping[str, datetime]) -> dict[str, str]:
    return {name: at.isoformat() for name, at in methods.items()}
