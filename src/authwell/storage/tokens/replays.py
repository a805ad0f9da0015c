"""What may be used once only: the identifiers of assertions (RFC 7523 section 3)."""

from datetime import datetime

from sqlalchemy import bindparam
from sqlalchemy.dialects import postgresql

from authwell.models.base import UtcDateTime
from authwell.models.tokens import replay
from authwell.storage.database import Database
from authwell.storage.statements import Statement

_INSERT = postgresql.insert(replay).values(
    tenant_id=bindparam("tenant_id"),
    key=bindparam("key"),
    expires_at=bindparam("expires_at"),
)

# The row of a time that is over does not count, whether or not the clean-up has come by.
USE = Statement(
    _INSERT.on_conflict_do_update(
        index_elements=["tenant_id", "key"],
        set_={"expires_at": _INSERT.excluded.expires_at},
        where=replay.c.expires_at <= bindparam("now", type_=UtcDateTime()),
    ).returning(replay.c.key)
)


class SqlReplays:
    """The port `Replays` over SQL."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def use(self, tenant_id: str, key: bytes, expires_at: datetime, now: datetime) -> bool:
        """Use a key up; the primary key decides a race."""
        values = {"tenant_id": tenant_id, "key": key, "expires_at": expires_at, "now": now}
        return bool(self._database.write(USE, values))
