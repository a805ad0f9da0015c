"""Clients that register themselves: what they may say, and what they get back.

OpenID Connect Registration sections 2 and 3, RFC 7591 sections 2 and 3.2.1. The members are
those of `members.MEMBERS`; what only administrators set is passed over like what is unknown.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeGuard

from authwell.protocol import response_types, scopes
from authwell.protocol.clients import readers, software_statement
from authwell.protocol.clients.members import EXTENSIONS, MEMBERS, translated_member
from authwell.protocol.clients.metadata import Registration, read_client
from authwell.protocol.clients.readers import InvalidClientMetadata
from authwell.protocol.clients.registration_policy import Origin
from authwell.protocol.errors import InvalidMetadata, InvalidRedirectUri, OAuthError
from authwell.protocol.model import Client
from authwell.protocol.server import AuthorizationServer

SETTABLE: Final = MEMBERS.keys() - EXTENSIONS.keys() - {"client_id"}
"""What a client may say of itself."""

PERSONAL_GRANTS: Final = frozenset({"authorization_code", "implicit", "refresh_token"})
"""Nothing is granted by these before a person has agreed."""

STATEMENT: Final = "software_statement"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a registration may ask for.

    Attributes:
        origin: who allowed it.
        profiles: the first that the metadata fit is taken.
        scope_limit: what an administrator allowed by name; None for the usual.
        present_scope: what the client has already, and keeps if it asks for it again.
    """

    origin: Origin
    profiles: tuple[str, ...]
    scope_limit: frozenset[str] | None = None
    present_scope: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Registered:
    """Metadata that were checked, as they are kept, and the client that they describe."""

    metadata: Mapping[str, Any]
    client: Client


def read(
    server: AuthorizationServer, client_id: str, sent: Mapping[str, Any], terms: Terms
) -> Registered:
    """What a client said of itself, as it is registered.

    Args:
        server: its tenant.
        client_id: whom it is about.
        sent: the JSON object of the request.
        terms: what it may ask for.

    Raises:
        InvalidMetadata: a member has a value that it may not have.
        InvalidRedirectUri: a redirect URI is none.
        InvalidSoftwareStatement: or UnapprovedSoftwareStatement, if there is one.
    """
    given = _settable(sent)
    if STATEMENT in given:
        # What the issuer of a statement says wins (RFC 7591 section 2.3).
        given |= _settable(software_statement.read(server, given[STATEMENT]))
        given[STATEMENT] = sent[STATEMENT]
    try:
        _check_translations(given)
        _complete_grant_types(given)
        client = _fitted(server, client_id, given, terms)
        _check_grant_types(client, terms)
        _check_request_objects(client)
        _check_pictures(given)
    except InvalidClientMetadata as error:
        raise refusal(error) from error
    kept = {"client_id": client_id, **given, "profile": client.policy.profile}
    scope = _allowed_scope(server, client, terms)
    if scope != client.scope or "scope" in given:
        kept["scope"] = scopes.serialize(scope)
    return Registered(kept, _client(server, client_id, kept, terms.origin))


def present(
    server: AuthorizationServer, client_id: str, kept: Mapping[str, Any], origin: Origin
) -> Client:
    """The client that kept metadata describe.

    Raises:
        InvalidMetadata: its tenant's policy does not allow it any more.
    """
    try:
        return _client(server, client_id, kept, origin)
    except InvalidClientMetadata as error:
        raise refusal(error) from error


def information(client: Client, kept: Mapping[str, Any]) -> dict[str, Any]:
    """The client as it is told of itself: all that is kept, and the defaults of what is not."""
    defaults = {name: default(client) for name, default in _DEFAULTS.items()}
    own = {name: value for name, value in kept.items() if _is_settable(name)}
    return {"client_id": client.client_id, **defaults, **own}


def refusal(error: InvalidClientMetadata) -> OAuthError:
    """The registered error of a wrong member (RFC 7591 section 3.2.2)."""
    kind = InvalidRedirectUri if error.code == InvalidRedirectUri.code else InvalidMetadata
    return kind(_public(str(error)), reason=str(error))


