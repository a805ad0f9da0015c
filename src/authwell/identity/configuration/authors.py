"""Who changes the configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from authwell.protocol.events import EventType
from authwell.protocol.model import Event
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

    def event(
        self,
        kind: EventType,
        tenant_id: str,
        data: Mapping[str, Any],
        *,
        account_id: str | None = None,
        client_id: str | None = None,
        session_id: str | None = None,
    ) -> Event:
        """An audit event of what they do."""
        return Event(
            type=kind,
            tenant_id=tenant_id,
            at=self.now,
            account_id=account_id,
            client_id=client_id,
            session_id=session_id,
            actor=self.actor,
            address=self.caller.address,
            user_agent=self.caller.user_agent,
            request_id=self.caller.request_id,
            data=data,
        )
