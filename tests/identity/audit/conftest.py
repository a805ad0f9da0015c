"""An audit log of some events, and who works on it."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from authwell.identity.audit.chaining import Chaining
from authwell.identity.audit.depots import Depot, Folder
from authwell.identity.audit.retention import Retention
from authwell.identity.audit.tokens import AuditKeys
from authwell.identity.audit.verification import verify_tenant
from authwell.identity.audit.walk import Report
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.audit.events import AuditLog
from authwell.storage.database import Database
from authwell.utils.sealing import Sealer
from tests.conftest import NewDatabase
from tests.storage.worlds import TENANT, populate

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
SEALER = Sealer(b"k" * 32)


@dataclass
class Log:
    """The audit log of a tenant, at a time that the test sets."""

    database: Database
    keys: AuditKeys = field(default_factory=lambda: AuditKeys(SEALER))
    now: datetime = NOW
    depot: Depot | None = None
    alarms: list[datetime] = field(default_factory=list[datetime])

    def add(self, number: int = 1, tenant_id: str = TENANT, **members: Any) -> list[Event]:
        """New events, a second apart."""
        made = []
        for place in range(number):
            self.now += timedelta(seconds=1)
            kind = members.pop("type", EventType.LOGIN_SUCCEEDED)
            event = Event(kind, tenant_id, self.now, data={"place": place}, **members)
            AuditLog(self.database).add(event)
            made.append(event)
        return made

    def chain(self) -> dict[str, int]:
        """One run of the job."""
        chaining = Chaining(
            *(self.database, self.keys, MINUTE, self.depot), count_alarm=self.count_alarm
        )
        return chaining.run(self.now)

    def retain(self, kept: timedelta, depot: Depot | None = None, segment: int = 3) -> int:
        """Take away what is older; how many events."""
        retention = Retention(
            *(self.database, self.keys, kept, depot, segment), count_alarm=self.count_alarm
        )
        return retention.run(self.now).get("events", 0)

    def count_alarm(self) -> None:
        """Note an alarm."""
        self.alarms.append(self.now)

    def verify(self, *shipped: str, tenant_id: str = TENANT) -> Report:
        """Read the whole log."""
        return verify_tenant(self.database, self.keys, tenant_id, shipped)

    def findings(self, *shipped: str) -> list[str]:
        """What is wrong with it."""
        return self.verify(*shipped).findings

    def write(self, statement: str, **values: Any) -> None:
        """What somebody does who holds the database."""
        with self.database.engines[1].connect() as connection:
            connection.execute(text(statement), values)
            connection.commit()

    def rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """Look into it."""
        with self.database.engines[0].connect() as connection:
            return [dict(row) for row in connection.execute(text(statement), values).mappings()]


@pytest.fixture(params=["sqlite", "postgresql"])
def log(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[Log]:
    """Ten chained events, and nothing else."""
    database = Database(new_database(request.param))
    populate(database)
    found = Log(database)
    found.add(10)
    found.chain()
    yield found
    database.close()


@pytest.fixture
def folder(tmp_path: Any) -> Folder:
    """Where checkpoints and archives go."""
    return Folder(tmp_path / "depot")
