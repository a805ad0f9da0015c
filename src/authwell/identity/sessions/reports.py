"""Sessions for administrators: listed, shown with what their clients were told, and ended."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from authwell.protocol.model import Event
from authwell.storage.database import Database
from authwell.storage.login.session_reports import Participant, SessionReport
from authwell.storage.login.session_reports import SessionReports as Stored
from authwell.storage.login.sessions import Sessions
from authwell.storage.pages import Found, Wanted
from authwell.storage.work.outbox import Delivery


class SessionReports:
    """What the API and the command line say of sessions."""

    def __init__(self, database: Database) -> None:
        """Read and change one database."""
        self._reports = Stored(database)
        self._sessions = Sessions(database)

    def page(self, tenant_id: str, wanted: Wanted, filters: Mapping[str, Any]) -> Found:
        """A page of sessions as `shown` takes them, by `created_at`; filter: `account_id`."""
        return self._reports.page(tenant_id, wanted, filters)

    def show(self, tenant_id: str, session_id: str) -> dict[str, Any] | None:
        """One session with its clients; None if there is none, or it was deleted."""
        report = self._reports.find(tenant_id, session_id)
        if report is None:
            return None
        clients = self._reports.participants(tenant_id, report.id)
        return {**shown(report), "clients": [_client(client) for client in clients]}

    def end(self, event: Event) -> bool:
        """End the session that the event is about; False if there is none that stands."""
        return self._sessions.end(event.tenant_id, str(event.session_id), event) is not None


def shown(report: SessionReport) -> dict[str, Any]:
    """A session as lists have it."""
    return {
        "id": report.id,
        "account_id": report.account_id,
        "username": report.username,
        "auth_time": _moment(report.auth_time),
        "amr": list(report.amr),
        "created_at": _moment(report.created_at),
        "last_seen_at": _moment(report.last_seen_at),
        "expires_at": _moment(report.expires_at),
        "ended_at": _moment(report.ended_at),
        "address": report.address,
        "user_agent": report.user_agent,
    }


def _client(client: Participant) -> dict[str, Any]:
    logout = None if client.logout is None else _delivery(client.logout)
    return {"client_id": client.client_id, "sid": client.sid, "backchannel_logout": logout}


def _delivery(delivery: Delivery) -> dict[str, Any]:
    return {
        "status": delivery.status,
        "attempts": delivery.entry.attempts,
        "next_attempt_at": _moment(delivery.next_attempt_at),
        "done_at": _moment(delivery.done_at),
        "last_error": delivery.last_error,
    }


def _moment(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
