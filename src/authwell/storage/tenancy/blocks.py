"""Blocks of tenants: set, lifted, listed, and read into the snapshot of each tenant."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from ipaddress import ip_network
from typing import Any

from sqlalchemy import Integer, bindparam, delete, func, select, update

from authwell.models.accounts import accounts
from authwell.models.base import UtcDateTime
from authwell.models.blocks import blocks
from authwell.models.clients import clients
from authwell.protocol.blocks import Blocks, Kind
from authwell.protocol.clients.built_in import CLIENT_ID as BUILT_IN
from authwell.storage.changes import NewRow
from authwell.storage.configuration.statements import BUMP_STAMP
from authwell.storage.database import Database, Transaction
from authwell.storage.pages import Found, Pages, Wanted
from authwell.storage.statements import Row, Statement
from authwell.storage.values import searchable

_TENANT_ID: Any = bindparam("tenant_id")
_OF_TENANT = blocks.c.tenant_id == _TENANT_ID
_IS_THE_ONE = (_OF_TENANT, blocks.c.id == bindparam("id"))

ADD_BLOCK = Statement(NewRow(blocks, "new").alone())
FIND_BLOCK = Statement(select(blocks).where(*_IS_THE_ONE))
FIND_BLOCK_OF = Statement(
    select(blocks).where(
        _OF_TENANT,
        blocks.c.kind == bindparam("kind"),
        blocks.c.value == bindparam("value"),
    )
)
SHUT_CLIENT = Statement(
    update(clients)
    .where(
        clients.c.tenant_id == _TENANT_ID,
        clients.c.client_id == bindparam("client_id"),
        clients.c.client_id != BUILT_IN,
    )
    .values(not_before=bindparam("until", type_=UtcDateTime()))
    .returning(clients.c.metadata)
)
_SINCE: Any = bindparam("since", type_=UtcDateTime())
# A moment that lies ahead is that of the block, and of nothing else.
OPEN_ACCOUNT = Statement(
    update(accounts)
    .where(
        accounts.c.tenant_id == _TENANT_ID,
        accounts.c.id == bindparam("value"),
        accounts.c.not_before > _SINCE,
    )
    .values(not_before=_SINCE)
)
OPEN_CLIENT = Statement(
    update(clients)
    .where(
        clients.c.tenant_id == _TENANT_ID,
        clients.c.client_id == bindparam("value"),
        clients.c.not_before > _SINCE,
    )
    .values(not_before=_SINCE)
)
COUNT_BLOCKS = Statement(select(func.count().label("number")).where(_OF_TENANT))
CHANGE_BLOCK = Statement(
    update(blocks)
    .where(*_IS_THE_ONE)
    .values(
        reason=bindparam("new_reason"),
        expires_at=bindparam("new_expires_at", type_=UtcDateTime()),
    )
    .returning(blocks.c.id)
)
DELETE_BLOCK = Statement(delete(blocks).where(*_IS_THE_ONE).returning(*blocks.c))
LIST_BLOCKS = Statement(select(blocks).where(_OF_TENANT).order_by(blocks.c.id))
READ_BLOCKS = Statement(select(blocks.c.kind, blocks.c.value).where(_OF_TENANT))
FIND_EXPIRED = Statement(
    select(blocks)
    .where(blocks.c.expires_at <= bindparam("now", type_=UtcDateTime()))
    .order_by(blocks.c.expires_at, blocks.c.id)
    .limit(bindparam("limit", type_=Integer()))
)
PAGES = Pages(
    select(blocks).where(_OF_TENANT),
    {"created_at": (blocks.c.id,)},
    {"kind": blocks.c.kind == bindparam("kind"), "value": blocks.c.value == bindparam("value")},
)
"""Ids grow with the time of their making."""


@dataclass(frozen=True, slots=True)
class BlockRecord:
    """The row of a block."""

    id: str
    tenant_id: str
    kind: Kind
    value: str
    reason: str
    created_by: str
    created_at: datetime
    expires_at: datetime | None = None


class TenantBlocks:
    """The blocks of all tenants; every call names its tenant."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def find(self, tenant_id: str, block_id: str) -> BlockRecord | None:
        """One of the tenant's."""
        key = {"tenant_id": tenant_id, "id": searchable(block_id)}
        return _record(self._database.one(FIND_BLOCK, key))

    def page(self, tenant_id: str, wanted: Wanted, filters: Mapping[str, Any]) -> Found:
        """A page of the list; `read_block` reads its rows."""
        return PAGES.read(self._database, wanted, {"tenant_id": tenant_id}, filters)

    def all_of(self, tenant_id: str) -> tuple[BlockRecord, ...]:
        """All of a tenant, the oldest first."""
        return tuple(map(read_block, self._database.all(LIST_BLOCKS, {"tenant_id": tenant_id})))

    def expired(self, now: datetime, limit: int) -> tuple[BlockRecord, ...]:
        """Those of all tenants that have had their time, the oldest first."""
        rows = self._database.all(FIND_EXPIRED, {"now": now, "limit": limit})
        return tuple(map(read_block, rows))


