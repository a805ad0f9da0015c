"""Client metadata: one table of members, and the client that comes out (RFC 7591 section 2).

`authwell apply`, the clients API and the command line all pass through `read_client`, so a
client that exists has been checked by these rules and no others.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, TypeGuard
from urllib.parse import urlsplit

from authwell.protocol import response_types, scopes
from authwell.protocol.clients import redirect_uris
from authwell.protocol.clients.registration_policy import Origin
from authwell.protocol.errors import InvalidScope
from authwell.protocol.jose import client_keys
from authwell.protocol.jose.client_keys import ClientKey
from authwell.protocol.jose.encryption import best
from authwell.protocol.jose.keys import UnusableKey
from authwell.protocol.model import Client, ClientSecret, Encryption
from authwell.protocol.policy import (
    CLIENT_SIGNING_ALGS,
    ENCRYPTION_ALGS,
    ENCRYPTION_ENCS,
    MAC_ALGS,
    SIGNING_ALGS,
    Policy,
)
from authwell.utils.urls import origin_of

MAX_ITEMS = 100
MAX_TEXT = 2048
MAX_REQUEST_URI = 512
"""RFC 9101 section 5.2."""
MAX_NAME = 255
MAX_DOCUMENT = 16_384

_INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0]")
"""Letters, marks and symbols without ink, which `str.isprintable` takes for printable."""


class InvalidClientMetadata(ValueError):
    """A member has a wrong value.

    Attributes:
        code: invalid_client_metadata or invalid_redirect_uri (RFC 7591 section 3.2.2).
        member: its name.
    """

    def __init__(self, member: str, problem: str, code: str = "invalid_client_metadata") -> None:
        """See the class."""
        super().__init__(f"{member}: {problem}")
        self.member = member
        self.code = code


Reader = Callable[[str, Any], Any]


def text(member: str, value: Any) -> str:
    """A line of text without control characters."""
    if not isinstance(value, str) or not value or len(value) > MAX_TEXT or not value.isprintable():
        raise InvalidClientMetadata(member, "must be a line of text")
    return value


def flag(member: str, value: Any) -> bool:
    """A JSON boolean."""
    if not isinstance(value, bool):
        raise InvalidClientMetadata(member, "must be true or false")
    return value


def name(member: str, value: Any) -> str:
    """What people read: a line that fits a column and can be seen."""
    found = text(member, value)
    if len(found) > MAX_NAME or found != found.strip():
        raise InvalidClientMetadata(member, f"must be text of at most {MAX_NAME} characters")
    # Variation selectors may stand in a name (of Japan, of emoji), but they do not make one.
    if _INVISIBLE.search(found) or not any(
        unicodedata.category(char)[0] in "LNPS" for char in found
    ):
        raise InvalidClientMetadata(member, "must not have invisible characters")
    return found


def long_text(member: str, value: Any) -> str:
    """A signed document, which no page shows."""
    if not isinstance(value, str) or not value.isascii() or len(value) > MAX_DOCUMENT:
        raise InvalidClientMetadata(member, f"must be a text of at most {MAX_DOCUMENT} characters")
    return value


def texts(member: str, value: Any) -> tuple[str, ...]:
    """An array of lines, each once."""
    if not _is_array(value) or len(value) > MAX_ITEMS:
        raise InvalidClientMetadata(member, f"must be a list of at most {MAX_ITEMS} strings")
    return tuple(dict.fromkeys(text(member, item) for item in value))


def _is_array(value: object) -> TypeGuard[Sequence[Any]]:
    return isinstance(value, list | tuple)


def one_of(*allowed: str) -> Reader:
    """One of a few words."""

    def read(member: str, value: Any) -> str:
        if not isinstance(value, str) or value not in allowed:
            raise InvalidClientMetadata(member, f"must be one of {', '.join(allowed)}")
        return value

    return read


def seconds(longest: int, shortest: int = 0) -> Reader:
    """A whole number of seconds as a duration."""

    def read(member: str, value: Any) -> timedelta:
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidClientMetadata(member, "must be a whole number of seconds")
        if not shortest <= value <= longest:
            raise InvalidClientMetadata(member, f"must be from {shortest} to {longest} seconds")
        return timedelta(seconds=value)

    return read


def page(member: str, value: Any) -> str:
    """A URL that people may follow."""
    try:
        redirect_uris.check_web_page(text(member, value))
    except redirect_uris.UnsafeUri as error:
        raise InvalidClientMetadata(member, str(error)) from error
    return str(value)


def fetched_url(member: str, value: Any) -> str:
    """A URL that this server calls, or sends people to: https only."""
    uri = page(member, value)
    if not uri.lower().startswith("https://"):
        raise InvalidClientMetadata(member, "must be an https URL")
    return uri


def request_uris_of(member: str, value: Any) -> tuple[str, ...]:
    """Addresses of request objects (RFC 9101 section 5.2); a fragment marks a version."""
    uris = texts(member, value)
    for uri in uris:
        # A fragment has the characters of a query (RFC 3986 section 3.5).
        fetched_url(member, uri.replace("#", "?", 1))
        if len(uri) > MAX_REQUEST_URI:
            raise InvalidClientMetadata(member, f"must have at most {MAX_REQUEST_URI} characters")
    return uris


def key_set(member: str, value: Any) -> tuple[ClientKey, ...]:
    """A JWK Set of public keys (RFC 7517 section 5)."""
    try:
        return client_keys.read_registered(value)
    except UnusableKey as error:
        raise InvalidClientMetadata(member, str(error)) from error


def scope(member: str, value: Any) -> frozenset[str]:
    """A scope string (RFC 7591 section 2)."""
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise InvalidClientMetadata(member, "must be a string of scopes")
    try:
        return scopes.parse(value)
    except InvalidScope as error:
        raise InvalidClientMetadata(member, "has characters that are not allowed") from error


PAGES = ("client_uri", "logo_uri", "policy_uri", "tos_uri")
IN_MANY_LANGUAGES = frozenset({"client_name", *PAGES})

_TAGGED = re.compile(r"([a-z_]+)#[A-Za-z0-9]{1,8}(?:-[A-Za-z0-9]{1,8}){0,7}")

EXTENSIONS: Mapping[str, Reader] = {
    "profile": text,
    "consent": one_of("required", "implicit"),
    "introspection": one_of("audience", "tenant"),
    "allowed_resources": texts,
    "password_grant": flag,
    "access_token_format": one_of("jwt", "opaque"),
    "access_token_signing_alg": one_of(*SIGNING_ALGS),
    "access_token_lifetime": seconds(86_400, 1),
    "refresh_retry_seconds": seconds(30),
}
"""Ours: what only administrators give a client, never its own registration."""

MEMBERS: Mapping[str, Reader] = {
    "client_id": text,
    "client_name": name,
    "redirect_uris": texts,
    "post_logout_redirect_uris": texts,
    "grant_types": texts,
    "response_types": texts,
    "token_endpoint_auth_method": text,
    "token_endpoint_auth_signing_alg": one_of(*CLIENT_SIGNING_ALGS, *MAC_ALGS),
    "jwks": key_set,
    "jwks_uri": fetched_url,
    "application_type": one_of("web", "native"),
    "scope": scope,
    "contacts": texts,
    "software_id": text,
    "software_version": text,
    "software_statement": long_text,
    "subject_type": one_of("public", "pairwise"),
    "sector_identifier_uri": fetched_url,
    "id_token_signed_response_alg": one_of(*SIGNING_ALGS),
    "userinfo_signed_response_alg": one_of(*SIGNING_ALGS),
    "id_token_encrypted_response_alg": one_of(*ENCRYPTION_ALGS),
    "id_token_encrypted_response_enc": one_of(*ENCRYPTION_ENCS),
    "userinfo_encrypted_response_alg": one_of(*ENCRYPTION_ALGS),
    "userinfo_encrypted_response_enc": one_of(*ENCRYPTION_ENCS),
    "request_object_signing_alg": one_of(*CLIENT_SIGNING_ALGS, "none"),
    "request_object_encryption_alg": one_of(*ENCRYPTION_ALGS),
    "request_object_encryption_enc": one_of(*ENCRYPTION_ENCS),
    "request_uris": request_uris_of,
    "require_signed_request_object": flag,
    "default_max_age": seconds(10**9),
    "require_auth_time": flag,
    "default_acr_values": texts,
    "backchannel_logout_uri": fetched_url,
    "backchannel_logout_session_required": flag,
    "frontchannel_logout_uri": page,
    "frontchannel_logout_session_required": flag,
    "initiate_login_uri": fetched_url,
    **dict.fromkeys(PAGES, page),
    **EXTENSIONS,
}


def translated_member(name: str) -> str | None:
    """The member that `client_name#nl` and its like translate (RFC 7591 section 2.2)."""
    tagged = _TAGGED.fullmatch(name)
    return tagged[1] if tagged is not None and tagged[1] in IN_MANY_LANGUAGES else None


@dataclass(frozen=True, slots=True)
class Registration:
    """Where a client's metadata are read for: its tenant and what the row knows beside them."""

    tenant_id: str
    policies: Mapping[str, Policy]
    secrets: tuple[ClientSecret, ...] = ()
    status: str = "active"
    not_before: datetime | None = None
    pairwise_key: bytes | None = field(default=None, repr=False)
    """The tenant's, for a client that will be served and not only checked."""
    registered_by: Origin = "administrator"


