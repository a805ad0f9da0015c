"""What every table shares: the declarative base, names of constraints, and column types."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar, cast

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    ForeignKeyConstraint,
    LargeBinary,
    MetaData,
    String,
    Table,
    TypeDecorator,
)
from sqlalchemy.orm import DeclarativeBase

# Each constraint has a name, because a migration can only drop what it can name.
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

# An identifier is a UUIDv7 in its text form, a digest is SHA-256.
Identifier = String(36)
Digest = LargeBinary(32)
ClientId = String(255)
Word = String(32)


def in_byte_order(length: int) -> String:
    """Text that both databases compare byte by byte, so that an index finds what begins so."""
    return String(length).with_variant(String(length, collation="C"), "postgresql")


# Plain `json` on PostgreSQL: `jsonb` refuses U+0000, and a stranger's text may hold it.
Json = JSON(none_as_null=True)
LATER: dict[str, bool] = {"later": True}
"""`info` of a column that a new row leaves empty."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC `datetime` on both databases.

    PostgreSQL connections are set to UTC, so the driver's own values are right there and no
    Python runs per value. SQLite knows no time zones and compares text: it is given UTC only.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Turn what is written into UTC where the database does not."""
        inner = self.impl_instance.bind_processor(dialect)
        if dialect.name != "sqlite":
            return inner
        return lambda value: inner(_as_utc(value)) if inner else _as_utc(value)

    def result_processor(self, dialect: Dialect, coltype: object) -> Callable[[Any], Any] | None:
        """Name the time zone of what is read where the driver does not."""
        inner = self.impl_instance.result_processor(dialect, coltype)
        if dialect.name != "sqlite":
            return inner
        return lambda value: _with_zone(inner(value) if inner else value)


def _as_utc(value: datetime | None) -> datetime | None:
    if value is None:
        return None
    if value.tzinfo is None:
        raise ValueError("A time without a time zone cannot be stored.")
    return value.astimezone(UTC)


def _with_zone(value: datetime | None) -> datetime | None:
    return None if value is None else value.replace(tzinfo=UTC)


class Base(DeclarativeBase):
    """The one registry of tables; migrations compare its metadata with the database."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime}


def of_the_same_tenant(column: str, table: str) -> ForeignKeyConstraint:
    """`column` names a row of `table`, which the database lets be of the same tenant only."""
    return ForeignKeyConstraint(
        ["tenant_id", column], [f"{table}.tenant_id", f"{table}.id"], ondelete="CASCADE"
    )


def table_of(model: type[Base]) -> Table:
    """The Core table of a model, for statements that are built once at import."""
    return cast("Table", model.__table__)
