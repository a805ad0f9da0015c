"""Clients of a configuration: RFC 7591 metadata beside what only administrators see.

What a member means is decided by `protocol.clients.metadata.read_client` alone. Members of
features to come are kept, unless leaving them without effect would weaken what they ask for.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from authwell.identity.configuration import members
from authwell.identity.configuration.problems import Findings, join
from authwell.identity.configuration.references import References
from authwell.identity.configuration.secrets import read_digests
from authwell.protocol.clients import built_in
from authwell.protocol.clients.members import MEMBERS, translated_member
from authwell.protocol.clients.readers import (
    InvalidClientMetadata,
    Reader,
    flag,
    one_of,
    page,
    text,
    texts,
)
from authwell.protocol.model import ClientSecret
from authwell.utils.randomness import id_time

RESERVED_IDS = frozenset({built_in.CLIENT_ID})
"""The built-in client."""

_CLIENT_ID = re.compile(r"[\x21-\x7e]{1,255}")


def _needs(feature: str) -> Reader:
    """A member that demands more than this version can do; only its absence is honest."""

    def read(member: str, value: Any) -> Any:
        if value is not False:
            raise InvalidClientMetadata(
                member, f"needs {feature}, which this version does not have; leave it out"
            )
        return value

    return read


LATER: Mapping[str, Reader] = {
    "backchannel_token_delivery_mode": one_of("poll", "ping", "push"),
    "backchannel_client_notification_endpoint": page,
    "backchannel_user_code_parameter": flag,
    "tls_client_auth_subject_dn": text,
    "tls_client_auth_san_dns": text,
    "tls_client_auth_san_uri": text,
    "tls_client_auth_san_ip": text,
    "tls_client_auth_san_email": text,
    "authorization_details_types": texts,
}
"""Members that later features read; until then they are kept with a warning."""

DEMANDS: Mapping[str, Reader] = {
    "introspection_signed_response_alg": _needs("signed introspection"),
    "introspection_encrypted_response_alg": _needs("encrypted introspection"),
    "introspection_encrypted_response_enc": _needs("encrypted introspection"),
    "authorization_signed_response_alg": _needs("signed authorization responses"),
    "authorization_encrypted_response_alg": _needs("encrypted authorization responses"),
    "authorization_encrypted_response_enc": _needs("encrypted authorization responses"),
    "backchannel_authentication_request_signing_alg": _needs("CIBA"),
    "require_pushed_authorization_requests": _needs("pushed authorization requests"),
    "dpop_bound_access_tokens": _needs("DPoP"),
    "tls_client_certificate_bound_access_tokens": _needs("mutual TLS"),
}
"""Members that ask for protection; without effect they would promise what is not there."""


def _client_id(member: str, value: Any) -> str:
    if not isinstance(value, str) or not _CLIENT_ID.fullmatch(value):
        raise InvalidClientMetadata(member, "must be 1 to 255 visible ASCII characters")
    if value in RESERVED_IDS:
        raise InvalidClientMetadata(member, f"{value!r} is the built-in client")
    if id_time(value) is not None:
        # A subject is either an account or a client, never both.
        raise InvalidClientMetadata(member, "has the form of an account's id")
    return value


DIGESTS = "client_secret_digests"
"""What export writes of secrets."""


def _uris(member: str, value: Any) -> tuple[str, ...]:
    try:
        return texts(member, value)
    except InvalidClientMetadata as error:
        raise InvalidClientMetadata(member, members.bare(error), "invalid_redirect_uri") from error


OWN: members.Table = {
    "client_secret": lambda _, value: value,
    DIGESTS: lambda _, value: value,
    "status": one_of("active", "disabled"),
}
"""Beside the metadata: never part of them."""

TABLE: members.Table = {
    **MEMBERS,
    **LATER,
    **DEMANDS,
    **OWN,
    "client_id": _client_id,
    "redirect_uris": _uris,
    "post_logout_redirect_uris": _uris,
}


@dataclass(frozen=True, slots=True)
class ClientEntry:
    """One client as declared; what it leaves out has its default."""

    path: str
    client_id: str
    metadata: Mapping[str, Any]
    status: Literal["active", "disabled"] | None = None
    """None leaves it as it is."""
    secret: str | None = None
    digests: tuple[ClientSecret, ...] | None = None


def read(
    entry: Mapping[str, Any], path: str, references: References, findings: Findings
) -> ClientEntry | None:
    """One entry; None if it is not even clear which client it is about."""
    plain = {name: value for name, value in entry.items() if "#" not in name}
    values = members.read(plain, TABLE, path, findings)
    for name in entry.keys() - plain.keys():
        _check_translation(name, entry[name], path, findings)
    for name in sorted(LATER.keys() & values.keys()):
        findings.warn(join(path, name), "is kept, but has no effect in this version")
    if not members.require(values, entry, "client_id", path, findings):
        return None
    kept = {
        name: value
        for name, value in entry.items()
        if value is not None and name not in OWN and name != "tenant"
    }
    return ClientEntry(
        path=path,
        client_id=values["client_id"],
        metadata=kept,
        status=values.get("status"),
        secret=_secret(entry, path, references, findings),
        digests=_digests(entry, path, findings),
    )


def _check_translation(name: str, value: Any, path: str, findings: Findings) -> None:
    """`client_name#nl` and its like (RFC 7591 section 2.2)."""
    member = translated_member(name)
    if member is None:
        findings.unknown(path, name, TABLE)
        return
    try:
        TABLE[member](name, value)
    except InvalidClientMetadata as error:
        findings.refuse(join(path, name), members.bare(error), error.code)


def _secret(
    entry: Mapping[str, Any], path: str, references: References, findings: Findings
) -> str | None:
    value = entry.get("client_secret")
    if value is None:
        return None
    return references.secret(value, join(path, "client_secret"), findings)


def _digests(
    entry: Mapping[str, Any], path: str, findings: Findings
) -> tuple[ClientSecret, ...] | None:
    value = entry.get(DIGESTS)
    if value is None:
        return None
    place = join(path, DIGESTS)
    if entry.get("client_secret") is not None:
        findings.refuse(place, "stands beside client_secret; give one of them")
        return None
    return read_digests(value, place, findings)
