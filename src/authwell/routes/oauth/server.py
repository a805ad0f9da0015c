"""The one mount of Authlib's AuthorizationServer (docs/decisions/0001).

Authlib dispatches, the engine answers: no grant, hook, mixin or client authentication of
Authlib runs here.
"""

from collections.abc import Callable
from typing import Any

import orjson
from authlib.integrations.flask_oauth2 import AuthorizationServer as AuthlibServer
from authlib.oauth2.rfc6749 import OAuth2Request
from flask import Response

from authwell.middleware.context import with_fresh_configuration
from authwell.middleware.metrics import count_tokens, log_with
from authwell.protocol import grants
from authwell.protocol.clients.authentication import EndpointRequest
from authwell.protocol.errors import OAuthError
from authwell.protocol.server import AuthorizationServer
from authwell.protocol.tokens.introspection import introspect
from authwell.protocol.tokens.revocation import revoke
from authwell.routes.oauth.errors import NO_STORE, EngineError
from authwell.routes.oauth.forms import endpoint_request

Answer = tuple[int, dict[str, Any] | None, list[tuple[str, str]]]
JSON_HEADERS = [("Content-Type", "application/json"), *NO_STORE.items()]


class FormRequest(OAuth2Request):  # type: ignore[misc]  # Authlib has no types
    """The body of a POST, each parameter once; Authlib's own reading of URLs is left out."""

    def __init__(self) -> None:
        """Read nothing yet: what cannot be read becomes an error of the endpoint."""

    def read(self) -> EndpointRequest:
        """The engine's view of the request."""
        return endpoint_request()


def ask_engine(call: Callable[[AuthorizationServer], dict[str, Any] | None]) -> Answer:
    """Call the engine and turn its errors into Authlib's one kind."""
    try:
        return 200, with_fresh_configuration(call), JSON_HEADERS
    except OAuthError as error:
        raise EngineError(error) from error


def _issue(server: AuthorizationServer, request: EndpointRequest) -> dict[str, Any]:
    issued = grants.exchange(server, request)
    count_tokens(issued.grant_type)
    scope = issued.response["scope"]
    log_with(client_id=issued.client_id, grant_type=issued.grant_type, scope=scope)
    return issued.response


class TokenGrant:
    """All grant types: the engine's table decides which there are."""

    def __init__(self, request: FormRequest, server: AuthlibServer) -> None:
        """Made by Authlib's dispatcher."""
        self._request = request

    @staticmethod
    def check_token_endpoint(_request: FormRequest) -> bool:
        """Every request is ours."""
        return True

    def validate_token_request(self) -> None:
        """Left to the engine."""

    def create_token_response(self) -> Answer:
        """RFC 6749 section 3.2."""
        return ask_engine(lambda server: _issue(server, self._request.read()))


def _endpoint(
    name: str, answer: Callable[[AuthorizationServer, EndpointRequest], dict[str, Any] | None]
) -> Any:
    """An endpoint in the shape that `register_endpoint` wants."""

    class Endpoint:
        ENDPOINT_NAME = name
        server: AuthlibServer

        def create_endpoint_request(self, _request: object) -> FormRequest:
            return FormRequest()

        def __call__(self, request: FormRequest) -> Answer:
            return ask_engine(lambda server: answer(server, request.read()))

    return Endpoint()


class Dispatcher(AuthlibServer):  # type: ignore[misc]  # Authlib has no types
    """Authlib's server with our way of reading requests and writing responses."""

    def create_oauth2_request(self, request: object) -> FormRequest:
        """The body only, whatever Authlib hands over."""
        return FormRequest()

    def handle_response(
        self, status_code: int, payload: dict[str, Any] | None, headers: list[tuple[str, str]]
    ) -> Response:
        """JSON by the fast serializer; no content type where there is no content."""
        if payload is None:
            response = Response(b"", status_code, NO_STORE)
            del response.headers["Content-Type"]
            return response
        return Response(orjson.dumps(payload), status_code, headers)


def make_dispatcher() -> Dispatcher:
    """The dispatcher with everything that it may dispatch to."""
    dispatcher = Dispatcher()
    dispatcher.register_grant(TokenGrant)
    dispatcher.register_endpoint(_endpoint("introspection", introspect))
    dispatcher.register_endpoint(_endpoint("revocation", revoke))
    return dispatcher


DISPATCHER = make_dispatcher()


def token_response() -> Response:
    """Answer a token request."""
    response: Response = DISPATCHER.create_token_response()
    return response


def endpoint_response(name: str) -> Response:
    """Answer a request to one of the registered endpoints."""
    response: Response = DISPATCHER.create_endpoint_response(name)
    return response
