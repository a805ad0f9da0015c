"""Backup codes: ten on paper, each good once, for a day without the other factors.

Each has 80 random bits, so what is kept of it is one keyed MAC that nobody can guess a code from
(THREATS.md MF-07). New ones end all that were before.
"""

import hmac
import re
from base64 import b32encode
from collections.abc import Sequence
from secrets import token_bytes
from typing import Final

from authwell.config.settings import Settings
from authwell.utils.sealing import Sealer

HOW_MANY: Final = 10
FEW: Final = 3
"""So many left are told of by a letter."""

_BYTES: Final = 10
_PURPOSE: Final = "backup-codes"
_SHAPE: Final = re.compile(r"[a-z2-7]{16}", re.ASCII)


class CodeKeys:
    """Makes what is kept of codes, under the present key and those before it."""

    def __init__(self, keys: Sequence[bytes]) -> None:
        """Take the derived keys, the present one first."""
        self._keys = tuple(keys)

    @classmethod
    def of(cls, settings: Settings) -> "CodeKeys":
        """A MAC cannot be made anew without its code, so older keys go on being looked for."""
        keys = (settings.key_encryption_key, *settings.key_encryption_key_old)
        return cls([Sealer(key).derive(_PURPOSE) for key in keys])

    def kept(self, account_id: str, code: str) -> bytes:
        """What is kept of a new code."""
        return _mac(self._keys[0], account_id, code)

    def candidates(self, account_id: str, code: str) -> tuple[bytes, ...]:
        """What may be kept of a code that somebody shows."""
        return tuple(_mac(key, account_id, code) for key in self._keys)


def new_codes() -> tuple[str, ...]:
    """Ten codes in groups of four."""
    return tuple(_new_code() for _ in range(HOW_MANY))


def normalised(text: str) -> str | None:
    """A code without spaces, dashes and capitals; None if it cannot be one."""
    bare = re.sub(r"[\s-]", "", text).lower()
    return bare if _SHAPE.fullmatch(bare) else None


def _new_code() -> str:
    text = b32encode(token_bytes(_BYTES)).decode("ascii").lower()
    return "-".join(text[start : start + 4] for start in range(0, len(text), 4))


def _mac(key: bytes, account_id: str, code: str) -> bytes:
    named = f"{account_id} {normalised(code)}"
    return hmac.digest(key, named.encode(), "sha256")
