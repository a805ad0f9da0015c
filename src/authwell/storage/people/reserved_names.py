"""User names that somebody has asked for together with an address that was taken.

Whoever asks learns nothing of the address, so the name has to look taken afterwards, as it would
be if the account had been made (THREATS.md AU-01).
"""

from datetime import datetime

from sqlalchemy import bindparam, select
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import Insert

from authwell.models.base import UtcDateTime
from authwell.models.handles import handles
from authwell.storage.database import Database, Transaction
from authwell.storage.people.accounts import AccountRecord
from authwell.storage.statements import Statement
from authwell.utils.randomness import digest

RESERVED_NAME = "reserved_name"
"""`handles.kind` of a name; its digest is that of tenant and canonical name."""

_new: Insert = postgresql.insert(handles).values(
    {
        name: bindparam(f"new_{name}", type_=handles.c[name].type)
        for name in (
            *("digest", "tenant_id", "kind", "data"),
            *("created_at", "expires_at", "failed_attempts"),
        )
    }
)
# SQLite compiles PostgreSQL's clause too.
PUT_NAME = Statement(_new.on_conflict_do_nothing())
FIND_NAME = Statement(
    select(handles.c.data).where(
        handles.c.digest == bindparam("digest"),
        handles.c.kind == RESERVED_NAME,
        handles.c.expires_at > bindparam("now", type_=UtcDateTime()),
    )
)


def reserve_name(transaction: Transaction, wanted: AccountRecord, until: datetime) -> None:
    """Let nobody have the name of an account that was not made, except for the same address."""
    values = {
        "new_digest": _key(wanted),
        "new_tenant_id": wanted.tenant_id,
        "new_kind": RESERVED_NAME,
        "new_data": {"for": _address(wanted)},
        "new_created_at": wanted.created_at,
        "new_expires_at": until,
        "new_failed_attempts": 0,
    }
    transaction.all(PUT_NAME, values)


def is_reserved(database: Database, wanted: AccountRecord, now: datetime) -> bool:
    """Whether an account may not be called so now."""
    row = database.one(FIND_NAME, {"digest": _key(wanted), "now": now})
    return row is not None and row.data["for"] != _address(wanted)


def _key(wanted: AccountRecord) -> bytes:
    return digest(f"{RESERVED_NAME} {wanted.tenant_id} {wanted.username_canonical}")


def _address(wanted: AccountRecord) -> str:
    return digest(str(wanted.email_canonical)).hex()
