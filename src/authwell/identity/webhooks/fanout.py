"""From events to messages: each event of the audit log for each endpoint that wants it."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Final

from authwell.identity.webhooks.catalogue import OFFERED, body_of, subject_of
from authwell.protocol.model import Event
from authwell.storage.database import Database
from authwell.storage.webhooks.pending import Listeners, Message, Pending

EVERY: Final = timedelta(seconds=2)
"""So late an event may be on its way."""


class FanOut:
    """Looks for new events of all tenants; doing it twice does no harm."""

    def __init__(self, database: Database, when_found: Callable[[], None]) -> None:
        """Work on one database.

        Args:
            database: where.
            when_found: called when something is on its way, such as to ring a bell.
        """
        self._pending = Pending(database, OFFERED)
        self._when_found = when_found

    def run(self, now: datetime) -> int:
        """Put all new events on their way; how many messages they made."""
        found = sum(self._of_tenant(listeners, now) for listeners in self._pending.listeners())
        if found:
            self._when_found()
        return found

    def _of_tenant(self, listeners: Listeners, now: datetime) -> int:
        number = 0
        for page in self._pending.pages(listeners.tenant_id, listeners.since(now), now):
            messages = tuple(message for event in page for message in _messages(event, listeners))
            if messages:
                self._pending.put(messages, now)
            number += len(messages)
        self._pending.note_look(listeners.tenant_id, now)
        return number


def _messages(event: Event, listeners: Listeners) -> Iterator[Message]:
    body = ""
    for endpoint in listeners.endpoints:
        if endpoint.wants(event.type) and event.at >= endpoint.active_since:
            body = body or body_of(event, listeners.slug)
            yield Message(endpoint, event.id, event.type, subject_of(event), body)
