"""The members of a registration: one table, and who may set what (RFC 7591 section 2)."""

import re
from collections.abc import Mapping

from authwell.protocol.clients.readers import (
    Reader,
    fetched_url,
    flag,
    key_set,
    long_text,
    name,
    one_of,
    page,
    request_uris_of,
    scope,
    seconds,
    text,
    texts,
)
from authwell.protocol.policy import (
    CLIENT_SIGNING_ALGS,
    ENCRYPTION_ALGS,
    ENCRYPTION_ENCS,
    MAC_ALGS,
    SIGNING_ALGS,
)

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
