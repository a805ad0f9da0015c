"""Pages of lists: each begins after the last row of the one before.

A page costs the same wherever it is, because nothing in front of it is counted: the rows behind a
key are read in the order of an index. What may be asked for is fixed here by name, so no text of
a caller gets into a statement but as a parameter (THREATS.md AU-16).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import (
    Column,
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    tuple_,
)

from authwell.models.base import UtcDateTime
from authwell.storage.database import Database
from authwell.storage.statements import Row, Statement
from authwell.storage.values import searchable

Key = tuple[Any, ...]
"""The values by which a list is sorted, of one row, as JSON has them."""

_HIGHEST: Final = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which page of a list.

    Attributes:
        sort: the name of an order; with `-` the other way round.
        limit: how many rows at most.
        after: the key of the row that it begins after; None: the first page.
    """

    sort: str
    limit: int
    after: Key | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a page.

    Attributes:
        next: the key that the next page begins after; None: this is the last one.
    """

    rows: tuple[Row, ...]
    next: Key | None


class Pages:
    """One list: a statement for each order and each set of filters, made when first asked for."""

    def __init__(
        self,
        core: Select[Any],
        orders: Mapping[str, tuple[Column[Any], ...]],
        filters: Mapping[str, ColumnElement[bool]] | None = None,
    ) -> None:
        """Describe the list.

        Args:
            core: what is read, of one tenant, without order.
            orders: by name, columns that are never null, are read, and together are unique; an
                index begins with the tenant and goes on with them.
            filters: by name, conditions with a parameter of that name.
        """
        self._core = core
        self._orders = orders
        self._filters = filters or {}
        self._statements: dict[tuple[str, bool, frozenset[str]], Statement] = {}

    def read(
        self,
        database: Database,
        wanted: Wanted,
        values: Mapping[str, Any],
        filters: Mapping[str, Any] | None = None,
    ) -> Found:
        """Read a page with one statement.

        Args:
            database: where.
            wanted: which page.
            values: the parameters of the list itself, such as its tenant.
            filters: by name, those that count.
        """
        given = filters or {}
        parameters = {**values, **{name: _sought(value) for name, value in given.items()}}
        parameters["page_limit"] = wanted.limit + 1
        columns = self._orders[wanted.sort.removeprefix("-")]
        for place, column in enumerate(columns if wanted.after is not None else ()):
            parameters[f"after_{place}"] = _read(column, (wanted.after or ())[place])
        statement = self._statement(wanted, frozenset(given))
        rows = tuple(database.all_by_own_plan(statement, parameters))
        page, more = rows[: wanted.limit], rows[wanted.limit :]
        return Found(page, _key(columns, page[-1]) if more else None)

    def _statement(self, wanted: Wanted, given: frozenset[str]) -> Statement:
        name = (wanted.sort, wanted.after is not None, given)
        statement = self._statements.get(name)
        if statement is None:
            statement = self._statements[name] = Statement(self._build(wanted, given))
        return statement

    def _build(self, wanted: Wanted, given: frozenset[str]) -> Select[Any]:
        columns = self._orders[wanted.sort.removeprefix("-")]
        is_descending = wanted.sort.startswith("-")
        core = self._core.where(*(self._filters[name] for name in sorted(given)))
        if wanted.after is not None:
            here = tuple_(*columns)
            after = tuple_(
                *(bindparam(f"after_{n}", type_=each.type) for n, each in enumerate(columns))
            )
            core = core.where(here < after if is_descending else here > after)
        order = (column.desc() if is_descending else column.asc() for column in columns)
        return core.order_by(*order).limit(bindparam("page_limit", type_=Integer()))


def begins_with(column: Column[str], name: str) -> ColumnElement[bool]:
    """A filter by the beginning of a text, which an index in the order of bytes serves."""
    prefix = bindparam(name, type_=String())
    return and_(column >= prefix, column < prefix.concat(_HIGHEST))


def _sought(value: Any) -> Any:
    return searchable(value) if isinstance(value, str) else value


def _key(columns: tuple[Column[Any], ...], row: Row) -> Key:
    values = (getattr(row, column.key) for column in columns)
    return tuple(each.isoformat() if isinstance(each, datetime) else each for each in values)


def _read(column: Column[Any], value: Any) -> Any:
    is_time = isinstance(column.type, UtcDateTime)
    return datetime.fromisoformat(value) if is_time else value
