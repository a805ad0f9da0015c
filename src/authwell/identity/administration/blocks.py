"""Blocks: administrators shut out addresses, accounts and clients for a while (REQUIREMENTS.md L10).

The snapshot of the tenant has them, so asking costs requests nothing, and each process learns of a
change within a second. What another one gives out in the meantime is dead from the start: the
block moves `not_before` of account or client to a moment after every process has heard of it. Who
is let in again before that moment gets what is good from then on.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.escalation import is_powerful
from authwell.identity.configuration.problems import NotFound, SuperusersOnly
from authwell.identity.people.desk import DOORS
from authwell.protocol.blocks import Kind, read_network
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.access.held import read_held
from authwell.storage.audit.events import add_event
from authwell.storage.configuration.administration import PeopleEdit
from authwell.storage.database import Database, Transaction
from authwell.storage.people.accounts import AccountRecord
from authwell.storage.people.links import drop_links
from authwell.storage.snapshots import USABLE_FOR
from authwell.storage.tenancy.blocks import (
    BlockRecord,
    TenantBlocks,
    add_block,
    change_block,
    changing,
    delete_block,
    find_block_of,
    let_in,
    number_of_blocks,
    shut_client,
)
from authwell.storage.values import searchable
from authwell.utils.addresses import holds
from authwell.utils.randomness import new_id

MOST: Final = 1000
"""Blocks of a tenant; each process keeps them."""
HEARD_AFTER: Final = timedelta(seconds=USABLE_FOR)
BATCH: Final = 100
BY_ITSELF: Final = "system"
HAS_ADMIN: Final = "Take the role admin away first, or deactivate the account."

KINDS: Final[tuple[Kind, ...]] = ("address", "account", "client")


class InvalidNetwork(ValueError):
    """It is no address and no network, or one that is too wide."""


class AlreadyBlocked(Exception):
    """There is a block of the same."""


class MayNotBlock(Exception):
    """It would shut out whom it must not; nothing was written.

    Attributes:
        code: `own_address`, `own_account`, `superuser` or `too_many_blocks`.
        text: what to do instead.
    """

    def __init__(self, code: str, text: str) -> None:
        """Say why not."""
        super().__init__(text)
        self.code = code
        self.text = text


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be shut out.

    Attributes:
        value: an address or network, the id of an account, or a `client_id`.
        expires_at: when the block is lifted by itself; None: when somebody does.
    """

    kind: Kind
    value: str
    reason: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Blocking:
    """Sets and lifts blocks.

    Attributes:
        when_posted: called when clients are to be told of ended sessions.
    """

    database: Database
    when_posted: Callable[[], object] = lambda: None

    def set(
        self,
        tenant_id: str,
        wanted: Wanted,
        author: Author,
        may: Callable[[AccountRecord], None] = lambda _record: None,
    ) -> BlockRecord:
        """Shut something out; sessions and tokens of an account or a client end at once.

        Args:
            tenant_id: whose block it is.
            wanted: what.
            author: who says so.
            may: raises if they may not do this to an account.

        Raises:
            NotFound: the tenant has no such account or client.
            SuperusersOnly: the client is for superusers alone to change, and they are none.
            InvalidNetwork, AlreadyBlocked, MayNotBlock: as they say.
        """
        with changing(self.database, tenant_id, author.now) as transaction:
            record = set_block(transaction, tenant_id, wanted, author, may)
        self.when_posted()
        return record

    def lift(self, tenant_id: str, block_id: str, author: Author) -> None:
        """Let it in again; what ended stays ended.

        Raises:
            NotFound: the tenant has no block of this id.
        """
        with changing(self.database, tenant_id, author.now) as transaction:
            record = delete_block(transaction, tenant_id, block_id)
            if record is None:
                raise NotFound("block", block_id)
            let_in(transaction, record, author.now)
            add_event(transaction, _event(EventType.BLOCK_LIFTED, record, author))

    def lift_expired(self, now: datetime) -> int:
        """Lift what has had its time, in all tenants; how many."""
        lifted = 0
        for record in TenantBlocks(self.database).expired(now, BATCH):
            try:
                self.lift(record.tenant_id, record.id, Author(BY_ITSELF, now))
            except NotFound:
                continue
            lifted += 1
        return lifted


def set_block(
    transaction: Transaction,
    tenant_id: str,
    wanted: Wanted,
    author: Author,
    may: Callable[[AccountRecord], None] = lambda _record: None,
) -> BlockRecord:
    """What `Blocking.set` does, in a transaction that bumps the stamp of the configuration."""
    record = BlockRecord(
        id=new_id(author.now),
        tenant_id=tenant_id,
        kind=wanted.kind,
        value=_network(wanted.value, author) if wanted.kind == "address" else wanted.value,
        reason=wanted.reason,
        created_by=author.actor,
        created_at=author.now,
        expires_at=wanted.expires_at,
    )
    if number_of_blocks(transaction, tenant_id) >= MOST:
        raise MayNotBlock("too_many_blocks", "Lift a block first; there are 1,000.")
    if find_block_of(transaction, tenant_id, record.kind, record.value) is not None:
        raise AlreadyBlocked
    if record.kind == "account":
        _shut_account(transaction, record, author, may)
    elif record.kind == "client":
        _shut_client(transaction, record, author)
    add_block(transaction, record)
    add_event(transaction, _event(EventType.BLOCK_SET, record, author))
    return record


def set_anew(transaction: Transaction, record: BlockRecord, author: Author) -> bool:
    """Give a block another reason or end, in such a transaction; False if it was lifted."""
    if not change_block(transaction, record):
        return False
    add_event(transaction, _event(EventType.BLOCK_SET, record, author))
    return True


def _network(text: str, author: Author) -> str:
    try:
        network = read_network(text)
    except ValueError as error:
        raise InvalidNetwork from error
    if author.caller.address is not None and holds(network, author.caller.address):
        raise MayNotBlock("own_address", "You would shut yourself out: your address is in it.")
    return network


def _shut_account(
    transaction: Transaction,
    record: BlockRecord,
    author: Author,
    may: Callable[[AccountRecord], None],
) -> None:
    people = PeopleEdit(transaction, record.tenant_id, author.now)
    account = people.lock(searchable(record.value))
    if account is None:
        raise NotFound("account", record.value)
    may(account)
    if account.id == author.actor:
        raise MayNotBlock("own_account", "This is your own account.")
    # Else the last one could be shut out with everybody who could lift it (THREATS.md TN-14).
    if read_held(transaction, record.tenant_id, account.id).is_superuser:
        raise MayNotBlock("superuser", HAS_ADMIN)
    people.change(account.id, {"not_before": author.now + HEARD_AFTER})
    people.end_sessions(account.id)
    drop_links(transaction, record.tenant_id, account.id, DOORS, author.now)


def _shut_client(transaction: Transaction, record: BlockRecord, author: Author) -> None:
    until = author.now + HEARD_AFTER
    metadata = shut_client(transaction, record.tenant_id, record.value, until)
    if metadata is None:
        raise NotFound("client", record.value)
    if not author.is_superuser and is_powerful(metadata):
        raise SuperusersOnly


def _event(kind: EventType, record: BlockRecord, author: Author) -> Event:
    until = record.expires_at
    data = {
        "block_id": record.id,
        "kind": record.kind,
        "value": record.value,
        "reason": record.reason,
        "until": until.isoformat() if until is not None else None,
    }
    return author.event(
        kind,
        record.tenant_id,
        data,
        account_id=record.value if record.kind == "account" else None,
        client_id=record.value if record.kind == "client" else None,
    )
