"""The search of the console: leads to the one thing that is called so, or lists what is."""

from flask import Response, request
from flask_babel import gettext

from authwell.identity.accounts import canonical_username
from authwell.middleware.console_pages import address, may
from authwell.middleware.context import authorization_server, site
from authwell.middleware.replies import see_other
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.pages import list_page
from authwell.routes.console.parts import Cell, Table
from authwell.storage.accounts import Accounts
from authwell.storage.configuration import Configuration
from authwell.storage.session_reports import SessionReports
from authwell.storage.values import searchable


@blueprint.get("/search")
def search() -> Response:
    """Users by name, address or id, clients and sessions by id."""
    wanted = request.args.get("find", "").strip()
    found = _found(searchable(wanted)) if wanted else []
    if len(found) == 1:
        return see_other(str(found[0][1].href))
    heads = (gettext("Kind"), gettext("Name"))
    return list_page("overview", gettext("Search"), Table("found", heads, found))


def _found(wanted: str) -> list[tuple[Cell, Cell]]:
    here, tenant_id = site(), authorization_server().tenant.id
    found: list[tuple[Cell, Cell]] = []
    if may("user:read"):
        people = Accounts(here.database)
        user = people.find(tenant_id, wanted) or people.find_by_name(
            tenant_id, canonical_username(wanted)
        )
        if user is not None:
            found.append((Cell(gettext("User")), Cell(user.username, address("users", user.id))))
    if may("client:read"):
        client = Configuration(here.database).find_client(tenant_id, wanted)
        if client is not None:
            place = address("client", client.client_id)
            found.append((Cell(gettext("Client")), Cell(client.client_id, place)))
    if may("session:read"):
        session = SessionReports(here.database).find(tenant_id, wanted)
        if session is not None:
            place = address("sessions", session.id)
            found.append((Cell(gettext("Session")), Cell(session.username, place)))
    return found
