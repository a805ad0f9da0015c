"""SQLAlchemy Core statements that are compiled once for each database.

Executing a Core statement costs three times what its driver does, and PostgreSQL plans a
join of five tables for longer than it runs it. So a `Statement` keeps its compiled text,
and PostgreSQL prepares it once for each connection.
"""

import re
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any, Final

from sqlalchemy import JSON, BigInteger, Boolean, DateTime, Dialect, Integer, LargeBinary, String
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.selectable import SelectBase
from sqlalchemy.types import TypeDecorator, TypeEngine

Row = Any
"""A named tuple; the functions of `rows` turn it into a typed value."""
Parameters = Mapping[str, Any]
Process = Callable[[Any], Any] | None

_REQUIRED: Final = object()
_NAMED = re.compile(r"%\((\w+)\)s")
_NUMBERS = count(1)
# Without declared types PostgreSQL takes a parameter in a SELECT list for text.
_POSTGRESQL_TYPES: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (Boolean, "boolean"),
    (BigInteger, "bigint"),
    (Integer, "integer"),
    (DateTime, "timestamptz"),
    (LargeBinary, "bytea"),
    (JSON, "json"),
    (String, "text"),
)


@dataclass(frozen=True, slots=True)
class Bind:
    """A parameter: its name, its value if the statement itself has one, and its conversion."""

    name: str
    value: object
    process: Process


@dataclass(frozen=True, slots=True)
class Form:
    """A statement as one database takes it."""

    sql: str
    binds: tuple[Bind, ...]
    make: Callable[[Sequence[Any]], Row]
    returns_rows: bool
    name: str
    prepare: str
    """PostgreSQL only: the statement that prepares this one, and the one that runs it."""
    execute: str

    def values(self, parameters: Parameters) -> list[Any]:
        """The parameters as the driver takes them, in the order of `binds`."""
        result = []
        for bind in self.binds:
            value = parameters[bind.name] if bind.value is _REQUIRED else bind.value
            result.append(value if bind.process is None else bind.process(value))
        return result

    def named_values(self, parameters: Parameters) -> dict[str, Any]:
        """The same by name, for a statement that is not prepared."""
        return {
            bind.name: value
            for bind, value in zip(self.binds, self.values(parameters), strict=True)
        }


class Statement:
    """A Core statement for a bare cursor; made once, at import."""

    __slots__ = ("_core", "_forms", "_name")

    def __init__(self, core: ClauseElement) -> None:
        """Take the statement; it is compiled when a database first needs it."""
        self._core = core
        self._forms: dict[str, Form] = {}
        self._name = f"authwell_{next(_NUMBERS)}"

    def form(self, dialect: Dialect) -> Form:
        """The statement as `dialect` takes it."""
        form = self._forms.get(dialect.name)
        if form is None:
            form = self._forms[dialect.name] = _compile(self._core, dialect, self._name)
        return form


def _compile(core: ClauseElement, dialect: Dialect, name: str) -> Form:
    compiled = core.compile(dialect=dialect)
    if not isinstance(compiled, SQLCompiler):
        raise TypeError("Only SQL can be compiled once.")
    columns = _columns(core)
    order = compiled.positiontup or list(dict.fromkeys(_NAMED.findall(compiled.string)))
    prepare, execute = _prepared(compiled, order, name) if not compiled.positional else ("", "")
    return Form(
        sql=compiled.string,
        binds=tuple(_bind(compiled, key, dialect) for key in order),
        make=_row_maker(columns, dialect),
        returns_rows=bool(columns),
        name=name,
        prepare=prepare,
        execute=execute,
    )


def _columns(core: ClauseElement) -> list[Any]:
    if isinstance(core, SelectBase):
        return list(core.selected_columns)
    return list(core.exported_columns) if isinstance(core, UpdateBase) else []


def _bind(compiled: SQLCompiler, key: str, dialect: Dialect) -> Bind:
    parameter = compiled.binds[key]
    process = parameter.type.dialect_impl(dialect).bind_processor(dialect)
    return Bind(key, _REQUIRED if parameter.required else parameter.effective_value, process)


def _prepared(compiled: SQLCompiler, order: Sequence[str], name: str) -> tuple[str, str]:
    numbers = {key: f"${number}" for number, key in enumerate(order, 1)}
    text = _NAMED.sub(lambda match: numbers[match.group(1)], compiled.string).replace("%%", "%")
    types = ", ".join(_postgresql_type(compiled.binds[key].type) for key in order)
    values = ", ".join("%s" for _ in order)
    head = f"{name} ({types})" if types else name
    return (
        f"PREPARE {head} AS {text}",
        f"EXECUTE {name} ({values})" if values else f"EXECUTE {name}",
    )


def _postgresql_type(kind: TypeEngine[Any]) -> str:
    plain = kind.impl_instance if isinstance(kind, TypeDecorator) else kind
    for known, name in _POSTGRESQL_TYPES:
        if isinstance(plain, known):
            return name
    raise TypeError(f"No parameter type for {kind!r}: give the bindparam a type.")


def _row_maker(columns: Sequence[Any], dialect: Dialect) -> Callable[[Sequence[Any]], Row]:
    kind = namedtuple("Row", [column.key for column in columns])  # type: ignore[misc]  # noqa: PYI024
    make = kind._make
    converters = [
        (index, process)
        for index, column in enumerate(columns)
        if (process := column.type.dialect_impl(dialect).result_processor(dialect, None))
    ]
    if not converters:
        return make

    def convert(raw: Sequence[Any]) -> Row:
        values = list(raw)
        for index, process in converters:
            values[index] = process(values[index])
        return make(values)

    return convert
