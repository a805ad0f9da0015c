"""`authwell session`: the sessions of people, and what their clients were told."""

from typing import Any

import click

from authwell.identity.configuration import lookups
from authwell.identity.sessions.reports import SessionReports, shown
from authwell.ops.administration import as_json, operator, print_entry, print_rows
from authwell.protocol.events import EventType
from authwell.storage.pages import Wanted


@click.group()
def session() -> None:
    """Sessions: people logged in with a browser."""


@session.command("list")
@click.option("--account", help="User name, e-mail address or id; all accounts if left out.")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@as_json
def list_sessions(account: str | None, limit: int, as_json: bool) -> None:
    """Print sessions, the latest first; ended ones stay until their time is over."""
    with operator() as here:
        state = here.configurator.state()
        only = {"account_id": lookups.account(state, account).id} if account is not None else {}
        reports = SessionReports(here.parts.database)
        found = reports.page(state.tenant.id, Wanted("-created_at", limit), only)
    entries = [shown(report) for report in found.rows]
    columns = ("id", "username", "last_seen_at", "ended_at", "address")
    print_rows(entries, columns, as_json=as_json)


@session.command()
@click.argument("session_id")
@as_json
def show(session_id: str, as_json: bool) -> None:
    """Print one session, its clients, and how far their logout tokens have come."""
    with operator() as here:
        reports = SessionReports(here.parts.database)
        found = _found(reports, here.tenant_id, session_id)
    clients = found.pop("clients")
    if as_json:
        print_entry({**found, "clients": clients}, as_json=True)
        return
    print_entry(found, as_json=False)
    for client in clients:
        click.echo(f"client {client['client_id']}: {_told(client['backchannel_logout'])}")


@session.command()
@click.argument("session_id")
def end(session_id: str) -> None:
    """End a session with its tokens; the server tells its clients."""
    with operator() as here:
        tenant_id = here.tenant_id
        reports = SessionReports(here.parts.database)
        found = _found(reports, tenant_id, session_id)
        event = here.author.event(
            EventType.SESSION_ENDED,
            tenant_id,
            {"reason": "administrator"},
            account_id=found["account_id"],
            session_id=found["id"],
        )
        ended = reports.end(event)
    click.echo("The session has ended." if ended else "The session had ended before.")


def _found(reports: SessionReports, tenant_id: str, session_id: str) -> dict[str, Any]:
    found = reports.show(tenant_id, session_id)
    if found is None:
        raise click.ClickException(f"There is no session {session_id}, or it was deleted.")
    return found


def _told(delivery: dict[str, Any] | None) -> str:
    if delivery is None:
        return "nothing to tell"
    error = f" ({delivery['last_error']})" if delivery["last_error"] else ""
    return f"{delivery['status']}, attempts: {delivery['attempts']}{error}"