def read_client(metadata: Mapping[str, Any], registration: Registration) -> Client:
    """The client that the metadata describe; members that are null or unknown are ignored.

    Raises:
        InvalidClientMetadata: a member is malformed, or its policy does not allow it.
    """
    values = {
        name: read(name, metadata[name])
        for name, read in MEMBERS.items()
        if metadata.get(name) is not None
    }
    if "client_id" not in values:
        raise InvalidClientMetadata("client_id", "is missing")
    policy = _policy(values, registration)
    grant_types = _grant_types(values, policy)
    client = Client(
        tenant_id=registration.tenant_id,
        client_id=values["client_id"],
        name=values.get("client_name", values["client_id"]),
        policy=policy,
        secrets=registration.secrets,
        token_endpoint_auth_method=_auth_method(values, policy),
        token_endpoint_auth_signing_alg=_assertion_alg(values),
        jwks=values.get("jwks", ()),
        jwks_uri=values.get("jwks_uri"),
        request_object_signing_alg=_request_object_alg(values, policy),
        request_uris=values.get("request_uris", ()),
        require_signed_request_object=values.get("require_signed_request_object", False),
        grant_types=grant_types,
        response_types=_response_types(values, policy, grant_types),
        redirect_uris=_redirect_uris(values, "redirect_uris"),
        post_logout_redirect_uris=frozenset(_redirect_uris(values, "post_logout_redirect_uris")),
        scope=values.get("scope", _default_scope(grant_types)),
        application_type=values.get("application_type", "web"),
        consent=_consent(values, registration),
        introspection=values.get("introspection", "audience"),
        allowed_resources=frozenset(values.get("allowed_resources", ())),
        password_grant=values.get("password_grant", False),
        access_token_format=values.get("access_token_format"),
        access_token_signing_alg=_alg(values, "access_token_signing_alg", policy),
        access_token_lifetime=values.get("access_token_lifetime"),
        id_token_signed_response_alg=_alg(values, "id_token_signed_response_alg", policy)
        or _default_id_token_alg(policy),
        userinfo_signed_response_alg=_alg(values, "userinfo_signed_response_alg", policy),
        id_token_encryption=_encryption(values, "id_token_encrypted_response"),
        userinfo_encryption=_encryption(values, "userinfo_encrypted_response"),
        sector=_sector(values),
        pairwise_key=registration.pairwise_key,
        refresh_retry=values.get("refresh_retry_seconds", timedelta(seconds=10)),
        default_max_age=values.get("default_max_age"),
        initiate_login_uri=values.get("initiate_login_uri"),
        require_auth_time=values.get("require_auth_time", False),
        backchannel_logout_uri=values.get("backchannel_logout_uri"),
        frontchannel_logout_uri=values.get("frontchannel_logout_uri"),
        display={name: values[name] for name in PAGES if name in values},
        status="disabled" if registration.status == "disabled" else "active",
        not_before=registration.not_before,
        registered_by=registration.registered_by,
    )
    _check_consistent(client)
    return client


