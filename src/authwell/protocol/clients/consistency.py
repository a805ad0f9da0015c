"""Rules over several members of a registration (OpenID Connect Registration section 2)."""

from collections.abc import Iterable

from authwell.protocol.clients import redirect_uris
from authwell.protocol.clients.readers import InvalidClientMetadata
from authwell.protocol.jose.encryption import best
from authwell.protocol.model import Client
from authwell.protocol.policy import CLIENT_SIGNING_ALGS, MAC_ALGS
from authwell.utils.urls import origin_of


def check_consistent(client: Client) -> None:
    """Check what no member can say alone.

    Raises:
        InvalidClientMetadata: two members do not go together, or one lacks another.
    """
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
