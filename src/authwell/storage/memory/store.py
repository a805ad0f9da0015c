"""All ports of the engine in memory."""

from authwell.storage.memory.access import MemoryAccess
from authwell.storage.memory.codes import MemoryCodes, MemoryConsents, MemoryInteractions
from authwell.storage.memory.shelves import Shelves
from authwell.storage.memory.tokens import (
    MemoryAccessTokens,
    MemoryGrants,
    MemoryRefreshTokens,
    MemoryReplays,
)


class MemoryStore:
    """The port `Store`, for one process and its life."""

    def __init__(self) -> None:
        """Begin empty; `shelves` lets a test look, and say who has ended."""
        self.shelves = Shelves()
        self.codes = MemoryCodes(self.shelves)
        self.refresh_tokens = MemoryRefreshTokens(self.shelves)
        self.access_tokens = MemoryAccessTokens(self.shelves)
        self.grants = MemoryGrants(self.shelves)
        self.interactions = MemoryInteractions(self.shelves)
        self.replays = MemoryReplays(self.shelves)
        self.consents = MemoryConsents(self.shelves)
        self.access = MemoryAccess(self.shelves)
