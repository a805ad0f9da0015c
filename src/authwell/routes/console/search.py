"""The search of the console: leads to the one thing that is called so, or lists what is."""

from dataclasses import dataclass

from flask import Response, request
from flask_babel import gettext

from authwell.identity.people.names import canonical_username
from authwell.middleware.console_pages import address, go, may
from authwell.middleware.context import authorization_server, site
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.pages import list_page
from authwell.routes.console.parts import Cell, Table
from authwell.storage.configuration.edit import Configuration
from authwell.storage.login.session_reports import SessionReports
from authwell.storage.people.accounts import Accounts
from authwell.storage.values import searchable


@dataclass(frozen=True, slots=True)
class Found:
    """Something that is called so, and the page that it has."""

    kind: str
    name: str
    place: tuple[str, ...]


@blueprint.get("/search")
def search() -> Response:
    """Users by name, address or id, clients and sessions by id."""
    wanted = request.args.get("find", "").strip()
    found = _found(searchable(wanted)) if wanted else []
    if len(found) == 1:
        return go(*found[0].place)
    heads = (gettext("Kind"), gettext("Name"))
    rows = [(Cell(each.kind), Cell(each.name, address(*each.place))) for each in found]
    return list_page("overview", gettext("Search"), Table("found", heads, rows))


def _found(wanted: str) -> list[Found]:
    here, tenant_id = site(), authorization_server().tenant.id
    found = []
    if may("user:read"):
        people = Accounts(here.database)
        user = people.find(tenant_id, wanted) or people.find_by_name(
            tenant_id, canonical_username(wanted)
        )
        if user is not None:
            found.append(Found(gettext("User"), user.username, ("users", user.id)))
    if may("client:read"):
        client = Configuration(here.database).find_client(tenant_id, wanted)
        if client is not None:
            place = ("client", client.client_id)
            found.append(Found(gettext("Client"), client.client_id, place))
    if may("session:read"):
        session = SessionReports(here.database).find(tenant_id, wanted)
        if session is not None:
            place = ("sessions", session.id)
            found.append(Found(gettext("Session"), session.username, place))
    return found
