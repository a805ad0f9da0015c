"""One-time things of an account: links in mails, pending logins, challenges.

Each is a row of `handles` with its account. It is used up by one statement, so of two that come
at once one finds nothing (THREATS.md RC-02); expiry is tested where it is used, not by the
clean-up (RC-11).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Integer, bindparam, case, select, update

from authwell.models.base import UtcDateTime
from authwell.models.handles import handles
from authwell.storage.changes import NewRow
from authwell.storage.database import Database, Transaction
from authwell.storage.statements import Row, Statement

MAX_FAILURES = 5
"""Wrong answers to a challenge before it is used up."""

_NOW: Any = bindparam("now", type_=UtcDateTime())
_STANDS = (
    handles.c.digest == bindparam("digest"),
    handles.c.tenant_id == bindparam("tenant_id"),
    handles.c.kind == bindparam("kind"),
    handles.c.consumed_at.is_(None),
    handles.c.expires_at > _NOW,
)
_COLUMNS = (
    handles.c.digest,
    handles.c.tenant_id,
    handles.c.kind,
    handles.c.account_id,
    handles.c.browser_digest,
    handles.c.created_at,
    handles.c.expires_at,
    handles.c.failed_attempts,
    handles.c.data,
)
_MOST: Any = bindparam("most", type_=Integer())

_NEW = (
    *("digest", "tenant_id", "kind", "account_id", "browser_digest"),
    *("data", "created_at", "expires_at", "failed_attempts"),
)
PUT_LINK = Statement(NewRow(handles, "new", columns=_NEW).alone())
FIND_LINK = Statement(select(*_COLUMNS).where(*_STANDS))
FIND_LATEST = Statement(
    select(*_COLUMNS)
    .where(
        handles.c.tenant_id == bindparam("tenant_id"),
        handles.c.account_id == bindparam("account_id"),
        handles.c.kind == bindparam("kind"),
    )
    .order_by(handles.c.created_at.desc())
    .limit(1)
)
TAKE_LINK = Statement(update(handles).where(*_STANDS).values(consumed_at=_NOW).returning(*_COLUMNS))
COUNT_FAILURE = Statement(
    update(handles)
    .where(*_STANDS)
    .values(
        failed_attempts=handles.c.failed_attempts + 1,
        consumed_at=case((handles.c.failed_attempts + 1 >= _MOST, _NOW), else_=None),
    )
    .returning(handles.c.failed_attempts)
)
SET_DATA = Statement(
    update(handles)
    .where(*_STANDS)
    .values(data=bindparam("data", type_=handles.c.data.type))
    .returning(handles.c.digest)
)
DROP_LINKS = Statement(
    update(handles)
    .where(
        handles.c.tenant_id == bindparam("tenant_id"),
        handles.c.account_id == bindparam("account_id"),
        handles.c.kind == bindparam("kind"),
        handles.c.consumed_at.is_(None),
    )
    .values(consumed_at=_NOW)
)


@dataclass(frozen=True, slots=True)
class Link:
    """A one-time thing; who holds the value of `digest` may use it up.

    Attributes:
        kind: what it is for; a value of one kind is nothing to another (PA-06).
        account_id: whose; None where nobody is named yet, as in a passkey's challenge.
        browser_digest: of the browser's secret, if no other browser may use it.
        data: what it is bound to, such as the e-mail address that it proves.
    """

    digest: bytes
    tenant_id: str
    kind: str
    account_id: str | None
    created_at: datetime
    expires_at: datetime
    browser_digest: bytes | None = None
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    failed_attempts: int = 0


class Links:
    """The one-time things of the accounts of all tenants."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def put(self, link: Link) -> None:
        """Keep it."""
        self._database.write(PUT_LINK, _values(link))

    def find(self, tenant_id: str, kind: str, digest: bytes, now: datetime) -> Link | None:
        """The link if it is neither used up nor expired; it stays as it is."""
        row = self._database.one(FIND_LINK, _key(tenant_id, kind, digest, now))
        return None if row is None else _link(row)

    def latest(self, tenant_id: str, account_id: str, kind: str) -> Link | None:
        """The link of a kind that an account got last, whether it still works or not."""
        key = {"tenant_id": tenant_id, "account_id": account_id, "kind": kind}
        row = self._database.one(FIND_LATEST, key)
        return None if row is None else _link(row)

    def take(self, tenant_id: str, kind: str, digest: bytes, now: datetime) -> Link | None:
        """Use it up; None if it was used up or has expired."""
        rows = self._database.write(TAKE_LINK, _key(tenant_id, kind, digest, now))
        return _link(rows[0]) if rows else None

    def set_data(self, link: Link, data: Mapping[str, Any], now: datetime) -> bool:
        """Remember how far its holder has come; False if it is gone."""
        key = _key(link.tenant_id, link.kind, link.digest, now)
        return bool(self._database.write(SET_DATA, {**key, "data": dict(data)}))

    def count_failure(
        self, tenant_id: str, kind: str, digest: bytes, now: datetime, most: int = MAX_FAILURES
    ) -> int | None:
        """Count a wrong answer: how many there were; the last one allowed uses it up."""
        rows = self._database.write(
            COUNT_FAILURE, {**_key(tenant_id, kind, digest, now), "most": most}
        )
        return int(rows[0].failed_attempts) if rows else None


def put_link(transaction: Transaction, link: Link) -> None:
    """Keep a link if the transaction commits."""
    transaction.all(PUT_LINK, _values(link))


def take_link(
    transaction: Transaction, tenant_id: str, kind: str, digest: bytes, now: datetime
) -> Link | None:
    """Use a link up together with what it is for; None if it was used up or has expired."""
    row = transaction.one(TAKE_LINK, _key(tenant_id, kind, digest, now))
    return None if row is None else _link(row)


def drop_links(
    transaction: Transaction,
    tenant_id: str,
    account_id: str,
    kinds: Collection[str],
    now: datetime,
) -> None:
    """Make all links of these kinds worthless, such as after the address has changed."""
    for kind in kinds:
        key = {"tenant_id": tenant_id, "account_id": account_id, "kind": kind, "now": now}
        transaction.all(DROP_LINKS, key)


def _key(tenant_id: str, kind: str, digest: bytes, now: datetime) -> dict[str, Any]:
    return {"tenant_id": tenant_id, "kind": kind, "digest": digest, "now": now}


def _values(link: Link) -> dict[str, Any]:
    return {
        "new_digest": link.digest,
        "new_tenant_id": link.tenant_id,
        "new_kind": link.kind,
        "new_account_id": link.account_id,
        "new_browser_digest": link.browser_digest,
        "new_data": dict(link.data),
        "new_created_at": link.created_at,
        "new_expires_at": link.expires_at,
        "new_failed_attempts": 0,
    }


def _link(row: Row) -> Link:
    return Link(**{name: getattr(row, name) for name in Link.__dataclass_fields__})
