"""Versions of things that several people may change, by which the last one does not win unseen."""

from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import orjson


class ChangedMeanwhile(Exception):
    """The thing is not the one any more that the caller has seen; nothing was written."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Which versions of a thing a caller would write over.

    Attributes:
        versions: any of these; None: whichever there is.
    """

    versions: frozenset[str] | None = None

    def require(self, shown: Mapping[str, Any]) -> None:
        """Check the thing as it stands, inside the transaction that is to write it.

        Raises:
            ChangedMeanwhile: it is another version.
        """
        if self.versions is not None and version_of(shown) not in self.versions:
            raise ChangedMeanwhile


ANY_VERSION: Final = Expected()


def version_of(shown: Mapping[str, Any]) -> str:
    """The same for the same content, whichever process asks, and another one for every other."""
    plain = orjson.dumps(shown, option=orjson.OPT_SORT_KEYS)
    return urlsafe_b64encode(sha256(plain).digest()[:18]).decode()