def _policy(values: Mapping[str, Any], registration: Registration) -> Policy:
    name = values.get("profile") or next(iter(registration.policies))
    if name not in registration.policies:
        allowed = ", ".join(registration.policies)
        raise InvalidClientMetadata("profile", f"must be one of the tenant's: {allowed}")
    return registration.policies[name]


def _consent(
    values: Mapping[str, Any], registration: Registration
) -> Literal["required", "implicit"]:
    """Nobody vouches for a client that registered itself, so people are always asked."""
    is_implicit = values.get("consent") == "implicit"
    return (
        "implicit" if is_implicit and registration.registered_by == "administrator" else "required"
    )


def _auth_method(values: Mapping[str, Any], policy: Policy) -> str:
    method: str = values.get("token_endpoint_auth_method", "client_secret_basic")
    if method not in policy.auth_methods:
        allowed = ", ".join(sorted(policy.auth_methods))
        raise InvalidClientMetadata("token_endpoint_auth_method", f"must be one of {allowed}")
    return method


def _grant_types(values: Mapping[str, Any], policy: Policy) -> frozenset[str]:
    grant_types = frozenset(values.get("grant_types", ("authorization_code",)))
    # A client may list what its tenant switched off: the endpoint then refuses it.
    surplus = grant_types - policy.grant_types - {"password"}
    if surplus:
        allowed = ", ".join(sorted(policy.grant_types))
        raise InvalidClientMetadata("grant_types", f"must be of {allowed}")
    return grant_types


