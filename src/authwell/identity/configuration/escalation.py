"""What administrators may not write who hold less than a superuser (THREATS.md TN-05).

A client with the scope `admin` holds for itself what the role `admin` does. Whoever could make
one, or another secret, key or redirect URI of one, would hold that too. A client that people
are not asked about, with the scope `account`, gets what any of them may do with their account.
"""

from collections.abc import Mapping
from typing import Any

from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.changes import Change, Plan
from authwell.identity.configuration.problems import SuperusersOnly
from authwell.identity.configuration.state import State
from authwell.protocol.access import ADMIN
from authwell.protocol.scopes import API_SCOPES
from authwell.storage.configuration.rows import ClientRecord


def require_theirs(plan: Plan, state: State, author: Author) -> None:
    """Refuse a plan that touches such a client, before or after.

    Raises:
        SuperusersOnly: it does, and its author is none.
    """
    if not author.is_superuser and any(_touches_one(change, state) for change in plan.changes):
        raise SuperusersOnly


def is_powerful(metadata: Mapping[str, Any]) -> bool:
    """Whether a client of this metadata is for superusers alone to change."""
    scope = str(metadata.get("scope") or "").split()
    asks_nobody = metadata.get("consent") == "implicit"
    return ADMIN in scope or (asks_nobody and not API_SCOPES.keys().isdisjoint(scope))


def _touches_one(change: Change, state: State) -> bool:
    if change.kind != "client":
        return False
    records = (state.clients.find(change.key), change.values.get("record"))
    return any(isinstance(each, ClientRecord) and is_powerful(each.metadata) for each in records)
