"""How many events of each type a tenant had in each of some periods, in one statement."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Integer, bindparam, func, literal_column, select, union_all

from authwell.models.audit import audit_events
from authwell.models.base import UtcDateTime
from authwell.storage.database import Database
from authwell.storage.statements import Statement

PERIODS: Final = 16
"""As many as one statement counts."""

_TENANT_ID: Any = bindparam("tenant_id")


def _count_of(place: int) -> Any:
    begin: Any = bindparam(f"from_{place}", type_=UtcDateTime())
    end: Any = bindparam(f"to_{place}", type_=UtcDateTime())
    events = audit_events.c
    return (
        select(
            literal_column(str(place), Integer()).label("place"),
            events.type,
            func.count().label("number"),
        )
        .where(events.tenant_id == _TENANT_ID, events.at >= begin, events.at < end)
        .group_by(events.type)
    )


COUNT_EVENTS = Statement(union_all(*map(_count_of, range(PERIODS))))


def count_events(
    database: Database, tenant_id: str, periods: Sequence[tuple[datetime, datetime]]
) -> list[Counter[str]]:
    """The number of each type in each period; a period that is empty costs nothing.

    Raises:
        ValueError: there are not as many periods as the statement has places.
    """
    if len(periods) != PERIODS:
        raise ValueError(f"{PERIODS} periods are counted at once.")
    values: dict[str, Any] = {"tenant_id": tenant_id}
    for place, (begin, end) in enumerate(periods):
        values |= {f"from_{place}": begin, f"to_{place}": end}
    found: list[Counter[str]] = [Counter() for _ in periods]
    for row in database.all(COUNT_EVENTS, values):
        found[row.place][row.type] = int(row.number)
    return found
