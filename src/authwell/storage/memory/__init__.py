"""The engine's ports in memory, for tests of the engine and as the plainest reading of them."""

from authwell.storage.memory.shelves import Shelves, Standing
from authwell.storage.memory.store import MemoryStore

__all__ = ["MemoryStore", "Shelves", "Standing"]