def blocks_of(database: Database, tenant_id: str) -> Blocks:
    """All that is blocked in a tenant."""
    found: dict[str, list[str]] = {"account": [], "client": [], "address": []}
    for row in database.all(READ_BLOCKS, {"tenant_id": tenant_id}):
        found[row.kind].append(row.value)
    networks = tuple(map(ip_network, found["address"]))
    return Blocks(frozenset(found["account"]), frozenset(found["client"]), networks)


@contextmanager
def changing(database: Database, tenant_id: str, now: datetime) -> Iterator[Transaction]:
    """A transaction by whose end all processes learn that the blocks of a tenant have changed."""
    with database.transaction() as transaction:
        transaction.all(BUMP_STAMP, {"tenant_id": tenant_id, "now": now})
        yield transaction


def find_block_of(
    transaction: Transaction, tenant_id: str, kind: Kind, value: str
) -> BlockRecord | None:
    """The one that shuts this out, if any."""
    key = {"tenant_id": tenant_id, "kind": kind, "value": searchable(value)}
    return _record(transaction.one(FIND_BLOCK_OF, key))


def shut_client(
    transaction: Transaction, tenant_id: str, client_id: str, until: datetime
) -> Mapping[str, Any] | None:
    """Let what a client was given before a moment be dead; its metadata, None if it is gone."""
    key = {"tenant_id": tenant_id, "client_id": searchable(client_id), "until": until}
    row = transaction.one(SHUT_CLIENT, key)
    return None if row is None else row.metadata


def let_in(transaction: Transaction, record: BlockRecord, since: datetime) -> None:
    """Let what an account or a client is given from a moment on be good, if it is not already."""
    opening = {"account": OPEN_ACCOUNT, "client": OPEN_CLIENT}.get(record.kind)
    if opening is not None:
        # The `jti` of a signed token, which is compared, knows milliseconds.
        since = since.replace(microsecond=since.microsecond // 1000 * 1000)
        key = {"tenant_id": record.tenant_id, "value": record.value, "since": since}
        transaction.all(opening, key)


def number_of_blocks(transaction: Transaction, tenant_id: str) -> int:
    """How many the tenant has."""
    return int(transaction.all(COUNT_BLOCKS, {"tenant_id": tenant_id})[0].number)


def add_block(transaction: Transaction, record: BlockRecord) -> None:
    """Keep a new one."""
    transaction.all(ADD_BLOCK, {f"new_{name}": value for name, value in asdict(record).items()})


def change_block(transaction: Transaction, record: BlockRecord) -> bool:
    """Write reason and end of a block; False if it is gone."""
    key = {"tenant_id": record.tenant_id, "id": record.id}
    new = {"new_reason": record.reason, "new_expires_at": record.expires_at}
    return transaction.one(CHANGE_BLOCK, {**key, **new}) is not None


def delete_block(transaction: Transaction, tenant_id: str, block_id: str) -> BlockRecord | None:
    """Forget it; None if the tenant has none of this id."""
    return _record(
        transaction.one(DELETE_BLOCK, {"tenant_id": tenant_id, "id": searchable(block_id)})
    )


def read_block(row: Row) -> BlockRecord:
    """The value of a row."""
    return BlockRecord(**row._asdict())


def _record(row: Row | None) -> BlockRecord | None:
    return None if row is None else read_block(row)
