"""AWS Signature Version 4, by headers and for one request whose body is at hand.

Only what an S3-compatible store needs; the names are those of the AWS General Reference,
"Create a signed AWS API request".
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Final
from urllib.parse import quote, urlsplit

_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_SERVICE: Final = "s3"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who signs, and for which region."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    region: str = "us-east-1"


def signed_headers(
    method: str, url: str, content: bytes, credentials: Credentials, now: datetime
) -> dict[str, str]:
    """The headers to send with a request, `Authorization` among them.

    Args:
        method: of HTTP, in capitals.
        url: as it is sent; its path is percent-encoded, its query sorted and encoded.
        content: the body.
        credentials: what signs.
        now: the present, in UTC; the store allows for fifteen minutes.
    """
    parts = urlsplit(url)
    stamp, hashed = f"{now:%Y%m%dT%H%M%SZ}", sha256(content).hexdigest()
    signed = {"host": parts.netloc, "x-amz-content-sha256": hashed, "x-amz-date": stamp}
    names = ";".join(sorted(signed))
    lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    canonical = "\n".join((method, parts.path or "/", parts.query, lines, names, hashed))
    scope = f"{stamp[:8]}/{credentials.region}/{_SERVICE}/aws4_request"
    digest = sha256(canonical.encode()).hexdigest()
    signature = _mac(
        _signing_key(credentials, stamp[:8]), f"{_ALGORITHM}\n{stamp}\n{scope}\n{digest}"
    )
    authorization = (
        f"{_ALGORITHM} Credential={credentials.access_key_id}/{scope},"
        f"SignedHeaders={names},Signature={signature.hex()}"
    )
    return {**signed, "authorization": authorization}


def canonical_query(values: Mapping[str, str]) -> str:
    """A query as it is signed and sent."""
    return "&".join(f"{_encoded(name)}={_encoded(values[name])}" for name in sorted(values))


def _encoded(text: str) -> str:
    return quote(text, safe="-_.~")


def _signing_key(credentials: Credentials, day: str) -> bytes:
    key = f"AWS4{credentials.secret_access_key}".encode()
    for part in (day, credentials.region, _SERVICE, "aws4_request"):
        key = _mac(key, part)
    return key


def _mac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