def _response_types(
    values: Mapping[str, Any], policy: Policy, grant_types: frozenset[str]
) -> frozenset[str]:
    default = ("code",) if "authorization_code" in grant_types else ()
    registered = frozenset(map(response_types.normal, values.get("response_types", default)))
    if not registered <= policy.response_types:
        allowed = ", ".join(sorted(policy.response_types))
        raise InvalidClientMetadata("response_types", f"must be of {allowed}")
    for response_type in sorted(registered):
        missing = sorted(response_types.grant_types(response_type) - grant_types)
        if missing:
            raise InvalidClientMetadata(
                "response_types", f"{response_type} needs the grant {' and '.join(missing)}"
            )
    return registered


def _redirect_uris(values: Mapping[str, Any], member: str) -> tuple[str, ...]:
    uris: tuple[str, ...] = values.get(member, ())
    for uri in uris:
        try:
            redirect_uris.check_registrable(uri, values.get("application_type", "web"))
        except redirect_uris.UnsafeUri as error:
            raise InvalidClientMetadata(member, f"{uri} {error}", "invalid_redirect_uri") from error
    return uris


def _sector(values: Mapping[str, Any]) -> str | None:
    """The host that pairwise subjects are made for (OpenID Connect Core section 8.1)."""
    if values.get("subject_type") != "pairwise":
        return None
    if "sector_identifier_uri" in values:
        return urlsplit(str(values["sector_identifier_uri"])).hostname
    hosts = {redirect_uris.public_host(str(uri)) for uri in values.get("redirect_uris", ())}
    host = hosts.pop() if len(hosts) == 1 else None
    if host is None:
        raise InvalidClientMetadata(
            "sector_identifier_uri",
            "is missing: pairwise subjects need it, or https redirect URIs of one public host",
        )
    return host


def _alg(values: Mapping[str, Any], member: str, policy: Policy) -> str | None:
    alg: str | None = values.get(member)
    if alg is not None and alg not in policy.signing_algs:
        allowed = ", ".join(policy.signing_algs)
        raise InvalidClientMetadata(member, f"must be one of {allowed}")
    return alg


def _encryption(values: Mapping[str, Any], members: str) -> Encryption | None:
    alg, enc = values.get(f"{members}_alg"), values.get(f"{members}_enc")
    if alg is None and enc is not None:
        raise InvalidClientMetadata(f"{members}_enc", f"stands alone; give {members}_alg too")
    return None if alg is None else Encryption(alg, enc or ENCRYPTION_ENCS[0])


def _assertion_alg(values: Mapping[str, Any]) -> str | None:
    alg: str | None = values.get("token_endpoint_auth_signing_alg")
    return alg if alg is None else client_keys.canonical_alg(alg)


def _request_object_alg(values: Mapping[str, Any], policy: Policy) -> str | None:
    """OpenID Connect Registration section 2; a tenant may have switched request objects off."""
    alg: str | None = values.get("request_object_signing_alg")
    # Said for our information: a client may encrypt or not, as it likes.
    _encryption(values, "request_object_encryption")
    if alg == "none" and not policy.unsigned_request_objects:
        raise InvalidClientMetadata("request_object_signing_alg", "must not be none")
    # What must be signed is not unsigned (RFC 9101 section 10.5).
    if alg == "none" and values.get("require_signed_request_object"):
        raise InvalidClientMetadata("request_object_signing_alg", "is none but must be signed")
    return alg if alg is None else client_keys.canonical_alg(alg)


