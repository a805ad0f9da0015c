"""The guard's counters (THREATS.md AU-03 to AU-05, AU-08, MF-03).

An attempt is counted before it is judged, by one statement, so that parallel guesses cannot pass
between reading and writing; who succeeds takes it back. On PostgreSQL address and account are
counted in one round trip, the address first: one that is locked does not reach the account.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Insert,
    Integer,
    String,
    and_,
    bindparam,
    case,
    delete,
    literal,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql

from authwell.models.base import UtcDateTime
from authwell.models.guards import attempt_guards
from authwell.storage.changes import Also, Change
from authwell.storage.database import Database, Transaction
from authwell.storage.pages import Found, Pages, Wanted
from authwell.storage.statements import Row, Statement
from authwell.storage.values import searchable

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
"""The end of a lock that does not end by itself."""

DOUBLINGS = 7
"""So many times a lock takes twice as long as the one before, at most."""

LONGEST_LOCK = timedelta(hours=24)
"""Which no lock exceeds by doubling."""

_NO_NUMBER = 2**31 - 1

_NOW: Any = bindparam("now", type_=UtcDateTime())
_TENANT_ID: Any = bindparam("tenant_id")


@dataclass(frozen=True, slots=True)
class Subject:
    """What is counted, and how far.

    Attributes:
        name: of the row, unique in its tenant.
        account_id: whose; None of an address.
        limit: attempts without success after which it is locked.
        duration: of the first lock; failures are also forgotten after it.
        most: attempts in a row after which the lock does not end by itself; None: there is
            no such number.
    """

    name: str
    account_id: str | None
    limit: int
    duration: timedelta
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Count:
    """Where a subject stands after an attempt, this one included."""

    failures: int
    locked_until: datetime | None
    """Set if this was the last attempt before the lock; success clears it."""
    address_locked_until: datetime | None = None
    """The same of the address, where that was counted too."""


def _param(prefix: str, name: str, kind: Any = None) -> Any:
    return bindparam(f"{prefix}_{name}", type_=kind)


def _first(prefix: str) -> dict[str, ColumnElement[Any]]:
    """The row of a subject at its first attempt."""
    return {
        "tenant_id": bindparam("tenant_id", type_=String()),
        "subject": _param(prefix, "subject", String()),
        "account_id": _param(prefix, "account_id", String()),
        "failures": literal(1, Integer()),
        "in_a_row": literal(1, Integer()),
        "locks": _param(prefix, "first_locks", Integer()),
        "since": bindparam("now", type_=UtcDateTime()),
        "locked_at": _param(prefix, "first_locked_at", UtcDateTime()),
        "locked_until": _param(prefix, "first_locked_until", UtcDateTime()),
    }


def _again(prefix: str) -> dict[str, ColumnElement[Any]]:
    """What a further attempt makes of the row."""
    kept = attempt_guards.c
    # After a lock counting begins anew.
    is_over = or_(
        kept.locked_until.is_not(None), kept.since <= _param(prefix, "forgotten", UtcDateTime())
    )
    failures = case((is_over, 1), else_=kept.failures + 1)
    in_a_row = kept.in_a_row + 1
    is_last = in_a_row >= _param(prefix, "most", Integer())
    is_locked = or_(is_last, failures >= _param(prefix, "limit", Integer()))
    ends = [
        (kept.locks == number, _param(prefix, f"end_{number}", UtcDateTime()))
        for number in range(DOUBLINGS)
    ]
    end = case(*ends, else_=_param(prefix, f"end_{DOUBLINGS}", UtcDateTime()))
    return {
        "failures": failures,
        "in_a_row": in_a_row,
        "locks": kept.locks + case((is_locked, 1), else_=0),
        "since": case((is_over, _NOW), else_=kept.since),
        "locked_at": case((is_locked, _NOW), else_=kept.locked_at),
        "locked_until": case(
            (is_last, bindparam("forever", type_=UtcDateTime())), (is_locked, end), else_=null()
        ),
    }


def _counting(insert: Any, prefix: str) -> Insert:
    """Count unless the subject is locked; then nothing is returned."""
    kept = attempt_guards.c
    counted: Insert = insert.on_conflict_do_update(
        index_elements=["tenant_id", "subject"],
        set_=_again(prefix),
        where=or_(kept.locked_until.is_(None), kept.locked_until <= _NOW),
    ).returning(kept.failures, kept.locked_until)
    return counted


def _alone(prefix: str) -> Insert:
    return _counting(postgresql.insert(attempt_guards).values(_first(prefix)), prefix)


def _after(prefix: str, decision: CTE) -> CTE:
    values = [value.label(name) for name, value in _first(prefix).items()]
    insert = postgresql.insert(attempt_guards).from_select(
        list(_first(prefix)), select(*values).select_from(decision)
    )
    return _counting(insert, prefix).cte(f"counted_{prefix}")


def _both() -> Statement:
    address = _alone("address").cte("counted_address")
    account = _after("account", address)
    return Statement(
        select(
            account.c.failures.label("failures"),
            account.c.locked_until.label("locked_until"),
            address.c.locked_until.label("address_locked_until"),
        ).select_from(address.outerjoin(account, true()))
    )


COUNT = Statement(_alone("account"))
COUNT_ADDRESS = Statement(_alone("address"))
COUNT_BOTH = _both()
"""PostgreSQL only. No row: the address is locked; a row of nothing: the account is."""

# If the attempt that succeeds was the last one before a lock, there is none.
_opens = and_(
    attempt_guards.c.locked_until.is_not(None),
    attempt_guards.c.failures <= bindparam("address_limit", type_=Integer()),
)
SUCCEED = Change(
    update(attempt_guards)
    .where(
        attempt_guards.c.tenant_id == _TENANT_ID,
        attempt_guards.c.subject == bindparam("address_subject"),
    )
    .values(
        failures=case((attempt_guards.c.failures > 0, attempt_guards.c.failures - 1), else_=0),
        locks=case((_opens, attempt_guards.c.locks - 1), else_=attempt_guards.c.locks),
        locked_until=case((_opens, null()), else_=attempt_guards.c.locked_until),
    )
    .returning(attempt_guards.c.subject),
    Also(
        delete(attempt_guards).where(
            attempt_guards.c.tenant_id == _TENANT_ID,
            attempt_guards.c.subject == bindparam("account_subject"),
        ),
        "cleared",
    ),
)
FIND_LOCK = Statement(
    select(attempt_guards.c.locked_until).where(
        attempt_guards.c.tenant_id == _TENANT_ID,
        attempt_guards.c.subject == bindparam("subject"),
        attempt_guards.c.locked_until > _NOW,
    )
)
UNLOCK_SUBJECT = Statement(
    delete(attempt_guards)
    .where(
        attempt_guards.c.tenant_id == _TENANT_ID,
        attempt_guards.c.subject == bindparam("subject"),
        attempt_guards.c.account_id.is_(None),
        attempt_guards.c.locked_until > _NOW,
    )
    .returning(attempt_guards.c.subject)
)
LOCKS = Pages(
    select(
        attempt_guards.c.subject,
        attempt_guards.c.account_id,
        attempt_guards.c.failures,
        attempt_guards.c.locked_at,
        attempt_guards.c.locked_until,
    ).where(attempt_guards.c.tenant_id == _TENANT_ID, attempt_guards.c.locked_until > _NOW),
    {"locked_until": (attempt_guards.c.locked_until, attempt_guards.c.subject)},
    {"account_id": attempt_guards.c.account_id == bindparam("account_id")},
)
UNLOCK = Statement(
    delete(attempt_guards)
    .where(
        attempt_guards.c.tenant_id == _TENANT_ID,
        attempt_guards.c.account_id == bindparam("account_id"),
    )
    .returning(attempt_guards.c.subject, attempt_guards.c.locked_until)
)


class Refusal(Enum):
    """Why an attempt may not be made."""

    ADDRESS = "address"
    ACCOUNT = "account"


class AttemptGuards:
    """The counters of all tenants."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def count(self, tenant_id: str, subject: Subject, now: datetime) -> Count | None:
        """Count an attempt; None if the subject is locked, and then nothing is counted."""
        rows = self._database.write(COUNT, _values(tenant_id, now, account=subject))
        return Count(rows[0].failures, rows[0].locked_until) if rows else None

    def count_both(
        self, tenant_id: str, address: Subject, account: Subject | None, now: datetime
    ) -> Count | Refusal:
        """Count an attempt for an address, and if that is not locked, for an account."""
        values = _values(tenant_id, now, address=address, account=account or address)
        if account is not None and not self._database.is_sqlite:
            rows = self._database.write(COUNT_BOTH, values)
            return _counted(rows, rows[0].address_locked_until if rows else None, rows)
        with self._database.transaction() as transaction:
            rows = transaction.all(COUNT_ADDRESS, values)
            counted = transaction.all(COUNT, values) if rows and account is not None else rows
            return _counted(rows, rows[0].locked_until if rows else None, counted)

    def succeed(
        self, tenant_id: str, address: Subject, account: Subject | None, now: datetime
    ) -> None:
        """Take the attempt back: the address has one less, the account none."""
        SUCCEED.make(
            self._database,
            {
                "tenant_id": tenant_id,
                "address_subject": address.name,
                "address_limit": address.limit,
                "account_subject": account.name if account else "",
                "now": now,
            },
        )

    def locked_until(self, tenant_id: str, subject: Subject, now: datetime) -> datetime | None:
        """Until when a subject is locked; None if it is not."""
        key = {"tenant_id": tenant_id, "subject": subject.name, "now": now}
        row = self._database.one(FIND_LOCK, key)
        return None if row is None else row.locked_until