_DEFAULTS: Final[Mapping[str, Callable[[Client], Any]]] = {
    "redirect_uris": lambda client: list(client.redirect_uris),
    "grant_types": lambda client: sorted(client.grant_types),
    "response_types": lambda client: sorted(client.response_types),
    "token_endpoint_auth_method": lambda client: client.token_endpoint_auth_method,
    "application_type": lambda client: client.application_type,
    "scope": lambda client: scopes.serialize(client.scope),
    "subject_type": lambda _: "public",
    "id_token_signed_response_alg": lambda client: client.id_token_signed_response_alg,
    "require_auth_time": lambda client: client.require_auth_time,
}


def _is_settable(name: str) -> bool:
    return name in SETTABLE or translated_member(name) is not None


def _settable(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The members that count, as they were sent; null is like nothing (RFC 7592 section 2.2)."""
    return {
        name: _plain_keys(value) if name == "jwks" else value
        for name, value in sent.items()
        if value is not None and _is_settable(name)
    }


def _plain_keys(jwks: Any) -> Any:
    """A key set without what is no text: members of keys are (RFC 7517 section 4)."""
    keys = jwks.get("keys") if _is_object(jwks) else None
    if not _is_array(keys):
        return jwks
    return {"keys": [_plain_key(key) if _is_object(key) else key for key in keys]}


def _plain_key(key: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value
        for name, value in key.items()
        if isinstance(value, str)
        or (_is_array(value) and all(isinstance(item, str) for item in value))
    }


def _is_object(value: object) -> TypeGuard[Mapping[str, Any]]:
    return isinstance(value, dict)


def _is_array(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _check_translations(given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        member = translated_member(name)
        if member is not None:
            MEMBERS[member](name, value)


def _complete_grant_types(given: dict[str, Any]) -> None:
    """Who names response types alone means the grants that they need (RFC 7591 section 2.1)."""
    if "grant_types" in given or "response_types" not in given:
        return
    named = readers.texts("response_types", given["response_types"])
    needed = [response_types.grant_types(response_types.normal(name)) for name in named]
    given["grant_types"] = sorted(frozenset[str]().union(*needed))


def _fitted(
    server: AuthorizationServer, client_id: str, given: Mapping[str, Any], terms: Terms
) -> Client:
    """The client under the first profile that its metadata fit."""
    problem = InvalidClientMetadata("profile", "none is left for clients that register themselves")
    for profile in terms.profiles:
        try:
            return _client(server, client_id, {**given, "profile": profile}, terms.origin)
        except InvalidClientMetadata as error:
            problem = error
    raise problem


def _client(
    server: AuthorizationServer, client_id: str, members: Mapping[str, Any], origin: Origin
) -> Client:
    registration = Registration(
        tenant_id=server.tenant.id, policies=server.tenant.policies, registered_by=origin
    )
    return read_client({**members, "client_id": client_id}, registration)


def _check_grant_types(client: Client, terms: Terms) -> None:
    """What needs no person needs an administrator who named the scope of it (DR-03)."""
    allowed = client.policy.grant_types - {"password"}
    if terms.scope_limit is None:
        allowed &= PERSONAL_GRANTS
    if not client.grant_types <= allowed:
        raise InvalidClientMetadata("grant_types", f"must be of {', '.join(sorted(allowed))}")


def _check_request_objects(client: Client) -> None:
    """Only administrators register who sends unsigned ones."""
    if client.request_object_signing_alg == "none":
        raise InvalidClientMetadata("request_object_signing_alg", "must not be none")


def _check_pictures(given: Mapping[str, Any]) -> None:
    """Our pages load a logo, so nobody on the way may change it (docs/decisions/0012)."""
    for name, value in given.items():
        if (translated_member(name) or name) == "logo_uri":
            readers.fetched_url(name, value)


def _allowed_scope(server: AuthorizationServer, client: Client, terms: Terms) -> frozenset[str]:
    """The scope that is registered, which may be less than was asked for (section 3.2.1)."""
    # Who may do what in the tenant is told to clients that an administrator knows.
    usual = scopes.known(server.tenant) - scopes.API_SCOPES.keys() - scopes.ACCESS_SCOPES.keys()
    limit = usual if terms.scope_limit is None else terms.scope_limit
    return client.scope & (limit | terms.present_scope)


def _public(text: str) -> str:
    """A text as error_description may be (RFC 6749 section 5.2)."""
    shown = (char if " " <= char <= "~" and char not in '"\\' else "?" for char in text[:300])
    return "".join(shown)
