"""Remembered consent: what an account need not be asked for again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CTE,
    bindparam,
    delete,
    select,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import ClauseElement

from authwell.models.audit import audit_events
from authwell.models.grants import consents
from authwell.protocol.model import Consent, Event
from authwell.storage.changes import Change, NewRow
from authwell.storage.database import Database
from authwell.storage.statements import Statement
from authwell.storage.values import event_values, joined

_KEY = ["tenant_id", "account_id", "client_id"]
_IS_THE_CONSENT = (
    consents.c.tenant_id == bindparam("tenant_id"),
    consents.c.account_id == bindparam("account_id"),
    consents.c.client_id == bindparam("client_id"),
)
# What was allowed before stays allowed: both sets are united where no other request can
# come between. A scope token has neither quotes nor blanks (RFC 6749 section 3.3).
_UNITED_ON_POSTGRESQL = {
    "scope": text(
        "(SELECT string_agg(DISTINCT token, ' ')"
        " FROM unnest(string_to_array(consents.scope || ' ' || excluded.scope, ' ')) AS token)"
    ),
    "resources": text(
        "(SELECT coalesce(json_agg(DISTINCT uri), '[]'::json) FROM"
        " (SELECT json_array_elements_text(consents.resources) AS uri UNION"
        " SELECT json_array_elements_text(excluded.resources)) AS united)"
    ),
}
_UNITED_ON_SQLITE = {
    "scope": text(
        "(SELECT group_concat(value, ' ') FROM (SELECT DISTINCT value FROM json_each("
        "'[\"' || replace(consents.scope || ' ' || excluded.scope, ' ', '\",\"') || '\"]')))"
    ),
    "resources": text(
        "(SELECT json_group_array(value) FROM (SELECT value FROM json_each(consents.resources)"
        " UNION SELECT value FROM json_each(excluded.resources)))"
    ),
}

FIND_CONSENT = Statement(select(consents.c.scope, consents.c.resources).where(*_IS_THE_CONSENT))
LIST_CONSENTS = Statement(
    select(consents)
    .where(
        consents.c.tenant_id == bindparam("tenant_id"),
        consents.c.account_id == bindparam("account_id"),
    )
    .order_by(consents.c.client_id)
)
FORGET_CONSENT = Change(
    delete(consents).where(*_IS_THE_CONSENT).returning(consents.c.client_id),
    NewRow(audit_events, "event"),
)


@dataclass(frozen=True, slots=True)
class RememberedConsent:
    """The step of a change that adds to what is remembered."""

    def after(self, decision: CTE) -> CTE:
        """INSERT ... ON CONFLICT as a part of PostgreSQL's one statement."""
        values = [_value(column).label(column) for column in _COLUMNS]
        insert = postgresql.insert(consents).from_select(
            _COLUMNS, select(*values).select_from(decision)
        )
        update = {**_UNITED_ON_POSTGRESQL, "updated_at": insert.excluded.updated_at}
        return insert.on_conflict_do_update(index_elements=_KEY, set_=update).cte("remembered")

    def alone(self) -> ClauseElement:
        """The same for SQLite."""
        insert = sqlite.insert(consents).values({c: _value(c) for c in _COLUMNS})
        update: dict[str, Any] = {**_UNITED_ON_SQLITE, "updated_at": insert.excluded.updated_at}
        return insert.on_conflict_do_update(index_elements=_KEY, set_=update)


_COLUMNS = [column.name for column in consents.columns]


def _value(column: str) -> Any:
    return bindparam(f"consent_{column}", type_=consents.c[column].type)


def consent_values(tenant_id: str, consent: Consent, now: datetime) -> dict[str, Any]:
    """The row of a consent, under `consent_`."""
    return {
        "consent_tenant_id": tenant_id,
        "consent_account_id": consent.account_id,
        "consent_client_id": consent.client_id,
        "consent_scope": joined(consent.scope),
        "consent_resources": sorted(consent.resources),
        "consent_created_at": now,
        "consent_updated_at": now,
    }


@dataclass(frozen=True, slots=True)
class RememberedSince:
    """A consent, and since when there has been one."""

    consent: Consent
    since: datetime


class Consents:
    """The port `Consents` over SQL, and what a person sees of it."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def find(self, tenant_id: str, account_id: str, client_id: str) -> Consent | None:
        """What is remembered, if anything."""
        key = {"tenant_id": tenant_id, "account_id": account_id, "client_id": client_id}
        row = self._database.one(FIND_CONSENT, key)
        if row is None:
            return None
        return _consent(account_id, client_id, row)

    def list(self, tenant_id: str, account_id: str) -> tuple[Consent, ...]:
        """All clients that the account allowed something."""
        rows = self._database.all(LIST_CONSENTS, {"tenant_id": tenant_id, "account_id": account_id})
        return tuple(_consent(account_id, row.client_id, row) for row in rows)

    def list_since(self, tenant_id: str, account_id: str) -> tuple[RememberedSince, ...]:
        """The same with the time of the first."""
        rows = self._database.all(LIST_CONSENTS, {"tenant_id": tenant_id, "account_id": account_id})
        return tuple(
            RememberedSince(_consent(account_id, row.client_id, row), row.created_at)
            for row in rows
        )

    def forget(self, tenant_id: str, account_id: str, client_id: str, event: Event) -> bool:
        """Ask again next time; False if nothing was remembered. Grants are revoked apart."""
        key = {"tenant_id": tenant_id, "account_id": account_id, "client_id": client_id}
        return FORGET_CONSENT.make(self._database, {**key, **event_values(event)}) is not None


def _consent(account_id: str, client_id: str, row: Any) -> Consent:
    return Consent(
        account_id=account_id,
        client_id=client_id,
        scope=frozenset(row.scope.split()),
        resources=frozenset(row.resources),
    )
