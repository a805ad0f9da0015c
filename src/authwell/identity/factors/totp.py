"""Codes of an authenticator app (RFC 6238): six digits, steps of 30 seconds, one step of drift.

The secret is shown until a first code has confirmed it, and never again (THREATS.md MF-06). It
is kept sealed and bound to its account.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from hmac import compare_digest
from typing import Final

import pyotp
import segno

from authwell.protocol.model import Account
from authwell.utils.sealing import Sealer

DIGITS: Final = 6
PERIOD: Final = 30
DRIFT: Final = 1
"""Steps that the clock of a phone may be ahead or behind (RFC 6238 section 5.2)."""
SECRET_LENGTH: Final = 32
"""Characters of base32: 160 bits, as RFC 4226 section 4 recommends."""

_PURPOSE: Final = "totp"
_SHAPE: Final = re.compile(rf"[0-9]{{{DIGITS}}}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Setup:
    """What an app needs, shown until it is confirmed.

    Attributes:
        secret: base32, in groups of four for those who type it.
        uri: `otpauth://`, as apps read it.
    """

    secret: str
    uri: str

    @property
    def qr_code(self) -> str:
        """The URI as a picture: SVG in a `data:` URI, dark on light in every theme."""
        picture = segno.make(self.uri, error="m", micro=False)
        return str(picture.svg_data_uri(border=4, scale=4, dark="#000", light="#fff"))


def new_secret() -> str:
    """160 random bits, in base32."""
    return pyotp.random_base32(SECRET_LENGTH)


def setup(secret: str, account: Account, issuer: str) -> Setup:
    """What an app needs to make codes for this account.

    Args:
        secret: base32.
        account: whose; the app lists the code by its name.
        issuer: the name of the service, as people know it.
    """
    uri = _totp(secret).provisioning_uri(name=account.email or account.username, issuer_name=issuer)
    groups = (secret[start : start + 4] for start in range(0, len(secret), 4))
    return Setup(" ".join(groups), uri)


def matching_steps(secret: str, code: str, now: datetime) -> tuple[int, ...]:
    """The steps near `now` that have this code, the earliest first; every one is compared."""
    present = int(now.timestamp()) // PERIOD
    otp = _totp(secret)
    near = range(present - DRIFT, present + DRIFT + 1)
    sent = code.encode()
    return tuple(step for step in near if compare_digest(otp.generate_otp(step).encode(), sent))


def is_code(text: str) -> bool:
    """Whether it looks like a code of an app; spaces are taken out before."""
    return _SHAPE.fullmatch(text) is not None


def seal(sealer: Sealer, secret: str, tenant_id: str, account_id: str) -> bytes:
    """The secret as it is kept."""
    return sealer.seal(secret.encode("ascii"), _PURPOSE, _aad(tenant_id, account_id))


def unseal(sealer: Sealer, sealed: bytes, tenant_id: str, account_id: str) -> str:
    """The secret itself.

    Raises:
        CannotOpen: it was sealed under a key that is gone, or is another account's.
    """
    return sealer.open(sealed, _PURPOSE, _aad(tenant_id, account_id)).decode("ascii")


def _aad(tenant_id: str, account_id: str) -> str:
    return f"totp_factors/secret_sealed/{tenant_id}/{account_id}"


def _totp(secret: str) -> pyotp.TOTP:
    return pyotp.TOTP(secret, digits=DIGITS, interval=PERIOD)
