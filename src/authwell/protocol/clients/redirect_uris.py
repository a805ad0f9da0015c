"""Redirect URIs: what may be registered, and when a requested one is the registered one.

RFC 6749 section 3.1.2, RFC 8252 sections 7 and 8, RFC 9700 section 2.1. Comparison is of
whole strings; the port of a loopback address is the one exception. No pattern anywhere.
"""

import re
from urllib.parse import SplitResult, parse_qsl, urlsplit

from authwell.protocol.model import Client

RESPONSE_NAMES = frozenset(
    {"code", "state", "iss", "error", "error_description", "error_uri", "response"}
    | {"access_token", "token_type", "expires_in", "id_token", "scope", "session_state"}
)
"""Names that a response adds; a registered query must not have them."""

MAX_LENGTH = 2048

_ALLOWED = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21-\x7e]+")
_LOOPBACK = re.compile(r"(http://(?:127\.0\.0\.1|\[::1\]))(?::([0-9]{1,5}))?((?:/[^#]*)?)")
_HOST = re.compile(r"[a-z0-9.-]+|[0-9a-f:.]+")
_SCRIPT_SCHEMES = frozenset({"javascript", "data", "vbscript", "file", "about", "blob"})


class UnsafeUri(ValueError):
    """The URI cannot be registered; the text says why."""


def find(client: Client, requested: str) -> str | None:
    """The requested URI if it is one of the client's, else None."""
    if requested in client.redirect_uris:
        return requested
    if client.application_type != "native" and not client.is_public:
        return None
    wanted = _LOOPBACK.fullmatch(requested)
    if wanted is None or not 0 < int(wanted[2] or 80) <= 65535:
        return None
    for registered in client.redirect_uris:
        known = _LOOPBACK.fullmatch(registered)
        if known and known[2] is None and (known[1], known[3]) == (wanted[1], wanted[3]):
            return requested
    return None


def check_registrable(uri: str, application_type: str = "web") -> None:
    """Check that a redirect or post-logout redirect URI may be registered.

    https anywhere, http only on loopback hosts, a private scheme with a dot only for native
    clients (RFC 8252 section 7.1).

    Raises:
        UnsafeUri: it may not, with the reason.
    """
    parts = _parse(uri)
    scheme = parts.scheme.lower()
    if scheme == "https":
        # A star would look like a pattern, and nothing here is one.
        if not _HOST.fullmatch(parts.hostname or ""):
            raise UnsafeUri("has no host, or one that is no name")
    elif scheme == "http":
        if not is_loopback(parts.hostname or ""):
            raise UnsafeUri("uses http on a host that is not loopback")
    elif application_type != "native" or "." not in scheme:
        raise UnsafeUri("has a scheme that is not https (native clients: one with a dot)")
    if RESPONSE_NAMES & {name for name, _ in parse_qsl(parts.query, keep_blank_values=True)}:
        raise UnsafeUri("has a query parameter that responses use")


def check_fit_for_tokens(uri: str) -> None:
    """Check that a web client may get tokens there without a code (OpenID Connect Registration
    section 2: https, and not localhost).

    Raises:
        UnsafeUri: it may not, with the reason.
    """
    parts = _parse(uri)
    if parts.scheme.lower() != "https" or parts.hostname == "localhost":
        raise UnsafeUri(
            "is not https on a public host, as the grant implicit demands of web clients"
        )


def check_web_page(uri: str) -> None:
    """Check a page of the client that we link to (client_uri, logo_uri, policy_uri, tos_uri).

    Raises:
        UnsafeUri: not http or https with a host.
    """
    parts = _parse(uri)
    if parts.scheme.lower() not in ("http", "https") or not parts.hostname:
        raise UnsafeUri("is not an http or https URL")


def is_loopback(host: str) -> bool:
    """Whether a parsed host can only be this machine (RFC 8252 section 7.3, RFC 6761)."""
    return host in ("127.0.0.1", "::1", "localhost") or host.endswith(".localhost")


def public_host(uri: str) -> str | None:
    """The host that a registrable redirect URI proves; None if it belongs to nobody in particular.

    An application may write any host behind a scheme of its own, and receives the answer all
    the same; this machine is everybody's.
    """
    parts = urlsplit(uri)
    host = parts.hostname
    if parts.scheme.lower() != "https" or host is None or is_loopback(host):
        return None
    return host


def _parse(uri: str) -> SplitResult:
    if len(uri) > MAX_LENGTH or not _ALLOWED.fullmatch(uri) or "\\" in uri:
        raise UnsafeUri("is not an absolute URI")
    if "#" in uri:
        raise UnsafeUri("has a fragment")
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError as error:
        raise UnsafeUri("cannot be parsed") from error
    if "@" in parts.netloc or "%" in parts.netloc:
        raise UnsafeUri("has a user name or an escape in its host")
    if parts.scheme.lower() in _SCRIPT_SCHEMES:
        raise UnsafeUri("has a scheme that runs or reads things")
    return parts
