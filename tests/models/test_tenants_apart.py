"""The database itself keeps rows of one tenant from referring to those of another (TN-01)."""

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, insert
from sqlalchemy.exc import IntegrityError

from authwell.models import Base
from authwell.models.accounts import credentials
from authwell.models.invitations import invitations
from authwell.storage.database import Database
from authwell.storage.urls import normalised
from tests.storage.worlds import ACCOUNT, NOW, OTHER_TENANT, TENANT, populate

REASONS = {
    "sessions.device_id": "cleared when the device goes, which SQLite cannot do to one column",
}


@pytest.mark.req("H1", "TN-01", "3.1")
def test_every_reference_names_the_tenant_too() -> None:
    loose = []
    for table in Base.metadata.tables.values():
        for key in table.foreign_key_constraints:
            both = "tenant_id" in table.c and "tenant_id" in key.referred_table.c
            if both and "tenant_id" not in key.columns:
                loose.append(f"{table.name}.{'+'.join(key.columns.keys())}")

    assert loose == list(REASONS)


@pytest.mark.req("H1", "TN-01")
@pytest.mark.parametrize("what", ["credential", "invitation"])
def test_a_row_of_another_tenant_cannot_belong_to_an_account(database_url: str, what: str) -> None:
    populate(Database(database_url))
    engine = create_engine(normalised(database_url))
    with engine.connect() as connection:
        _check_references(connection)
        statement = _credential() if what == "credential" else _invitation()

        with pytest.raises(IntegrityError), connection.begin():
            connection.execute(statement.values(tenant_id=OTHER_TENANT))
        with connection.begin():
            connection.execute(statement.values(tenant_id=TENANT))
    engine.dispose()


def _check_references(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")
        connection.commit()


def _credential() -> Any:
    values: Mapping[str, Any] = {
        "id": "credential",
        "account_id": ACCOUNT.id,
        "kind": "other",
        "secret": "x",
        "created_at": NOW,
        "updated_at": NOW,
    }
    return insert(credentials).values(values)


def _invitation() -> Any:
    values: Mapping[str, Any] = {
        "id": "invitation",
        "digest": b"1" * 32,
        "email": "a@people.example",
        "email_canonical": "a@people.example",
        "roles": [],
        "invited_by": "cli:root",
        "created_at": NOW,
        "sent_at": NOW,
        "expires_at": NOW,
        "account_id": ACCOUNT.id,
    }
    return insert(invitations).values(values)
