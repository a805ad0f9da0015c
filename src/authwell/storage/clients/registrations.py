"""Clients that register themselves, and the tokens by which they may (RFC 7591, RFC 7592).

Each change is one transaction whose first statement decides: it uses up an initial access
token, or replaces the registration access token that was presented.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import bindparam, delete, func, select, update

from authwell.models.base import Digest, Json, UtcDateTime
from authwell.models.clients import clients
from authwell.models.registrations import client_registrations
from authwell.protocol.clients.registration_policy import Origin
from authwell.protocol.model import ClientSecret, Event
from authwell.storage.changes import NewRow
from authwell.storage.clients.initial_access_tokens import USE_TOKEN
from authwell.storage.configuration import statements as sql
from authwell.storage.configuration.edit import Edit
from authwell.storage.configuration.rows import ClientRecord, client_record, read_resource
from authwell.storage.database import Database
from authwell.storage.errors import Conflict
from authwell.storage.statements import Statement
from authwell.storage.values import is_text

_TENANT_ID: Any = bindparam("tenant_id")
_NOW: Any = bindparam("now", type_=UtcDateTime())
_IS_MANAGED = (
    client_registrations.c.tenant_id == _TENANT_ID,
    client_registrations.c.client_id == bindparam("client_id"),
    client_registrations.c.token_digest == bindparam("token_digest", type_=Digest),
)

ADD_REGISTRATION = Statement(NewRow(client_registrations, "new").alone())
COUNT_UNUSED = Statement(
    select(func.count().label("number")).where(
        client_registrations.c.tenant_id == _TENANT_ID,
        client_registrations.c.origin == "open",
        client_registrations.c.used_at.is_(None),
    )
)
FIND_MANAGED = Statement(
    select(
        clients,
        client_registrations.c.origin,
        client_registrations.c.used_at,
        client_registrations.c.scope_limit,
    )
    .select_from(clients.join(client_registrations))
    .where(*_IS_MANAGED)
)
REPLACE_TOKEN = Statement(
    update(client_registrations)
    .where(*_IS_MANAGED)
    .values(token_digest=bindparam("new_digest", type_=Digest))
    .returning(client_registrations.c.client_id)
)
END_REGISTRATION = Statement(
    delete(client_registrations).where(*_IS_MANAGED).returning(client_registrations.c.client_id)
)
SET_METADATA = Statement(
    update(clients)
    .where(
        clients.c.tenant_id == _TENANT_ID,
        clients.c.client_id == bindparam("client_id"),
        # Whoever changed or disabled it meanwhile is not overruled.
        clients.c.updated_at == bindparam("seen", type_=UtcDateTime()),
        clients.c.status == "active",
    )
    .values(metadata=bindparam("new_metadata", type_=Json), updated_at=_NOW)
    .returning(clients.c.client_id)
)


@dataclass(frozen=True, slots=True)
class NewRegistration:
    """A client that registers itself.

    Attributes:
        initial_access_token: id and digest of the token that is used up.
        is_announced: whether snapshots must know at once; nobody keeps an unknown client_id,
            but the origins of public clients are kept.
    """

    tenant_id: str
    client: ClientRecord
    origin: Origin
    token_digest: bytes
    event: Event
    scope_limit: str | None = None
    initial_access_token: tuple[str, bytes] | None = None
    is_announced: bool = False


@dataclass(frozen=True, slots=True)
class Managed:
    """A client that whoever has its registration access token may change."""

    client: ClientRecord
    scope_limit: str | None


@dataclass(frozen=True, slots=True)
class Replacement:
    """What a client is replaced by (RFC 7592 section 2.2).

    Attributes:
        seen: the client as it was read.
        secrets: None leaves them.
    """

    tenant_id: str
    seen: ClientRecord
    metadata: Mapping[str, Any]
    secrets: tuple[ClientSecret, ...] | None
    token_digest: bytes
    new_digest: bytes
    event: Event


class Registrations:
    """Registrations in one database."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def add(
        self, new: NewRegistration, now: datetime, *, most_unused: int
    ) -> Literal["added", "token_used_up", "full"]:
        """Keep a new client.

        Args:
            new: what is kept.
            now: the present.
            most_unused: how many openly registered clients may wait for their first use.
        """
        with self._database.transaction() as transaction:
            values: dict[str, Any] = {"tenant_id": new.tenant_id, "now": now}
            if new.initial_access_token is not None:
                _, used = new.initial_access_token
                if transaction.one(USE_TOKEN, {**values, "digest": used}) is None:
                    return "token_used_up"
            else:
                waiting = transaction.one(COUNT_UNUSED, values)
                if waiting is not None and waiting.number >= most_unused:
                    return "full"
            if new.is_announced:
                transaction.all(sql.BUMP_STAMP, values)
            edit = Edit(transaction, new.tenant_id, now)
            edit.put_client(new.client)
            transaction.all(ADD_REGISTRATION, _row(new, now))
            edit.record(new.event)
        return "added"

    def find(self, tenant_id: str, client_id: str, token_digest: bytes) -> Managed | None:
        """The client that the token manages; None if it manages another, or none."""
        if not is_text(client_id):
            return None
        key = {"tenant_id": tenant_id, "client_id": client_id, "token_digest": token_digest}
        row = self._database.one(FIND_MANAGED, key)
        if row is None:
            return None
        return Managed(
            client_record(row, self._database.all(sql.FIND_SECRETS, key)), row.scope_limit
        )

    def replace(self, new: Replacement, now: datetime) -> bool:
        """Write a client anew, and let its new token be the only one; False if the presented one
        is not its token any more.

        Raises:
            Conflict: the client is not what was seen any more; nothing was written.
        """
        client_id = new.seen.client_id
        values: dict[str, Any] = {"tenant_id": new.tenant_id, "client_id": client_id, "now": now}
        with self._database.transaction() as transaction:
            # The stamp first, as everybody who changes clients takes it.
            transaction.all(sql.BUMP_STAMP, values)
            tokens = {"token_digest": new.token_digest, "new_digest": new.new_digest}
            if transaction.one(REPLACE_TOKEN, values | tokens) is None:
                return False
            written = {"seen": new.seen.updated_at, "new_metadata": dict(new.metadata)}
            if transaction.one(SET_METADATA, values | written) is None:
                raise Conflict("clients.updated_at")
            edit = Edit(transaction, new.tenant_id, now)
            if new.secrets is not None:
                edit.set_secrets(client_id, new.secrets)
            edit.record(new.event)
        return True

    def end(
        self, tenant_id: str, client_id: str, token_digest: bytes, now: datetime, event: Event
    ) -> bool:
        """Delete a client with all that was granted by it; False if the token is not its own."""
        values = {"tenant_id": tenant_id, "client_id": client_id, "now": now}
        with self._database.transaction() as transaction:
            transaction.all(sql.BUMP_STAMP, values)
            if transaction.one(END_REGISTRATION, values | {"token_digest": token_digest}) is None:
                return False
            edit = Edit(transaction, tenant_id, now)
            edit.delete_client(client_id)
            # A later client of that name must not introspect for this one.
            for resource in map(read_resource, transaction.all(sql.LIST_RESOURCES, values)):
                others = resource.introspection_clients - {client_id}
                if others != resource.introspection_clients:
                    edit.put_resource(replace(resource, introspection_clients=others))
            edit.record(event)
        return True


def _row(new: NewRegistration, now: datetime) -> dict[str, Any]:
    used = new.initial_access_token
    values = {
        "tenant_id": new.tenant_id,
        "client_id": new.client.client_id,
        "origin": new.origin,
        "initial_access_token_id": used[0] if used is not None else None,
        "scope_limit": new.scope_limit,
        "token_digest": new.token_digest,
        "created_at": now,
        "used_at": None,
    }
    return {f"new_{name}": value for name, value in values.items()}
