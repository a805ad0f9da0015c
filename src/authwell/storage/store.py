"""All ports of the engine over one database."""

from authwell.storage.access.held import SqlAccess
from authwell.storage.access_tokens import SqlAccessTokens
from authwell.storage.codes import SqlCodes
from authwell.storage.consents import Consents
from authwell.storage.database import Database
from authwell.storage.grants import SqlGrants
from authwell.storage.interactions import SqlInteractions
from authwell.storage.refresh_tokens import SqlRefreshTokens
from authwell.storage.replays import SqlReplays


class SqlStore:
    """The port `Store` over SQL: PostgreSQL or SQLite."""

    def __init__(self, database: Database) -> None:
        """Make the ports; they share the database's connections."""
        self.codes = SqlCodes(database)
        self.refresh_tokens = SqlRefreshTokens(database)
        self.access_tokens = SqlAccessTokens(database)
        self.grants = SqlGrants(database)
        self.interactions = SqlInteractions(database)
        self.replays = SqlReplays(database)
        self.consents = Consents(database)
        self.access = SqlAccess(database)
