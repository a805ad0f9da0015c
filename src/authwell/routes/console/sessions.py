"""Sessions: who is logged in, what their clients were told, and ending one."""

from flask import Response
from flask_babel import gettext

from authwell.identity.administration import sessions as ending
from authwell.identity.configuration.problems import NotFound
from authwell.middleware.api.administering import administering
from authwell.middleware.api.fields import text
from authwell.middleware.api.paging import PageSchema, sorted_by
from authwell.middleware.console_pages import acting, address, go, may, needs
from authwell.middleware.context import authorization_server, site
from authwell.middleware.notices import notify
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.pages import form_page, list_page, show_page
from authwell.routes.console.paging import listed
from authwell.routes.console.parts import Act, Cell, Table, code, codes, fact, moment, state
from authwell.routes.console.rows import session_table
from authwell.routes.console.words import WORDS, words
from authwell.storage.login.session_reports import Participant, SessionReport, SessionReports
from authwell.storage.values import searchable

SECTION = "sessions"


class QuerySchema(PageSchema):
    """Which page of sessions."""

    sort = sorted_by("created_at", default="-created_at")
    account_id = text(36)


@blueprint.get("/sessions")
@needs("session:read")
def list_sessions() -> Response:
    """All of them, the latest first."""
    reports, tenant_id = SessionReports(site().database), authorization_server().tenant.id
    page = listed(
        SECTION,
        QuerySchema(),
        lambda wanted, filters: reports.page(tenant_id, wanted, filters),
    )
    table = session_table(page.rows, more=page.more)
    return list_page(SECTION, gettext("Sessions"), table)


@blueprint.get("/sessions/<session_id>")
@needs("session:read")
def show_session(session_id: str) -> Response:
    """One with its clients."""
    found = _found(session_id)
    tenant_id = authorization_server().tenant.id
    clients = SessionReports(site().database).participants(tenant_id, found.id)
    heads = words("client", "sid", "backchannel_logout")
    rows = [_client(each) for each in clients]
    end = Act(gettext("End"), address(SECTION, found.id, "end"), is_grave=True)
    return show_page(
        SECTION,
        found.username,
        [
            fact(WORDS["user"], Cell(found.username, href=address("users", found.account_id))),
            fact(WORDS["status"], state("active") if found.ended_at is None else Cell("ended")),
            fact("id", code(found.id)),
            fact(WORDS["amr"], *codes(found.amr)),
            fact(WORDS["address"], code(found.address or "")),
            fact(WORDS["user_agent"], Cell(found.user_agent or "")),
            fact(WORDS["created_at"], moment(found.created_at)),
            fact(WORDS["last_seen_at"], moment(found.last_seen_at)),
            fact(WORDS["expires_at"], moment(found.expires_at)),
            fact(WORDS["ended_at"], moment(found.ended_at)),
        ],
        links=[end if found.ended_at is None and may("session:delete") else None],
        tables=[Table("clients", heads, rows, gettext("Clients"))],
    )


@blueprint.get("/sessions/<session_id>/end")
@needs("session:delete", recent=True)
def ask_to_end_session(session_id: str) -> Response:
    """Ask first."""
    found = _found(session_id)
    return form_page(
        SECTION,
        gettext("End this session?"),
        address(SECTION, found.id),
        label=gettext("End"),
        about=found.username,
        is_grave=True,
    )


@blueprint.post("/sessions/<session_id>/end")
@needs("session:delete", recent=True)
def end_session(session_id: str) -> Response:
    """End it with its tokens; its clients are told."""
    here = site()
    try:
        with administering():
            if ending.end_session(here.database, authorization_server(), acting(), session_id):
                here.outbox_bell.set()
    except ending.NoSuchSession as gone:
        raise NotFound("session", session_id) from gone
    return notify(go(SECTION, session_id), "session_ended")


def _found(session_id: str) -> SessionReport:
    tenant_id = authorization_server().tenant.id
    found = SessionReports(site().database).find(tenant_id, searchable(session_id))
    if found is None:
        raise NotFound("session", session_id)
    return found


def _client(each: Participant) -> tuple[Cell, ...]:
    logout = Cell() if each.logout is None else state(each.logout.status)
    return (Cell(each.client_id, href=address("client", each.client_id)), code(each.sid), logout)
