"""The end of sessions: in the transaction that ends one, the outbox gets a logout token for each
of its clients that has asked for one (OpenID Connect Back-Channel Logout section 2.3).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, bindparam, select

from authwell.models.clients import clients
from authwell.models.sessions import session_clients
from authwell.storage.database import Transaction
from authwell.storage.statements import Row, Statement
from authwell.storage.work.outbox import Entry, add_entry

BACK_CHANNEL = "backchannel_logout"
"""`outbox.kind` of a logout token; what is kept is whom it goes to, it is signed when it goes."""

LIST_CLIENTS = Statement(
    select(session_clients.c.client_id, session_clients.c.sid, clients.c.metadata)
    .select_from(
        session_clients.join(
            clients,
            and_(
                clients.c.tenant_id == session_clients.c.tenant_id,
                clients.c.client_id == session_clients.c.client_id,
            ),
        )
    )
    .where(
        session_clients.c.tenant_id == bindparam("tenant_id"),
        session_clients.c.session_id == bindparam("session_id"),
    )
    .order_by(session_clients.c.client_id)
)


@dataclass(frozen=True, slots=True)
class EndedSession:
    """A session that was ended just now, and the clients that took part in it."""

    id: str
    account_id: str
    clients: tuple[tuple[str, str], ...]
    """`client_id` and `sid` of each (OpenID Connect Back-Channel Logout section 2.1)."""


def tell_clients(
    transaction: Transaction, ended: Iterable[Row], now: datetime
) -> tuple[EndedSession, ...]:
    """Leave word for the clients of sessions that this transaction has ended.

    Args:
        transaction: which is the only one that ended them.
        ended: rows of them with `id`, `tenant_id` and `account_id`.
        now: the present.
    """
    return tuple(_tell(transaction, row, now) for row in ended)


def _tell(transaction: Transaction, ended: Row, now: datetime) -> EndedSession:
    key = {"tenant_id": ended.tenant_id, "session_id": ended.id}
    participants = transaction.all(LIST_CLIENTS, key)
    for participant in participants:
        if participant.metadata.get("backchannel_logout_uri"):
            payload = {
                "client_id": participant.client_id,
                "sid": participant.sid,
                "account_id": ended.account_id,
            }
            entry = Entry(ended.tenant_id, BACK_CHANNEL, payload, now, session_id=ended.id)
            add_entry(transaction, entry)
    return EndedSession(
        id=ended.id,
        account_id=ended.account_id,
        clients=tuple((participant.client_id, participant.sid) for participant in participants),
    )
