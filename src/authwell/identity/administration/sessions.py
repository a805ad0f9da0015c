"""Sessions of people, ended by administrators (REQUIREMENTS.md F8, G14)."""

from dataclasses import replace

from authwell.identity.administration.administrators import Administrator
from authwell.protocol.events import EventType
from authwell.protocol.server import AuthorizationServer
from authwell.storage.database import Database
from authwell.storage.login.session_reports import SessionReports
from authwell.storage.login.sessions import Sessions
from authwell.storage.people.accounts import Accounts


class NoSuchSession(LookupError):
    """The tenant has no such session, or it was deleted."""


def end_session(
    database: Database, server: AuthorizationServer, who: Administrator, session_id: str
) -> bool:
    """End a session: its tokens end too, and its clients are told.

    Returns:
        Whether it stood until now.

    Raises:
        NoSuchSession: there is none.
        NotAllowed: it is of somebody whom the administrator may not change (THREATS.md TN-05).
    """
    tenant_id = server.tenant.id
    found = SessionReports(database).find(tenant_id, session_id)
    record = Accounts(database).find(tenant_id, found.account_id) if found is not None else None
    if found is None or record is None:
        raise NoSuchSession
    who.require_over(server, record)
    event = server.event(
        EventType.SESSION_ENDED, account=record.account, data={"reason": "administrator"}
    )
    ended = replace(event, session_id=found.id, actor=who.actor)
    return Sessions(database).end(tenant_id, found.id, ended) is not None
