"""`/oauth/clients` (B14): administrators register, read, change and delete clients.

Guarded by an access token for our own API with the scope `admin`.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from secrets import token_hex
from typing import Any, Final
from urllib.parse import quote

from flask import Response

from authwell.identity.configuration import lookups, removals
from authwell.identity.configuration.changes import Change
from authwell.identity.configuration.state import State
from authwell.middleware.api.administrators import author
from authwell.middleware.api.operations import Api, permission
from authwell.middleware.api.paging import read_page
from authwell.middleware.api.versions import expected, versioned
from authwell.middleware.configuring import configurator
from authwell.middleware.context import authorization_server
from authwell.middleware.errors import Problem
from authwell.routes.clients import errors, reading
from authwell.routes.clients.schemas import (
    ClientProblemSchema,
    ClientSchema,
    ClientsSchema,
    NewClientSchema,
    QuerySchema,
    RotationSchema,
    ShownClientSchema,
    shown,
    shown_once,
)
from authwell.storage.clients.pages import client_of
from authwell.utils.versions import Expected, version_of

api = Api("clients", "/oauth/clients", prefixes=(), more_errors=errors.register)

ONE: Final = "/<path:client_id>"
_REFUSED: Final = {
    400: "A member does not fit; `errors` names each",
    409: "There is one of that name, or somebody else changed it at the same moment",
}
_WRITING: Final[Mapping[str, Any]] = {
    "body": ClientSchema,
    "reads": reading.entry,
    "media": reading.JSON,
    "problem": ClientProblemSchema,
    "refusals": _REFUSED,
    "versioned": True,
}


@api.add("GET", "", needs=permission("client", "read"), query=QuerySchema, answer=ClientsSchema)
def list_clients(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """A page of clients, by client_id unless asked otherwise."""
    page = read_page("clients", query)
    tenant_id = authorization_server().tenant.id
    found = configurator().clients_page(tenant_id, page.wanted, page.filters)
    return page.answer(found, lambda row: shown(client_of(row)))


@api.add(
    "POST",
    "",
    answer=NewClientSchema,
    status=201,
    headers={"Location": "Where the client is"},
    needs=permission("client", "create"),
    **_WRITING,
)
def create_client(body: Mapping[str, Any]) -> Response:
    """Register a client; its secret is in this answer only."""
    client_id = body.get("client_id") or token_hex(12)
    made = configurator().create_client({**body, "client_id": client_id}, author())
    response = versioned(shown_once(made.client, made.secret), 201)
    # The version of what is read from now on, without the secret.
    response.set_etag(version_of(shown(made.client)))
    issuer = authorization_server().issuer
    response.headers["Location"] = f"{issuer}{api.path}/{quote(client_id, safe='')}"
    return response


@api.add("GET", ONE, needs=permission("client", "read"), answer=ShownClientSchema, versioned=True)
def show_client(client_id: str) -> Mapping[str, Any]:
    """One client."""
    return shown(configurator().client(client_id))


@api.add("PUT", ONE, answer=ShownClientSchema, needs=permission("client", "update"), **_WRITING)
def replace_client(client_id: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """All metadata anew; what is left out has its default. Secrets and status stay."""
    return _change(client_id, body, _kept_by_put)


@api.add("PATCH", ONE, answer=ShownClientSchema, needs=permission("client", "update"), **_WRITING)
def update_client(client_id: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Some members anew; null takes one away (RFC 7396)."""
    return _change(client_id, body, lookups.client_entry)


@api.add("DELETE", ONE, needs=permission("client", "delete"), versioned=True)
def delete_client(client_id: str) -> None:
    """The client with its consents, grants and tokens."""
    wanted = expected()

    def plan(state: State) -> list[Change]:
        _require(wanted, state, client_id)
        return removals.remove_client(state, client_id)

    configurator().remove(plan, author())


@api.add(
    "POST",
    f"{ONE}/rotate-secret",
    needs=permission("client", "update"),
    body=RotationSchema,
    answer=NewClientSchema,
)
def rotate_secret(client_id: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """A new secret, in this answer only; the present one is good for the overlap."""
    overlap = timedelta(seconds=body["overlap_seconds"])
    made = configurator().rotate_secret(client_id, author(), overlap)
    return shown_once(made.client, made.secret)


def _change(
    client_id: str, body: Mapping[str, Any], kept: Callable[[State, str], Mapping[str, Any]]
) -> Mapping[str, Any]:
    members = {"client_id": client_id, **body}
    if members["client_id"] != client_id:
        raise Problem(400, "client_id_differs", "client_id is not that of the address.")
    wanted = expected()

    def find(state: State) -> Mapping[str, Any]:
        _require(wanted, state, client_id)
        return kept(state, client_id)

    configurator().update("clients", find, members, author())
    return shown(configurator().client(client_id))


def _require(wanted: Expected, state: State, client_id: str) -> None:
    """Check what is planned from; it is written only if nothing has changed since."""
    if wanted.versions is not None:
        wanted.require(shown(lookups.client(state, client_id)))


def _kept_by_put(state: State, client_id: str) -> dict[str, Any]:
    return {"client_id": lookups.client(state, client_id).client_id}
