"""What reports have in common: lines of their own, a caller that costs little, and SQL."""

import http.client
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
import psycopg2

from tests.bench.stage import Stage

_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Report:
    """A part of the report: lines that are printed as they come."""

    name: str
    title: str
    lines: Callable[[Stage], Iterator[str]]


class Caller:
    """One connection, kept alive, that costs little itself."""

    def __init__(self, stage: Stage) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", stage.server.port, timeout=30)
        self._host = {"Host": f"localhost:{stage.server.port}"}

    def send(self, method: str, path: str, body: bytes = b"", **headers: str) -> tuple[int, bytes]:
        """Status and body of the answer."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.request(method, path, body, {**self._host, **named})
        response = self._connection.getresponse()
        return response.status, response.read()

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, bytes]:
        """The same with JSON."""
        return self.send("POST", path, orjson.dumps(body), **_JSON)

    def milliseconds(self, path: str, body: dict[str, Any]) -> tuple[float, int]:
        """How long an answer took, and its status."""
        begun = time.perf_counter()
        status, _ = self.post(path, body)
        return (time.perf_counter() - begun) * 1000, status


def execute(stage: Stage, sql: str, values: dict[str, Any] | None = None) -> None:
    """Run SQL on the database of the server."""
    connection = psycopg2.connect(stage.server.environ["DATABASE_URL"])
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(sql, values)
    finally:
        connection.close()
