"""The audit log of a tenant as administrators read it: by page, or all that fits a filter."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import ColumnElement, bindparam, literal_column, select

from authwell.models.audit import audit_events
from authwell.models.base import UtcDateTime
from authwell.protocol.events import SECURITY
from authwell.storage.database import Database
from authwell.storage.pages import Found, Pages, Wanted
from authwell.storage.statements import Row, Statement
from authwell.storage.values import searchable

EXPORTED_AT_ONCE: Final = 500

_events = audit_events.c
_EXACT: Final = (
    *("type", "account_id", "client_id", "session_id", "actor", "address", "request_id"),
)
_CORE = select(*(column for column in _events if column.name != "salt")).where(
    _events.tenant_id == bindparam("tenant_id")
)
_ORDERS = {"at": (_events.at, _events.id)}
_FILTERS = {
    **{name: _events[name] == bindparam(name) for name in _EXACT},
    "since": _events.at >= bindparam("since", type_=UtcDateTime()),
    "until": _events.at < bindparam("until", type_=UtcDateTime()),
}
ALL = Pages(_CORE, _ORDERS, _FILTERS)
_CRITICAL: list[ColumnElement[str]] = [literal_column(f"'{kind}'") for kind in sorted(SECURITY)]
OF_SECURITY = Pages(_CORE.where(_events.type.in_(_CRITICAL)), _ORDERS, _FILTERS)


FIND = Statement(_CORE.where(_events.id == bindparam("event_id")))


class AuditViews:
    """Reads the log of one tenant."""

    def __init__(self, database: Database, tenant_id: str) -> None:
        """Read from one database."""
        self._database = database
        self._key = {"tenant_id": tenant_id}

    def page(
        self, wanted: Wanted, filters: Mapping[str, Any], *, only_security: bool = False
    ) -> Found:
        """One page with one statement."""
        pages = OF_SECURITY if only_security else ALL
        return pages.read(self._database, wanted, self._key, filters)

    def find(self, event_id: str) -> Row | None:
        """One event."""
        key = {**self._key, "event_id": searchable(event_id)}
        return self._database.one(FIND, key)

    def each(self, filters: Mapping[str, Any], *, only_security: bool = False) -> Iterator[Row]:
        """All events that fit, the oldest first, some hundred in memory at once."""
        wanted: Wanted | None = Wanted("at", EXPORTED_AT_ONCE)
        while wanted is not None:
            found = self.page(wanted, filters, only_security=only_security)
            yield from found.rows
            wanted = replace(wanted, after=found.next) if found.next is not None else None
