"""What is kept of client secrets, as `authwell export --with-secrets` writes it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from authwell.identity.configuration import members
from authwell.identity.configuration.problems import Findings
from authwell.identity.passwords import formats
from authwell.protocol.clients.readers import InvalidClientMetadata
from authwell.protocol.model import ClientSecret

_HMAC = re.compile(r"[A-Za-z0-9_-]{43}")
_SEALED = re.compile(r"[A-Za-z0-9_-]{44,8192}")


def read_digests(value: Any, path: str, findings: Findings) -> tuple[ClientSecret, ...] | None:
    """The kept values; None if one of them was refused."""
    if not isinstance(value, list) or not 1 <= len(value) <= 2:
        findings.refuse(path, "must be a list of one or two digests, as export writes them")
        return None
    found = [_digest(item, f"{path}[{index}]", findings) for index, item in enumerate(value)]
    kept = tuple(secret for secret in found if secret is not None)
    return kept if len(kept) == len(found) else None


def write_digests(secrets: Sequence[ClientSecret]) -> list[dict[str, str]]:
    """The same, to be read again, in an order that does not change."""
    return [
        {"kind": secret.kind, "value": secret.value}
        | ({"expires_at": secret.expires_at.isoformat()} if secret.expires_at else {})
        for secret in sorted(secrets, key=lambda secret: secret.value)
    ]


def is_password_hash(value: object) -> bool:
    """Whether it is a hash that can be compared with a secret."""
    return isinstance(value, str) and formats.read(value) is not None


def _digest(item: Any, path: str, findings: Findings) -> ClientSecret | None:
    if not isinstance(item, Mapping) or not {"kind", "value"} <= item.keys():
        findings.refuse(path, "must be a mapping with kind, value and perhaps expires_at")
        return None
    kind, value = _kind_and_value(item)
    if kind is None:
        findings.refuse(
            path, "must have the kind hmac, argon2 or sealed and the value that fits it"
        )
        return None
    expires_at = item.get("expires_at")
    try:
        until = None if expires_at is None else members.moment("expires_at", expires_at)
    except InvalidClientMetadata as error:
        findings.refuse(f"{path}.expires_at", members.bare(error))
        return None
    return ClientSecret(kind, value, until)


def _kind_and_value(
    item: Mapping[str, Any],
) -> tuple[Literal["hmac", "argon2", "sealed"] | None, str]:
    value = item["value"]
    if item["kind"] == "hmac" and isinstance(value, str) and _HMAC.fullmatch(value):
        return "hmac", value
    if item["kind"] == "argon2" and is_password_hash(value):
        return "argon2", value
    if item["kind"] == "sealed" and isinstance(value, str) and _SEALED.fullmatch(value):
        return "sealed", value
    return None, ""
