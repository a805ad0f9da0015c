"""Tables that several pages of the console show: sessions and events."""

from collections.abc import Iterable, Sequence

from flask_babel import gettext

from authwell.identity.sessions.user_agents import device_name
from authwell.middleware.console_pages import address
from authwell.middleware.context import authorization_server, site
from authwell.protocol.model import Event
from authwell.routes.console.parts import Cell, Table, Text, code, moment, state
from authwell.routes.console.words import words
from authwell.storage.login.session_reports import SessionReport, SessionReports
from authwell.storage.pages import Wanted


def session_rows(account_id: str, limit: int) -> Table:
    """The latest sessions of an account."""
    reports, tenant_id = SessionReports(site().database), authorization_server().tenant.id
    wanted = Wanted("-created_at", limit)
    found = reports.page(tenant_id, wanted, {"account_id": account_id})
    more = f"{address('sessions')}?account_id={account_id}" if found.next else None
    return session_table(found.rows, gettext("Sessions"), more)


def session_table(
    reports: Iterable[SessionReport], title: Text | None = None, more: str | None = None
) -> Table:
    """Sessions as they are listed."""
    heads = words("session", "user", "user_agent", "address", "last_seen_at", "status")
    return Table("sessions", heads, [_session(report) for report in reports], title, more)


def event_rows(
    events: Iterable[Event], title: Text | None = None, more: str | None = None
) -> Table:
    """Audit events as they are listed."""
    heads = words("at", "event", "user", "client", "address")
    return Table("events", heads, [_event(event) for event in events], title, more)


def _session(report: SessionReport) -> Sequence[Cell]:
    now = authorization_server().now
    stands = report.ended_at is None and report.expires_at > now
    return (
        Cell(report.id[-12:], href=address("sessions", report.id)),
        Cell(report.username, href=address("users", report.account_id)),
        Cell(device_name(report.user_agent) if report.user_agent else ""),
        Cell(report.address or ""),
        moment(report.last_seen_at),
        state("active") if stands else Cell("ended"),
    )


def _event(event: Event) -> Sequence[Cell]:
    user, client = event.account_id, event.client_id
    return (
        moment(event.at),
        Cell(event.type, href=address("audit", event.id)),
        Cell(user[-12:], href=address("users", user)) if user else Cell(),
        Cell(client, href=address("client", client)) if client else Cell(),
        code(event.address) if event.address else Cell(),
    )
