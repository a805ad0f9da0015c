"""What administrators may not write who hold less than a superuser (THREATS.md TN-05).

A client with the scope `admin` holds for itself what the role `admin` does. Whoever could make
one, or another secret, key or redirect URI of one, would hold that too. A client that people
are not asked about, with the scope `account`, gets what any of them may do with their account.
"""

from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.changes import Change, Plan
from authwell.identity.configuration.problems import SuperusersOnly
from authwell.identity.configuration.state import State
from authwell.protocol.access import ADMIN
from authwell.protocol.scopes import API_SCOPES
from authwell.storage.configuration_rows import ClientRecord


def require_theirs(plan: Plan, state: State, author: Author) -> None:
    """Refuse a plan that touches such a client, before or after.

    Raises:
        SuperusersOnly: it does, and its author is none.
    """
    if not author.is_superuser and any(_is_powerful(change, state) for change in plan.changes):
        raise SuperusersOnly


def _is_powerful(change: Change, state: State) -> bool:
    if change.kind != "client":
        return False
    records = (state.clients.find(change.key), change.values.get("record"))
    return any(isinstance(each, ClientRecord) and _reaches(each) for each in records)


def _reaches(record: ClientRecord) -> bool:
    scope = str(record.metadata.get("scope") or "").split()
    asks_nobody = record.metadata.get("consent") == "implicit"
    return ADMIN in scope or (asks_nobody and not API_SCOPES.keys().isdisjoint(scope))
