"""Invitations: found by their digest, used up by one statement (THREATS.md RC-10, RC-11).

Whether one stands is asked where it is used: not expired, not withdrawn, and whoever invited,
if that was an account or a client, is active still and not blocked. The clean-up decides nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, and_, bindparam, exists, func, or_, select, update

from authwell.models.accounts import accounts
from authwell.models.base import Digest, UtcDateTime
from authwell.models.blocks import blocks
from authwell.models.clients import clients
from authwell.models.invitations import invitations
from authwell.protocol.blocks import Kind
from authwell.storage.changes import NewRow
from authwell.storage.database import Database, Transaction
from authwell.storage.pages import Found, Pages, Wanted
from authwell.storage.statements import Row, Statement
from authwell.storage.values import searchable

_TENANT_ID: Any = bindparam("tenant_id")
_INVITATION_ID: Any = bindparam("invitation_id")
_NOW: Any = bindparam("now", type_=UtcDateTime())
_IS_OPEN = (invitations.c.accepted_at.is_(None), invitations.c.withdrawn_at.is_(None))
_IS_THE_ONE = (invitations.c.tenant_id == _TENANT_ID, invitations.c.id == _INVITATION_ID)
_BY_CLIENT: Final = "client:"
"""What `invited_by` begins with where no person and no operator invites."""


def _is_let_in(kind: Kind, value: Any) -> ColumnElement[bool]:
    return ~exists().where(
        blocks.c.tenant_id == invitations.c.tenant_id,
        blocks.c.kind == kind,
        blocks.c.value == value,
    )


_IS_THE_CLIENT = (
    clients.c.tenant_id == invitations.c.tenant_id,
    clients.c.client_id == func.substr(invitations.c.invited_by, len(_BY_CLIENT) + 1),
    # Another of the same id, made later, has invited nobody.
    clients.c.created_at <= invitations.c.sent_at,
    clients.c.status == "active",
    _is_let_in("client", clients.c.client_id),
)
_INVITER_IS_ACTIVE: ColumnElement[bool] = or_(
    exists(
        select(accounts.c.id).where(
            accounts.c.tenant_id == invitations.c.tenant_id,
            accounts.c.id == invitations.c.inviter_id,
            accounts.c.status == "active",
            _is_let_in("account", accounts.c.id),
        )
    ),
    and_(
        invitations.c.inviter_id.is_(None),
        or_(
            ~invitations.c.invited_by.startswith(_BY_CLIENT),
            exists(select(clients.c.client_id).where(*_IS_THE_CLIENT)),
        ),
    ),
)
_STANDS = (
    invitations.c.tenant_id == _TENANT_ID,
    invitations.c.digest == bindparam("digest", type_=Digest),
    *_IS_OPEN,
    invitations.c.expires_at > _NOW,
    _INVITER_IS_ACTIVE,
)

ADD_INVITATION = Statement(NewRow(invitations, "new").alone())
FIND_STANDING = Statement(select(invitations).where(*_STANDS))
TAKE_INVITATION = Statement(
    update(invitations)
    .where(*_STANDS)
    .values(accepted_at=_NOW, account_id=bindparam("account_id"))
    .returning(*invitations.c)
)
FIND_INVITING_CLIENT = Statement(
    select(clients.c.metadata)
    .select_from(invitations)
    .join(clients, and_(*_IS_THE_CLIENT))
    .where(*_IS_THE_ONE)
)
FIND_INVITATION = Statement(select(invitations).where(*_IS_THE_ONE))
LIST_INVITATIONS = Statement(
    select(invitations)
    .where(invitations.c.tenant_id == _TENANT_ID, invitations.c.id > bindparam("after"))
    .order_by(invitations.c.id)
    .limit(bindparam("limit", type_=Integer()))
)
# An id begins with the time of its making.
PAGES = Pages(
    select(invitations).where(invitations.c.tenant_id == _TENANT_ID),
    orders={"created_at": (invitations.c.id,)},
)
RENEW_INVITATION = Statement(
    update(invitations)
    .where(*_IS_THE_ONE, *_IS_OPEN)
    .values(
        digest=bindparam("digest", type_=Digest),
        invited_by=bindparam("invited_by"),
        inviter_id=bindparam("inviter_id"),
        sent_at=_NOW,
        expires_at=bindparam("expires_at", type_=UtcDateTime()),
    )
    .returning(*invitations.c)
)
WITHDRAW_INVITATION = Statement(
    update(invitations)
    .where(*_IS_THE_ONE, *_IS_OPEN)
    .values(withdrawn_at=_NOW)
    .returning(invitations.c.id)
)
_IS_OPEN_TO_ADDRESS = (
    invitations.c.tenant_id == _TENANT_ID,
    invitations.c.email_canonical == bindparam("email"),
    *_IS_OPEN,
)
WITHDRAW_OF_ADDRESS = Statement(
    update(invitations).where(*_IS_OPEN_TO_ADDRESS).values(withdrawn_at=_NOW)
)
FIND_OF_ADDRESS = Statement(select(invitations).where(*_IS_OPEN_TO_ADDRESS))


@dataclass(frozen=True, slots=True)
class InvitationRecord:
    """The whole row of an invitation; its token is kept nowhere."""

    id: str
    tenant_id: str
    digest: bytes
    email: str
    email_canonical: str
    roles: Sequence[str]
    locale: str | None
    invited_by: str
    inviter_id: str | None
    created_at: datetime
    sent_at: datetime
    expires_at: datetime
    accepted_at: datetime | None = None
    withdrawn_at: datetime | None = None
    account_id: str | None = None

    @property
    def is_by_client(self) -> bool:
        """Whether a client invited for itself."""
        return self.inviter_id is None and self.invited_by.startswith(_BY_CLIENT)

    def status(self, now: datetime) -> str:
        """`open`, `accepted`, `withdrawn` or `expired`."""
        if self.accepted_at is not None:
            return "accepted"
        if self.withdrawn_at is not None:
            return "withdrawn"
        return "open" if self.expires_at > now else "expired"


@dataclass(frozen=True, slots=True)
class Renewal:
    """What becomes other when it is sent again."""

    digest: bytes
    now: datetime
    expires_at: datetime
    invited_by: str
    inviter_id: str | None


class InvitationRows:
    """The invitations of one tenant, as they are read."""

    def __init__(self, database: Database, tenant_id: str) -> None:
        """Work on one database."""
        self._database = database
        self._tenant_id = tenant_id

    def standing(self, digest: bytes, now: datetime) -> InvitationRecord | None:
        """The invitation of a token, if it can be accepted at `now`; it stays as it is."""
        return self._one(FIND_STANDING, digest=digest, now=now)

    def find(self, invitation_id: str) -> InvitationRecord | None:
        """One, whatever became of it."""
        return self._one(FIND_INVITATION, invitation_id=searchable(invitation_id))

    def open_to(self, email_canonical: str) -> InvitationRecord | None:
        """The one of an address that is open, expired or not."""
        return self._one(FIND_OF_ADDRESS, email=searchable(email_canonical))

    def list(self, after: str = "", limit: int = 100) -> tuple[InvitationRecord, ...]:
        """A page in the order of their making; `after` is the last page's last id."""
        key = {"tenant_id": self._tenant_id, "after": searchable(after), "limit": limit}
        return tuple(read_invitation(row) for row in self._database.all(LIST_INVITATIONS, key))

    def page(self, wanted: Wanted) -> Found:
        """A page of the API's list; `read_invitation` reads its rows."""
        return PAGES.read(self._database, wanted, {"tenant_id": self._tenant_id})

    def _one(self, statement: Statement, **key: Any) -> InvitationRecord | None:
        row = self._database.one(statement, {"tenant_id": self._tenant_id, **key})
        return None if row is None else read_invitation(row)


