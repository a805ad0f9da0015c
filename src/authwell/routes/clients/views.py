"""`/oauth/clients` (B14): administrators register, read, change and delete clients.

Guarded by an access token for our own API with the scope `admin`.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from secrets import token_hex
from typing import Any
from urllib.parse import quote

import orjson
from flask import Blueprint, Response, request

from authwell.identity.configuration import lookups, removals
from authwell.identity.configuration.state import State
from authwell.identity.configuration.writing import Author
from authwell.middleware.api import tenants
from authwell.middleware.bearer import caller_token, require_scope
from authwell.middleware.configuring import configurator
from authwell.middleware.context import authorization_server, caller
from authwell.middleware.errors import Problem
from authwell.middleware.limits import limit_api
from authwell.routes.clients import errors, reading
from authwell.routes.clients.schemas import RotationSchema, shown, shown_once

blueprint = Blueprint("clients", __name__)
errors.register(blueprint)
tenants.choose(blueprint)

PATH = "/oauth/clients"
ONE = f"{PATH}/<path:client_id>"


@blueprint.get(PATH)
@limit_api
@require_scope("admin")
def list_clients() -> Response:
    """A page of clients by client_id, and the cursor of the next."""
    limit = reading.page_size(request.args.get("limit"))
    after = reading.start_of(request.args.get("cursor"))
    clients = configurator().page_of_clients(after, limit + 1)
    page, more = clients[:limit], clients[limit:]
    cursor = reading.cursor_after(page[-1].client_id) if more else None
    return _json({"clients": [shown(client) for client in page], "next_cursor": cursor})


@blueprint.post(PATH)
@limit_api
@require_scope("admin")
def create_client() -> Response:
    """Register a client; its secret is in this answer only."""
    entry = reading.entry()
    client_id = entry.get("client_id") or token_hex(12)
    made = configurator().create_client({**entry, "client_id": client_id}, _author())
    response = _json(shown_once(made.client, made.secret), 201)
    issuer = authorization_server().issuer
    response.headers["Location"] = f"{issuer}{PATH}/{quote(client_id, safe='')}"
    return response


@blueprint.get(ONE)
@limit_api
@require_scope("admin")
def show_client(client_id: str) -> Response:
    """One client."""
    return _json(shown(configurator().client(client_id)))


@blueprint.put(ONE)
@limit_api
@require_scope("admin")
def replace_client(client_id: str) -> Response:
    """All metadata anew; what is left out has its default. Secrets and status stay."""
    return _change(client_id, _kept_by_put)


@blueprint.patch(ONE)
@limit_api
@require_scope("admin")
def update_client(client_id: str) -> Response:
    """Some members anew; null takes one away (RFC 7396)."""
    return _change(client_id, lookups.client_entry)


@blueprint.delete(ONE)
@limit_api
@require_scope("admin")
def delete_client(client_id: str) -> Response:
    """The client with its consents, grants and tokens."""
    configurator().remove(lambda state: removals.remove_client(state, client_id), _author())
    return Response(status=204)


@blueprint.post(f"{ONE}/rotate-secret")
@limit_api
@require_scope("admin")
def rotate_secret(client_id: str) -> Response:
    """A new secret, in this answer only; the present one is good for the overlap."""
    sent = reading.body() if request.content_length else {}
    wanted = reading.load(RotationSchema(), sent)
    overlap = timedelta(seconds=wanted["overlap_seconds"])
    made = configurator().rotate_secret(client_id, _author(), overlap)
    return _json(shown_once(made.client, made.secret))


def _change(client_id: str, kept: Callable[[State, str], Mapping[str, Any]]) -> Response:
    members = reading.entry()
    if members.setdefault("client_id", client_id) != client_id:
        raise Problem(400, "client_id_differs", "client_id is not that of the address.")
    configurator().update("clients", lambda state: kept(state, client_id), members, _author())
    return _json(shown(configurator().client(client_id)))


def _kept_by_put(state: State, client_id: str) -> dict[str, Any]:
    return {"client_id": lookups.client(state, client_id).client_id}


def _author() -> Author:
    token = caller_token()
    person = token.grant.account if token.grant is not None else None
    # To us an account is its id, whatever the client knows it by.
    actor = token.subject if person is None else person.id
    return Author(actor, authorization_server().now, caller())


def _json(body: Mapping[str, Any], status: int = 200) -> Response:
    response = Response(orjson.dumps(body), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
