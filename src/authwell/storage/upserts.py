"""INSERT that overwrites the row with the same key, on both databases."""

from typing import Any

from sqlalchemy import Insert, Table, bindparam
from sqlalchemy.dialects import postgresql


def upsert(table: Table, keep: tuple[str, ...] = ()) -> Insert:
    """Write all columns, from parameters of their names.

    Args:
        table: by whose primary key a row is the same.
        keep: columns that an existing row keeps.
    """
    # SQLite compiles PostgreSQL's ON CONFLICT too: it took the clause over word by word.
    insert = postgresql.insert(table).values(
        {column.name: bindparam(column.name, type_=column.type) for column in table.columns}
    )
    key = [column.name for column in table.primary_key.columns]
    changed: dict[str, Any] = {
        column.name: insert.excluded[column.name]
        for column in table.columns
        if column.name not in key and column.name not in keep
    }
    return insert.on_conflict_do_update(index_elements=key, set_=changed)
