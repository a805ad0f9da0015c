"""The one mount of Authlib's AuthorizationServer (docs/decisions/0001).

Authlib dispatches, the engine answers: no grant, hook, mixin or client authentication of
Authlib runs here. A call comes in as a value and its answer goes out as one, so what stands
above may be Flask or WSGI alone (docs/decisions/0009).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from authlib.integrations.flask_oauth2 import AuthorizationServer as AuthlibServer

from authwell.middleware.calls import NO_STORE, Answer, Call, json_answer
from authwell.middleware.context import Site, newer_server
from authwell.middleware.metrics import count_tokens
from authwell.protocol import grants
from authwell.protocol.clients.authentication import EndpointRequest
from authwell.protocol.errors import OAuthError
from authwell.protocol.server import AuthorizationServer
from authwell.protocol.tokens.introspection import introspect
from authwell.protocol.tokens.revocation import revoke
from authwell.routes.oauth.errors import EngineError
from authwell.routes.oauth.forms import endpoint_request

Ask = Callable[[AuthorizationServer, EndpointRequest], Answer]
Dispatched = tuple[int, Answer, list[tuple[str, str]]]
"""What Authlib hands to `handle_response`."""


@dataclass(frozen=True, slots=True)
class FormRequest:
    """A call as Authlib passes it on: of its own reading of URLs and forms nothing runs."""

    site: Site
    call: Call


def ask_engine(ask: Ask, request: FormRequest) -> Dispatched:
    """Ask the engine and turn its errors into Authlib's one kind."""
    try:
        answer = _ask(ask, request)
    except OAuthError as error:
        raise EngineError(error, request.call) from error
    return answer.status, answer, []


def _ask(ask: Ask, request: FormRequest) -> Answer:
    form = endpoint_request(request.call)
    site = request.site
    server = site.server(site.clock(), request.call.caller, request.call.tenant)
    try:
        return ask(server, form)
    except OAuthError as error:
        newer = newer_server(server, error)
        if newer is None:
            raise
        return ask(newer, form)


def _issue(server: AuthorizationServer, request: EndpointRequest) -> Answer:
    issued = grants.exchange(server, request)
    count_tokens(issued.grant_type)
    facts = {
        "client_id": issued.client_id,
        "grant_type": issued.grant_type,
        "scope": issued.response["scope"],
    }
    return json_answer(issued.response, facts)


def _introspect(server: AuthorizationServer, request: EndpointRequest) -> Answer:
    return json_answer(introspect(server, request))


def _revoke(server: AuthorizationServer, request: EndpointRequest) -> Answer:
    revoke(server, request)
    return Answer(200, b"", NO_STORE)


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

    def create_token_response(self) -> Dispatched:
        """RFC 6749 section 3.2."""
        return ask_engine(_issue, self._request)


def _endpoint(name: str, ask: Ask) -> Any:
    """An endpoint in the shape that `register_endpoint` wants."""

    class Endpoint:
        ENDPOINT_NAME = name
        server: AuthlibServer

        def create_endpoint_request(self, request: FormRequest) -> FormRequest:
            return request

        def __call__(self, request: FormRequest) -> Dispatched:
            return ask_engine(ask, request)

    return Endpoint()


class Dispatcher(AuthlibServer):  # type: ignore[misc]  # Authlib has no types
    """Authlib's server with our way of reading requests and writing responses."""

    def create_oauth2_request(self, request: FormRequest) -> FormRequest:
        """The call as it came."""
        return request

    def handle_response(
        self, status_code: int, payload: Answer | dict[str, Any], headers: list[tuple[str, str]]
    ) -> Answer:
        """The engine's answer, or the members of an error."""
        if isinstance(payload, Answer):
            return payload
        return Answer(status_code, orjson.dumps(payload), tuple(headers))


def make_dispatcher() -> Dispatcher:
    """The dispatcher with everything that it may dispatch to."""
    dispatcher = Dispatcher()
    dispatcher.register_grant(TokenGrant)
    dispatcher.register_endpoint(_endpoint("introspection", _introspect))
    dispatcher.register_endpoint(_endpoint("revocation", _revoke))
    return dispatcher


DISPATCHER = make_dispatcher()


def token_answer(site: Site, call: Call) -> Answer:
    """Answer a token request."""
    answer: Answer = DISPATCHER.create_token_response(FormRequest(site, call))
    return answer


def introspection_answer(site: Site, call: Call) -> Answer:
    """Answer an introspection request."""
    return _endpoint_answer("introspection", site, call)


def revocation_answer(site: Site, call: Call) -> Answer:
    """Answer a revocation request."""
    return _endpoint_answer("revocation", site, call)


def _endpoint_answer(name: str, site: Site, call: Call) -> Answer:
    answer: Answer = DISPATCHER.create_endpoint_response(name, FormRequest(site, call))
    return answer
