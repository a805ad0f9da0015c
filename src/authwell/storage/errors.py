"""What storage says when it cannot do what was asked."""

from authwell.protocol.ports import StorageUnavailable

__all__ = ["Conflict", "StorageUnavailable"]


class Conflict(Exception):
    """A row with that key exists already, or refers to one that does not.

    Attributes:
        constraint: what the database calls it: a constraint's name on PostgreSQL, the columns
            (`accounts.tenant_id, accounts.email_canonical`) on SQLite.
    """

    def __init__(self, constraint: str) -> None:
        """Name the constraint; values are left out, because they may be private."""
        super().__init__(f"The change breaks {constraint}.")
        self.constraint = constraint

    def concerns(self, column: str) -> bool:
        """Whether the constraint is about `column`."""
        return column in self.constraint
