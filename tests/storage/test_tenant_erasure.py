"""A deleted tenant leaves its row and its log, on both databases (THREATS.md TN-04, TN-12)."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from authwell.models.base import Base
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.configuration.edit import Configuration
from authwell.storage.configuration.rows import ClientRecord, TenantRecord
from authwell.storage.database import Database
from authwell.storage.errors import Conflict
from authwell.storage.statements import Statement
from authwell.storage.tenancy.erasure import erase_deleted
from authwell.storage.tenancy.tenants import StatusChange, Tenants
from authwell.utils.randomness import new_id

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.req("TN-04", "TN-12")
def test_what_a_deleted_tenant_had_is_erased(database_url: str) -> None:
    database = Database(database_url)
    tenants, configuration = Tenants(database), Configuration(database)
    record = TenantRecord(new_id(NOW), "acme", "https://as.example/t/acme", "Acme", {}, NOW, NOW)
    event = Event(EventType.TENANT_CREATED, record.id, NOW)
    tenants.add(record, event)
    with configuration.edit(record.id, NOW) as edit:
        edit.put_client(ClientRecord("web", {}, NOW, NOW))
        edit.put_scope("read", "Read")

    ended = StatusChange("deleted", Event(EventType.TENANT_DELETED, record.id, NOW), ends_all=True)
    tenants.set_status(record.id, ended, lambda _: {})

    assert erase_deleted(database, NOW) == 1
    assert erase_deleted(database, NOW) == 0
    for table in Base.metadata.sorted_tables:
        if "tenant_id" in table.c and not table.name.startswith("audit_"):
            count = select(func.count().label("n")).where(table.c.tenant_id == record.id)
            assert database.all(Statement(count), {})[0].n == 0, table.name
    assert tenants.find(record.id) is None
    with pytest.raises(Conflict):
        tenants.add(replace(record, id=new_id(NOW)), event)
    database.close()
