"""What administrators may not write who hold less than a superuser (THREATS.md TN-05).

A client with the scope `admin` holds for itself what the role `admin` does. Whoever could make
one, or another secret, key or redirect URI of one, would hold that too.
"""

from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.changes import Change, Plan
from authwell.identity.configuration.problems import SuperusersOnly
from authwell.identity.configuration.state import State
from authwell.protocol.access import ADMIN
from authwell.storage.configuration_rows import ClientRecord


def require_theirs(plan: Plan, state: State, author: Author) -> None:
    """Refuse a plan that touches a client with the scope `admin`, before or after.

    Raises:
        SuperusersOnly: it does, and its author is none.
    """
    if not author.is_superuser and any(_administers(change, state) for change in plan.changes):
        raise SuperusersOnly


def _administers(change: Change, state: State) -> bool:
    if change.kind != "client":
        return False
    records = (state.clients.find(change.key), change.values.get("record"))
    return any(isinstance(each, ClientRecord) and _has_admin(each) for each in records)


def _has_admin(record: ClientRecord) -> bool:
    return ADMIN in str(record.metadata.get("scope") or "").split()