def _default_id_token_alg(policy: Policy) -> str:
    """RS256 wherever it is allowed: relying parties expect it unless they said otherwise."""
    return "RS256" if "RS256" in policy.signing_algs else policy.signing_algs[0]


def _default_scope(grant_types: frozenset[str]) -> frozenset[str]:
    if grant_types & {"authorization_code", "implicit"}:
        return frozenset(scopes.OPENID_SCOPES)
    return frozenset()


def _check_fit_for_tokens(uris: Iterable[str]) -> None:
    """Tokens of a web client travel by https only (OpenID Connect Registration section 2)."""
    for uri in uris:
        try:
            redirect_uris.check_fit_for_tokens(uri)
        except redirect_uris.UnsafeUri as error:
            raise InvalidClientMetadata(
                "redirect_uris", f"{uri} {error}", "invalid_redirect_uri"
            ) from error


def _check_origin(uri: str, uris: Iterable[str]) -> None:
    """A frame of a client comes from where its redirect URIs are (Front-Channel Logout section 2)."""
    if _origin(uri) is None or _origin(uri) not in map(_origin, uris):
        raise InvalidClientMetadata(
            "frontchannel_logout_uri", "must be of the same scheme, host and port as a redirect URI"
        )


def _origin(uri: str) -> str | None:
    try:
        return origin_of(uri)
    except ValueError:
        return None


def _check_consistent(client: Client) -> None:
    by_browser = client.response_types or "authorization_code" in client.grant_types
    if by_browser and not client.redirect_uris:
        raise InvalidClientMetadata(
            "redirect_uris", "at least one is needed for authorization_code", "invalid_redirect_uri"
        )
    if "implicit" in client.grant_types and client.application_type == "web":
        _check_fit_for_tokens(client.redirect_uris)
    if client.frontchannel_logout_uri is not None:
        _check_origin(client.frontchannel_logout_uri, client.redirect_uris)
    _check_keys(client)
    if client.is_public and "client_credentials" in client.grant_types:
        raise InvalidClientMetadata(
            "grant_types", "client_credentials needs a client that keeps a secret"
        )
    if client.is_public and client.secrets:
        raise InvalidClientMetadata("client_secret", "a client without authentication has none")


def _has_signing_key(client: Client) -> bool:
    registered = client.token_endpoint_auth_signing_alg
    algs = CLIENT_SIGNING_ALGS if registered is None else (registered,)
    return any(key.verifies(alg) for key in client.jwks for alg in algs)


def _check_keys(client: Client) -> None:
    """What assertions need: keys from one place, and an algorithm that fits the method."""
    method, alg = client.token_endpoint_auth_method, client.token_endpoint_auth_signing_alg
    if client.jwks and client.jwks_uri is not None:
        raise InvalidClientMetadata("jwks", "stands beside jwks_uri; give one of them")
    if method == "private_key_jwt" and not client.jwks and client.jwks_uri is None:
        raise InvalidClientMetadata("jwks", "is missing: private_key_jwt needs jwks or jwks_uri")
    if method == "private_key_jwt" and client.jwks and not _has_signing_key(client):
        raise InvalidClientMetadata("jwks", "has no key that fits the signature of private_key_jwt")
    for member, wanted in (
        ("id_token_encrypted_response_alg", client.id_token_encryption),
        ("userinfo_encrypted_response_alg", client.userinfo_encryption),
    ):
        if wanted and not client.jwks_uri and best(client.jwks, wanted.alg) is None:
            raise InvalidClientMetadata(
                member, f"needs a key for {wanted.alg} in jwks, or jwks_uri"
            )
    fitting = {"private_key_jwt": CLIENT_SIGNING_ALGS, "client_secret_jwt": MAC_ALGS}.get(method)
    if alg is not None and fitting is not None:
        allowed = [name for name in fitting if name in client.policy.auth_signing_algs]
        if alg not in allowed:
            raise InvalidClientMetadata(
                "token_endpoint_auth_signing_alg", f"must be one of {', '.join(allowed)}"
            )
