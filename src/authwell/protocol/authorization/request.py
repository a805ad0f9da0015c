"""Reading an authorization request (RFC 6749 section 4.1.1, OpenID Connect Core 3.1.2.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from authwell.protocol import claims, resources, response_types, scopes
from authwell.protocol.authorization import hints, request_object
from authwell.protocol.authorization.response_modes import ReplyTo, default_mode, may_carry
from authwell.protocol.clients import redirect_uris
from authwell.protocol.errors import (
    InvalidRequest,
    OAuthError,
    RegistrationNotSupported,
    UnsafeRedirect,
    UnsupportedResponseType,
)
from authwell.protocol.model import Client
from authwell.protocol.params import Params
from authwell.protocol.server import AuthorizationServer

MAX_AGE = 10**9
"""Seconds; longer makes no difference and would overflow dates."""


@dataclass(frozen=True, slots=True)
class AuthorizationRequest:
    """A request whose client and redirect URI are proven; only `read_request` builds one."""

    client: Client
    reply_to: ReplyTo
    redirect_uri_sent: bool
    response_type: str
    scope: frozenset[str]
    resources: tuple[str, ...]
    prompt: frozenset[str]
    claims: Mapping[str, Any]
    parameters: tuple[tuple[str, str], ...]
    """As they came, to be read again when the person comes back."""
    nonce: str | None = None
    code_challenge: str | None = None
    code_challenge_method: str | None = None
    max_age: timedelta | None = None
    login_hint: str | None = None
    hinted_subject: str | None = None
    """The subject of a valid `id_token_hint`."""
    ui_locales: tuple[str, ...] = ()
    display: str = "page"
    acr_values: tuple[str, ...] = ()
    """The classes that the client would like, the dearest first."""

    @property
    def returned(self) -> frozenset[str]:
        """The values of the response type: code, token, id_token or none."""
        return response_types.parts(self.response_type)


class RefusedRequest(Exception):
    """An error that goes back to the proven redirect URI in its response mode.

    Attributes:
        error: what is wrong.
        reply_to: where it goes.
        client: whose request it was.
    """

    def __init__(self, error: OAuthError, reply_to: ReplyTo, client: Client) -> None:
        """See the class."""
        super().__init__(error.description)
        self.error = error
        self.reply_to = reply_to
        self.client = client


def read_request(
    server: AuthorizationServer, params: Params, *, is_kept: bool = False
) -> AuthorizationRequest:
    """The request that the parameters make, not yet checked against the policy.

    Args:
        is_kept: they come from a request that was read before, and hold already what its
            request object said.

    Raises:
        UnsafeRedirect: client or redirect URI is not proven; shown on a page of ours.
        RefusedRequest: anything else that is wrong.
    """
    client = _client(server, params)
    has_object = "request" in params or "request_uri" in params
    if has_object:
        params = _from_object(server, client, params)
    redirect_uri = _redirect_uri(client, params)
    reply_to = _reply_to(client, params, redirect_uri)
    try:
        params.check()
        if client.require_signed_request_object and not (has_object or is_kept):
            raise InvalidRequest("A request object is needed.", rule="request_object_needed")
        if "registration" in params:
            raise RegistrationNotSupported("The registration parameter is not supported.")
        response_type = _response_type(client, params)
        _require_usable_mode(client, params, response_type)
        return _read(server, client, params, reply_to, response_type)
    except OAuthError as error:
        raise RefusedRequest(error, reply_to, client) from error


def _client(server: AuthorizationServer, params: Params) -> Client:
    client_id = params.optional("client_id")
    if client_id is None or "client_id" in params.repeated:
        raise UnsafeRedirect(
            "client_id_missing",
            "The application did not say which one it is, exactly once.",
            reason="client_id is missing or repeated",
        )
    client = server.clients.find(client_id)
    if client is None or client.status != "active":
        raise UnsafeRedirect(
            server.tenant.blocks.rule_of(client_id, "unknown_client"),
            "The application that sent you here is not known, or it was switched off.",
            reason=f"unknown or disabled client_id {client_id[:100]!r}",
        )
    return client


def _from_object(server: AuthorizationServer, client: Client, params: Params) -> Params:
    """The parameters with those of the request object, whose redirect URI alone counts.

    If it cannot be used, the error goes to the redirect URI beside it, if that one is proven.
    """
    try:
        params.check()
        return request_object.expand(server, client, params)
    except OAuthError as error:
        if "redirect_uri" in params:
            reply_to = _reply_to(client, params, _redirect_uri(client, params))
            raise RefusedRequest(error, reply_to, client) from error
        raise UnsafeRedirect(
            error.rule,
            "The request of the application is invalid: its request object cannot be used.",
            reason=error.reason,
        ) from error


def _redirect_uri(client: Client, params: Params) -> str:
    requested = params.optional("redirect_uri")
    if "redirect_uri" in params.repeated:
        raise UnsafeRedirect(
            "redirect_uri_repeated",
            "The address to return to (redirect_uri) was given more than once.",
            reason="redirect_uri is repeated",
        )
    if requested is None:
        # RFC 6749 section 3.1.2.3; OpenID Connect demands the parameter.
        openid = "openid" in (params.optional("scope") or "").split(" ")
        if len(client.redirect_uris) == 1 and not openid:
            return client.redirect_uris[0]
        raise UnsafeRedirect(
            "redirect_uri_missing",
            "The address to return to (redirect_uri) is missing.",
            reason=f"client {client.client_id} sent no redirect_uri",
        )
    found = redirect_uris.find(client, requested)
    if found is None:
        raise UnsafeRedirect(
            "redirect_uri_mismatch",
            "The address to return to (redirect_uri) is not registered for this application, "
            "so it is invalid here.",
            reason=f"{requested[:300]!r} is not one of {list(client.redirect_uris)[:10]!r}",
        )
    return found


def _reply_to(client: Client, params: Params, redirect_uri: str) -> ReplyTo:
    mode, response_type = params.optional("response_mode"), params.optional("response_type")
    if (
        mode is None
        or mode not in client.policy.response_modes
        or "response_mode" in params.repeated
        or not may_carry(mode, response_type)
    ):
        mode = default_mode(response_type)
    state = None if "state" in params.repeated else params.optional("state")
    return ReplyTo(redirect_uri=redirect_uri, mode=mode, state=state)


def _response_type(client: Client, params: Params) -> str:
    response_type = response_types.normal(params.required("response_type"))
    if response_type not in client.policy.response_types:
        raise UnsupportedResponseType("The response type is not supported.")
    return response_type


def _require_usable_mode(client: Client, params: Params, response_type: str) -> None:
    mode = params.optional("response_mode")
    if mode is not None and mode not in client.policy.response_modes:
        raise InvalidRequest("The response mode is not supported.", rule="response_mode")
    if mode is not None and not may_carry(mode, response_type):
        raise InvalidRequest("Tokens must not travel in the query.", rule="response_mode")


def _read(
    server: AuthorizationServer,
    client: Client,
    params: Params,
    reply_to: ReplyTo,
    response_type: str,
) -> AuthorizationRequest:
    return AuthorizationRequest(
        client=client,
        reply_to=reply_to,
        redirect_uri_sent="redirect_uri" in params,
        response_type=response_type,
        scope=scopes.requested(client, params.optional("scope")),
        resources=resources.requested(server.tenant, client, params.resources),
        prompt=frozenset((params.optional("prompt") or "").split()),
        # One by one a client learns no more than by the scopes that it is registered for.
        claims=claims.within(
            claims.read(params.optional("claims"), params.optional("claims_locales")),
            client.scope,
        ),
        parameters=tuple(params.pairs()),
        nonce=params.optional("nonce"),
        code_challenge=params.optional("code_challenge"),
        code_challenge_method=params.optional("code_challenge_method"),
        max_age=_max_age(client, params),
        login_hint=params.optional("login_hint"),
        hinted_subject=hints.subject(server, client, params.optional("id_token_hint")),
        ui_locales=tuple((params.optional("ui_locales") or "").split()),
        display=params.optional("display") or "page",
        acr_values=tuple((params.optional("acr_values") or "").split()),
    )


def _max_age(client: Client, params: Params) -> timedelta | None:
    value = params.optional("max_age")
    if value is None:
        return client.default_max_age
    if not value.isascii() or not value.isdigit() or len(value) > len(str(MAX_AGE)):
        raise InvalidRequest("max_age must be a whole number of seconds.", rule="max_age")
    return timedelta(seconds=int(value))
