"""All ports of the engine over one database."""

from authwell.storage.access.held import SqlAccess
from authwell.storage.database import Database
from authwell.storage.tokens.access_tokens import SqlAccessTokens
from authwell.storage.tokens.codes import SqlCodes
from authwell.storage.tokens.consents import Consents
from authwell.storage.tokens.grants import SqlGrants
from authwell.storage.tokens.interactions import SqlInteractions
from authwell.storage.tokens.refresh_tokens import SqlRefreshTokens
from authwell.storage.tokens.replays import SqlReplays


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
