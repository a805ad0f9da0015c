"""Domains of tenants: kept, shown, and found by the domain of an address or a host."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import (
    Integer,
    bindparam,
    delete,
    exists,
    literal,
    not_,
    or_,
    select,
    update,
)

from authwell.models.base import UtcDateTime
from authwell.models.domains import tenant_domains
from authwell.models.tenants import tenants
from authwell.storage.changes import NewRow
from authwell.storage.configuration.statements import BUMP_STAMP
from authwell.storage.database import Database, Transaction
from authwell.storage.pages import Found, Pages, Wanted
from authwell.storage.statements import Row, Statement
from authwell.storage.values import searchable
from authwell.storage.walls import no_wall

Use = Literal["email", "host"]

_TENANT_ID: Any = bindparam("tenant_id")
_NOW: Any = bindparam("now", type_=UtcDateTime())
_SCHEMES = ("https://", "http://")
_IS_THE_ONE = (tenant_domains.c.tenant_id == _TENANT_ID, tenant_domains.c.id == bindparam("id"))

ADD_DOMAIN = Statement(NewRow(tenant_domains, "new").alone())
FIND_DOMAIN = Statement(select(tenant_domains).where(*_IS_THE_ONE))
LIST_DOMAINS = Statement(
    select(tenant_domains)
    .where(tenant_domains.c.tenant_id == _TENANT_ID, tenant_domains.c.id > bindparam("after"))
    .order_by(tenant_domains.c.id)
    .limit(bindparam("limit", type_=Integer()))
)
PAGES = Pages(
    select(tenant_domains).where(tenant_domains.c.tenant_id == _TENANT_ID),
    orders={"domain": (tenant_domains.c.domain, tenant_domains.c.use)},
)
VERIFY_DOMAIN = Statement(
    update(tenant_domains)
    .where(*_IS_THE_ONE)
    .values(verified_at=_NOW, checked_at=_NOW)
    .returning(*tenant_domains.c)
)
NOTE_CHECK = Statement(update(tenant_domains).where(*_IS_THE_ONE).values(checked_at=_NOW))
_IS_HOST_NOW = exists().where(
    tenants.c.id == _TENANT_ID,
    tenants.c.issuer.in_([literal(each) + tenant_domains.c.domain for each in _SCHEMES]),
)
DELETE_DOMAIN = Statement(
    delete(tenant_domains)
    .where(*_IS_THE_ONE, or_(tenant_domains.c.use != "host", not_(_IS_HOST_NOW)))
    .returning(*tenant_domains.c)
)
FIND_ISSUER = Statement(
    select(tenants.c.id, tenants.c.slug, tenants.c.issuer)
    .select_from(tenant_domains.join(tenants, tenants.c.id == tenant_domains.c.tenant_id))
    .where(
        tenant_domains.c.domain == bindparam("domain"),
        tenant_domains.c.use == bindparam("use"),
        tenant_domains.c.verified_at.is_not(None),
        tenants.c.status == "active",
    )
)


class DomainInUse(Exception):
    """The tenant is found at this host."""


@dataclass(frozen=True, slots=True)
class DomainRecord:
    """The row of a domain."""

    id: str
    tenant_id: str
    domain: str
    use: Use
    challenge: str
    created_at: datetime
    checked_at: datetime | None = None
    verified_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Owner:
    """The active tenant that a domain leads to."""

    tenant_id: str
    slug: str
    issuer: str


class Domains:
    """The domains of all tenants; every call but `owner` names its tenant."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def find(self, tenant_id: str, domain_id: str) -> DomainRecord | None:
        """One of the tenant's."""
        key = {"tenant_id": tenant_id, "id": searchable(domain_id)}
        row = self._database.one(FIND_DOMAIN, key)
        return None if row is None else read_domain_row(row)

    def list(self, tenant_id: str, after: str = "", limit: int = 100) -> tuple[DomainRecord, ...]:
        """A page in the order of their making; `after` is the last page's last id."""
        key = {"tenant_id": tenant_id, "after": searchable(after), "limit": limit}
        return tuple(read_domain_row(row) for row in self._database.all(LIST_DOMAINS, key))

    def page(self, tenant_id: str, wanted: Wanted) -> Found:
        """A page of the API's list; `read_domain_row` reads its rows."""
        return PAGES.read(self._database, wanted, {"tenant_id": tenant_id})

    def note_check(self, record: DomainRecord, now: datetime) -> None:
        """Remember that the domain was looked at in vain."""
        key = {"tenant_id": record.tenant_id, "id": record.id, "now": now}
        self._database.write(NOTE_CHECK, key)

    def owner(self, domain: str, use: Use) -> Owner | None:
        """The active tenant that has shown that the domain is its own."""
        with no_wall():
            row = self._database.one(FIND_ISSUER, {"domain": searchable(domain), "use": use})
        return None if row is None else Owner(row.id, row.slug, row.issuer)


def add_domain(transaction: Transaction, record: DomainRecord) -> None:
    """Keep a new one, not yet shown to be the tenant's."""
    values = {f"new_{name}": value for name, value in asdict(record).items()}
    transaction.all(ADD_DOMAIN, values)


def verify_domain(
    transaction: Transaction, tenant_id: str, domain_id: str, now: datetime
) -> DomainRecord | None:
    """It is the tenant's; None if it was removed meanwhile.

    Raises:
        Conflict: another tenant has shown the same.
    """
    row = transaction.one(VERIFY_DOMAIN, {"tenant_id": tenant_id, "id": domain_id, "now": now})
    return None if row is None else read_domain_row(row)


def delete_domain(
    transaction: Transaction, tenant_id: str, domain_id: str, now: datetime
) -> DomainRecord | None:
    """Forget it; None if the tenant has none of this id.

    Raises:
        DomainInUse: the tenant is found at it.
    """
    key = {"tenant_id": tenant_id, "id": searchable(domain_id)}
    # The stamp's row makes changes of one tenant take turns, that of its host too.
    transaction.all(BUMP_STAMP, {"tenant_id": tenant_id, "now": now})
    row = transaction.one(DELETE_DOMAIN, key)
    if row is None and transaction.one(FIND_DOMAIN, key) is not None:
        raise DomainInUse
    return None if row is None else read_domain_row(row)


def read_domain_row(row: Row) -> DomainRecord:
    """The value of a row."""
    return DomainRecord(**row._asdict())
