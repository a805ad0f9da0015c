"""Client authentication at the machine endpoints (RFC 6749 section 2.3, RFC 9700 section 2.5).

Exactly one method, and the registered one. An unknown client and a wrong secret cannot be
told apart, neither by the answer nor by its time.
"""

import binascii
from base64 import b64decode
from dataclasses import dataclass
from urllib.parse import unquote_plus

from authwell.protocol.clients import assertions
from authwell.protocol.errors import InvalidClient, InvalidRequest
from authwell.protocol.model import Client
from authwell.protocol.params import Params
from authwell.protocol.server import AuthorizationServer

MAX_SECRET = 1024


@dataclass(frozen=True, slots=True)
class EndpointRequest:
    """A POST to a machine endpoint: the form of its body, and how the client shows itself."""

    params: Params
    authorization: str | None = None
    """The Authorization header."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request presents."""

    client_id: str
    secret: str
    method: str


def authenticate(server: AuthorizationServer, request: EndpointRequest) -> Client:
    """The client that sent the request.

    Raises:
        InvalidRequest: repeated parameters, or more than one method (RFC 6749 section 2.3).
        InvalidClient: none, unknown, disabled, not by the registered method, or an assertion
            that was used before.
    """
    request.params.check()
    if "client_assertion" in request.params or "client_assertion_type" in request.params:
        if request.authorization is not None or "client_secret" in request.params:
            raise _two_methods()
        return assertions.authenticate(server, request.params)
    credentials = _credentials(request)
    client = server.clients.find(credentials.client_id)
    if not _proven(server, client, credentials) or client is None:
        raise InvalidClient(
            "Client authentication failed.",
            reason=_reason(client, credentials),
            rule=server.tenant.blocks.rule_of(credentials.client_id, "client_authentication"),
        )
    return client


def _credentials(request: EndpointRequest) -> Credentials:
    form = request.params
    client_id = form.optional("client_id")
    secret = form.optional("client_secret")
    if request.authorization is not None:
        basic = _basic(request.authorization)
        if secret is not None:
            raise _two_methods()
        if client_id is not None and client_id != basic.client_id:
            raise InvalidRequest(
                "client_id differs from the authenticated client.", rule="client_id_differs"
            )
        return basic
    if client_id is None:
        raise InvalidClient("Client authentication is missing.", rule="client_authentication")
    if secret is not None:
        return Credentials(client_id, secret, "client_secret_post")
    return Credentials(client_id, "", "none")


def _two_methods() -> InvalidRequest:
    return InvalidRequest(
        "Use one method of client authentication only.", rule="two_client_auth_methods"
    )


def _basic(header: str) -> Credentials:
    """RFC 6749 section 2.3.1: both parts are form-encoded before they are joined."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClient(
            "Client authentication failed.", reason=f"scheme {scheme[:20]!r}", rule="auth_scheme"
        )
    try:
        pair = b64decode(encoded.strip(), validate=True).decode("utf-8")
        name, colon, secret = pair.partition(":")
        client_id = unquote_plus(name, errors="strict")
        password = unquote_plus(secret, errors="strict")
    except (binascii.Error, ValueError) as error:
        raise InvalidClient(
            "Client authentication failed.", reason="malformed Basic", rule="auth_scheme"
        ) from error
    if not colon:
        raise InvalidClient(
            "Client authentication failed.", reason="Basic without a colon", rule="auth_scheme"
        )
    return Credentials(client_id, password, "client_secret_basic")


def _proven(server: AuthorizationServer, client: Client | None, presented: Credentials) -> bool:
    if presented.method == "none":
        return client is not None and client.is_public and client.status == "active"
    if len(presented.secret) > MAX_SECRET:
        return False
    # The comparison runs for unknown clients too, so that its time tells nothing.
    matches = server.secrets.matches(client, presented.secret, server.now)
    return (
        matches
        and client is not None
        and client.status == "active"
        and client.token_endpoint_auth_method == presented.method
    )


def _reason(client: Client | None, presented: Credentials) -> str:
    if client is None:
        return f"unknown client {presented.client_id[:100]!r}"
    if client.status != "active":
        return f"client {client.client_id} is disabled"
    if client.token_endpoint_auth_method != presented.method:
        return (
            f"client {client.client_id} is registered for "
            f"{client.token_endpoint_auth_method}, the request uses {presented.method}"
        )
    return f"wrong secret of client {client.client_id}"
