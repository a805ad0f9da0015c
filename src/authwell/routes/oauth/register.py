"""`/oauth/register`: clients register and manage themselves (OpenID Connect Registration, RFC
7591, RFC 7592).

There is no CORS here: a page that any site may open must not make clients.
"""

from typing import Any
from urllib.parse import quote

import orjson
from flask import Blueprint, Response, current_app, g, request

from authwell.identity.clients.registration import Information, Registrar, require_on
from authwell.middleware.bearer import bearer_error, bearer_token
from authwell.middleware.calls import NO_STORE
from authwell.middleware.context import authorization_server, site
from authwell.middleware.limits.decorators import limit_address, limit_registration
from authwell.middleware.metrics import count_registration
from authwell.protocol.discovery import REGISTRATION
from authwell.protocol.errors import BearerError, InvalidMetadata, MissingToken, OAuthError
from authwell.protocol.server import AuthorizationServer
from authwell.routes.oauth.errors import oauth_error
from authwell.utils.foreign_json import NO_JSON, parse_json

blueprint = Blueprint("oauth_register", __name__)
blueprint.register_error_handler(BearerError, bearer_error)
blueprint.register_error_handler(OAuthError, oauth_error)

ONE = f"{REGISTRATION}/<client_id>"
_EXTENSION = "authwell.registrar"


@blueprint.post(REGISTRATION)
@limit_registration
def register() -> Response:
    """RFC 7591 section 3.1."""
    server = _fresh_server()
    # Before the body is looked at: where it is off there is no such endpoint.
    require_on(server)
    made = _registrar().register(server, _body(), _initial_access_token())
    count_registration("registered")
    return _answer(server, made, 201)


@blueprint.get(ONE)
@limit_address
def read(client_id: str) -> Response:
    """RFC 7592 section 2.1."""
    server = _fresh_server()
    return _answer(server, _registrar().read(server, client_id, bearer_token()))


@blueprint.put(ONE)
@limit_address
def update(client_id: str) -> Response:
    """RFC 7592 section 2.2."""
    server = _fresh_server()
    found = _registrar().update(server, client_id, bearer_token(), _body())
    count_registration("updated")
    return _answer(server, found)


@blueprint.delete(ONE)
@limit_address
def delete(client_id: str) -> Response:
    """RFC 7592 section 2.3."""
    _registrar().delete(_fresh_server(), client_id, bearer_token())
    count_registration("deleted")
    return Response(status=204, headers=NO_STORE)


def _registrar() -> Registrar:
    """The one of this application, made when it is first needed."""
    found: Registrar | None = current_app.extensions.get(_EXTENSION)
    if found is None:
        here = site()
        most_unused = here.settings.unused_clients_max
        found = Registrar(here.database, here.secrets, here.fetches, most_unused)
        current_app.extensions[_EXTENSION] = found
    return found


def _fresh_server() -> AuthorizationServer:
    """On the configuration as it is now: registering is rare, and what it rests on is kept."""
    server = authorization_server()
    newer = server.newer()
    if newer is not None:
        g.authorization_server = server = newer
    return server


def _initial_access_token() -> str | None:
    try:
        return bearer_token()
    except MissingToken:
        return None


def _body() -> dict[str, Any]:
    """The JSON object of the request.

    Raises:
        InvalidMetadata: there is none.
    """
    if request.mimetype != "application/json":
        raise InvalidMetadata(
            "Send the metadata as application/json.", rule="unsupported_media_type"
        )
    body = request.get_data(cache=False)
    # Werkzeug cuts a body that came in chunks at the limit, without a word.
    if request.content_length is None and len(body) >= (request.max_content_length or 0):
        raise InvalidMetadata("The body is too large.", rule="body_too_large")
    try:
        parsed = parse_json(body)
    except orjson.JSONDecodeError as error:
        raise InvalidMetadata(NO_JSON, rule="malformed_json") from error
    if not isinstance(parsed, dict):
        raise InvalidMetadata("The body must be a JSON object.", rule="malformed_json")
    return parsed


def _answer(server: AuthorizationServer, found: Information, status: int = 200) -> Response:
    """The client information response (RFC 7591 section 3.2.1, RFC 7592 section 3)."""
    client_id = found.client.client_id
    body: dict[str, Any] = {
        **found.metadata,
        "client_id_issued_at": int(found.client.created_at.timestamp()),
        "registration_client_uri": f"{server.issuer}{REGISTRATION}/{quote(client_id, safe='')}",
        "registration_access_token": found.access_token,
    }
    if found.secret is not None:
        # Zero means never.
        body |= {"client_secret": found.secret, "client_secret_expires_at": 0}
    return Response(orjson.dumps(body), status, mimetype="application/json", headers=NO_STORE)