def add_invitation(transaction: Transaction, record: InvitationRecord) -> None:
    """Keep a new one; an open one of the same address is withdrawn."""
    key = {"tenant_id": record.tenant_id, "email": record.email_canonical}
    transaction.all(WITHDRAW_OF_ADDRESS, {**key, "now": record.created_at})
    values = {**asdict(record), "roles": list(record.roles)}
    transaction.all(ADD_INVITATION, {f"new_{name}": value for name, value in values.items()})


def renew_invitation(
    transaction: Transaction,
    tenant_id: str,
    invitation_id: str,
    renewal: Renewal,
) -> InvitationRecord | None:
    """Give an open one another token, more time and who answers for it; None if none is open."""
    key = {"tenant_id": tenant_id, "invitation_id": searchable(invitation_id)}
    row = transaction.one(RENEW_INVITATION, {**key, **asdict(renewal)})
    return None if row is None else read_invitation(row)


def withdraw_invitation(
    transaction: Transaction, tenant_id: str, invitation_id: str, now: datetime
) -> bool:
    """End an open one; False if none is open."""
    key = {"tenant_id": tenant_id, "invitation_id": searchable(invitation_id), "now": now}
    return transaction.one(WITHDRAW_INVITATION, key) is not None


def take_invitation(
    transaction: Transaction, tenant_id: str, digest: bytes, account_id: str, now: datetime
) -> InvitationRecord | None:
    """Use it up for an account; None if it does not stand any more, so that one of two wins."""
    key = {"tenant_id": tenant_id, "digest": digest, "account_id": account_id, "now": now}
    row = transaction.one(TAKE_INVITATION, key)
    return None if row is None else read_invitation(row)


def by_client(client_id: str) -> str:
    """`invited_by` of what a client invites to for itself."""
    return f"{_BY_CLIENT}{client_id}"


def inviting_client(
    source: Database | Transaction, invitation: InvitationRecord
) -> Mapping[str, Any] | None:
    """The metadata that its client has now; None if it is gone or disabled."""
    key = {"tenant_id": invitation.tenant_id, "invitation_id": invitation.id}
    row = source.one(FIND_INVITING_CLIENT, key)
    return None if row is None else row.metadata


def read_invitation(row: Row) -> InvitationRecord:
    """The value of a row."""
    values = row._asdict()
    return InvitationRecord(**{**values, "digest": bytes(row.digest), "roles": tuple(row.roles)})
