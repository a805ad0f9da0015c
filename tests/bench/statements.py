"""The statements that PostgreSQL was sent, counted by its own extension.

Counting is switched on for the warm-up only, so that the measured time does not pay for it.
BEGIN, COMMIT and ROLLBACK are statements too: each is a message to the database and back.
"""

import time
from collections import Counter
from typing import Any

import psycopg2

SETTINGS = {
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track_utility": "on",
}
_RELOAD_SECONDS = 0.2


class Statements:
    """Counts what is sent to one database."""

    def __init__(self, administration: str, database: str) -> None:
        self._connection = psycopg2.connect(administration)
        self._connection.autocommit = True
        self._database = database
        self._execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        self._track("none")

    def begin(self) -> None:
        """Count from now on."""
        self._track("all")
        self._execute("SELECT pg_stat_statements_reset()")

    def end(self) -> Counter[str]:
        """Stop counting; how often each statement was sent."""
        found = self._execute(
            "SELECT query, calls FROM pg_stat_statements WHERE toplevel AND dbid ="
            " (SELECT oid FROM pg_database WHERE datname = %s)",
            self._database,
        )
        self._track("none")
        counted = Counter[str]()
        for query, calls in found:
            counted[" ".join(query.split())] += calls
        return counted

    def _track(self, what: str) -> None:
        self._execute(f"ALTER SYSTEM SET pg_stat_statements.track = '{what}'")
        self._execute("SELECT pg_reload_conf()")
        # Each server process reads the setting before its next statement, once it was told.
        time.sleep(_RELOAD_SECONDS)

    def _execute(self, statement: str, *values: str) -> list[tuple[Any, ...]]:
        with self._connection.cursor() as cursor:
            cursor.execute(statement, values or None)
            return cursor.fetchall() if cursor.description else []
