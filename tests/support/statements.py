"""The statements that something takes, but for those that begin and end transactions."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy.pool import PoolProxiedConnection

from authwell.storage.database import Database
from authwell.storage.statements import Parameters, Row, Statement


@contextmanager
def sent_statements() -> Iterator[list[str]]:
    """What databases are sent meanwhile."""
    sent, run = list[str](), Database.run

    def note(
        database: Database,
        connection: PoolProxiedConnection,
        statement: Statement,
        parameters: Parameters,
        **options: Any,
    ) -> list[Row]:
        sent.append(statement.form(database.engines[1].dialect).sql)
        return run(database, connection, statement, parameters, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Database, "run", note)
        yield sent
