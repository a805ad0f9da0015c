"""One state change: a statement that decides, and rows that are written if it did.

On PostgreSQL a change is one statement with common table expressions, committed by itself,
so a race is decided by a row lock in one round trip. SQLite has one writer at a time, and a
short transaction does the same.
"""

from dataclasses import dataclass
from typing import Any, Protocol

from sqlalchemy import (
    CTE,
    ColumnElement,
    Delete,
    Insert,
    Select,
    Table,
    Update,
    bindparam,
    exists,
    literal_column,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import ClauseElement

from authwell.storage.database import Database
from authwell.storage.statements import Parameters, Row, Statement


class Step(Protocol):
    """What is written if the change was decided."""

    def after(self, decision: CTE) -> CTE:
        """As a part of PostgreSQL's one statement."""
        ...

    def alone(self) -> ClauseElement:
        """As a statement of SQLite's transaction."""
        ...


@dataclass(frozen=True, slots=True)
class NewRow:
    """A row whose values are the parameters `prefix_column`."""

    table: Table
    prefix: str
    unless_known: bool = False
    """Whether a row with the same key is left as it is."""
    columns: tuple[str, ...] = ()
    """Those that are given; if empty, all that are not written later."""
    decided: tuple[str, ...] = ()
    """Those whose values are the decision's, by the same name, and no parameters."""

    def after(self, decision: CTE) -> CTE:
        """INSERT ... SELECT the parameters FROM the decision."""
        columns = self._columns()
        values = [
            decision.c[column] if column in self.decided else self._value(column).label(column)
            for column in columns
        ]
        insert = postgresql.insert(self.table).from_select(
            list(columns), select(*values).select_from(decision)
        )
        if self.unless_known:
            insert = insert.on_conflict_do_nothing()
        return insert.cte(f"new_{self.prefix}")

    def alone(self) -> Insert:
        """INSERT ... VALUES."""
        insert = sqlite.insert(self.table).values({c: self._value(c) for c in self._columns()})
        return insert.on_conflict_do_nothing() if self.unless_known else insert

    def _columns(self) -> tuple[str, ...]:
        return self.columns or tuple(
            column.name for column in self.table.columns if not column.info.get("later")
        )

    def _value(self, column: str) -> ColumnElement[Any]:
        prefix = "decided" if column in self.decided else self.prefix
        return bindparam(f"{prefix}_{column}", type_=self.table.c[column].type)


@dataclass(frozen=True, slots=True)
class Also:
    """Another UPDATE or DELETE; its rows must not be those that decided."""

    core: Update | Delete
    name: str

    def after(self, decision: CTE) -> CTE:
        """Run only if a row was decided on."""
        decided = exists(select(literal_column("1")).select_from(decision))
        return self.core.where(decided).cte(self.name)

    def alone(self) -> Update | Delete:
        """As it is."""
        return self.core


class Change:
    """A decision with RETURNING, and the steps that follow if it returned a row."""

    __slots__ = ("_decide", "_steps", "one_statement")

    def __init__(
        self, decide: Insert | Update | Delete, *steps: Step, answer: tuple[str, ...] = ()
    ) -> None:
        """Build both forms; nothing is compiled yet.

        Args:
            decide: what decides, with RETURNING.
            steps: what follows.
            answer: the columns that the caller reads, if not all that are returned.
        """
        self._decide = Statement(decide)
        self._steps = tuple(Statement(step.alone()) for step in steps)
        decision = decide.cte("decision")
        whole: Select[Any] = select(*(decision.c[name] for name in answer or decision.c.keys()))
        self.one_statement = Statement(
            whole.add_cte(*(step.after(decision) for step in steps)) if steps else decide
        )

    def make(self, database: Database, parameters: Parameters) -> Row | None:
        """Make the change; None if the decision found nothing to change.

        Raises:
            Conflict: a row breaks a constraint; nothing was written.
            StorageUnavailable: no confirmation came.
        """
        if not database.is_sqlite or not self._steps:
            rows = database.write(self.one_statement, parameters)
            return rows[0] if rows else None
        with database.transaction() as transaction:
            row = transaction.one(self._decide, parameters)
            if row is not None:
                decided = {f"decided_{name}": value for name, value in row._asdict().items()}
                for step in self._steps:
                    transaction.all(step, {**parameters, **decided})
            return row
