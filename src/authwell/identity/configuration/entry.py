"""One thing of a document, read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Entry:
    """Anything but a client or an account: its key and the other members."""

    path: str
    key: str
    values: Mapping[str, Any]
