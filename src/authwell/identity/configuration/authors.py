"""Who changes the configuration."""

from dataclasses import dataclass, field
from datetime import datetime

from authwell.protocol.server import Caller


@dataclass(frozen=True, slots=True)
class Author:
    """Who changes the configuration, and when.

    Attributes:
        actor: for the audit log: `cli:root`, or the subject of an administrator's token.
        is_superuser: whether they hold the role `admin`, as operators do.
    """

    actor: str
    now: datetime
    caller: Caller = field(default_factory=Caller)
    is_superuser: bool = True
