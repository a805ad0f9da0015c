"""SQL that the two databases call by different names."""

from typing import Any

from sqlalchemy import ColumnElement, String, exists, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from authwell.models.base import Json


class JsonTexts(FunctionElement[str]):
    """The texts of a JSON array, as rows with the column `value`."""

    name = "json_texts"
    inherit_cache = True
    type = String()


@compiles(JsonTexts)
def _anywhere(element: JsonTexts, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **options)})"


@compiles(JsonTexts, "postgresql")
def _on_postgresql(element: JsonTexts, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_array_elements_text({compiler.process(element.clauses, **options)})"


class JsonArray(FunctionElement[list[str]]):
    """The texts of a column as one JSON array, in no order; an empty one if there are no rows."""

    name = "json_array"
    inherit_cache = True
    type = Json


@compiles(JsonArray)
def _array_anywhere(element: JsonArray, compiler: SQLCompiler, **options: Any) -> str:
    return f"json_group_array({compiler.process(element.clauses, **options)})"


@compiles(JsonArray, "postgresql")
def _array_on_postgresql(element: JsonArray, compiler: SQLCompiler, **options: Any) -> str:
    return f"coalesce(json_agg({compiler.process(element.clauses, **options)}), '[]')"


def is_among(value: ColumnElement[str], texts: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a JSON array of texts has this one."""
    listed = JsonTexts(texts).table_valued("value")
    return exists(select(literal_column("1")).select_from(listed).where(listed.c.value == value))
