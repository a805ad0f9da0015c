"""Leases: which process may do a periodic task, decided by one statement."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, or_
from sqlalchemy.dialects import postgresql

from authwell.models.base import UtcDateTime
from authwell.models.work import leases
from authwell.storage.database import Database
from authwell.storage.statements import Statement

_NOW: Any = bindparam("now", type_=UtcDateTime())
_new = postgresql.insert(leases).values(
    name=bindparam("name"), holder=bindparam("holder"), expires_at=bindparam("expires_at")
)
TAKE_LEASE = Statement(
    _new.on_conflict_do_update(
        index_elements=["name"],
        set_={"holder": _new.excluded.holder, "expires_at": _new.excluded.expires_at},
        where=or_(leases.c.expires_at <= _NOW, leases.c.holder == _new.excluded.holder),
    ).returning(leases.c.holder)
)
GIVE_BACK = Statement(
    delete(leases).where(leases.c.name == bindparam("name"), leases.c.holder == bindparam("holder"))
)


class Leases:
    """The right to do something alone for a while."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def take(self, name: str, holder: str, duration: timedelta, now: datetime) -> bool:
        """Take the lease or prolong one's own; False while another holder has it."""
        values = {"name": name, "holder": holder, "expires_at": now + duration, "now": now}
        return bool(self._database.write(TAKE_LEASE, values))

    def give_back(self, name: str, holder: str) -> None:
        """Let another one have it now; nothing happens if it was lost already."""
        self._database.write(GIVE_BACK, {"name": name, "holder": holder})