def page_of_locks(
    database: Database,
    tenant_id: str,
    wanted: Wanted,
    filters: Mapping[str, Any],
    now: datetime,
) -> Found:
    """What is locked in a tenant now, by when that ends."""
    return LOCKS.read(database, wanted, {"tenant_id": tenant_id, "now": now}, filters)


def is_locked(database: Database, tenant_id: str, subject: str, now: datetime) -> bool:
    """Whether a subject is locked, by the name of its row."""
    key = {"tenant_id": tenant_id, "subject": searchable(subject), "now": now}
    return database.one(FIND_LOCK, key) is not None


def unlock_subject(transaction: Transaction, tenant_id: str, subject: str, now: datetime) -> bool:
    """Forget what was counted for a subject that is no account's; whether it was locked."""
    key = {"tenant_id": tenant_id, "subject": searchable(subject), "now": now}
    return transaction.one(UNLOCK_SUBJECT, key) is not None


def unlock(transaction: Transaction, tenant_id: str, account_id: str, now: datetime) -> bool:
    """Forget all that was counted for an account; whether anything of it was locked."""
    rows = transaction.all(UNLOCK, {"tenant_id": tenant_id, "account_id": account_id})
    return any(row.locked_until is not None and row.locked_until > now for row in rows)


def _counted(
    address: Sequence[Row], address_locked_until: datetime | None, account: Sequence[Row]
) -> Count | Refusal:
    if not address:
        return Refusal.ADDRESS
    if not account or account[0].failures is None:
        return Refusal.ACCOUNT
    return Count(account[0].failures, account[0].locked_until, address_locked_until)


def _values(tenant_id: str, now: datetime, **subjects: Subject) -> dict[str, Any]:
    values: dict[str, Any] = {"tenant_id": tenant_id, "now": now, "forever": FOREVER}
    for prefix, subject in subjects.items():
        values |= {f"{prefix}_{name}": value for name, value in _numbers(subject, now).items()}
    return values


def _numbers(subject: Subject, now: datetime) -> dict[str, Any]:
    longest = max(LONGEST_LOCK, subject.duration)
    ends = [now + min(subject.duration * 2**times, longest) for times in range(DOUBLINGS + 1)]
    is_locked = subject.limit <= 1
    return {
        "subject": subject.name,
        "account_id": subject.account_id,
        "limit": subject.limit,
        "most": subject.most or _NO_NUMBER,
        "forgotten": now - subject.duration,
        "first_locks": int(is_locked),
        "first_locked_at": now if is_locked else None,
        "first_locked_until": ends[0] if is_locked else None,
        **{f"end_{times}": end for times, end in enumerate(ends)},
    }
