"""Acting on what was noticed after a login: a token or a passkey that somebody has copied."""

from collections.abc import Callable

from authwell.identity.login.suspicion.policy import actions
from authwell.identity.login.suspicion.telling import Sighting, tell
from authwell.identity.mail.letters import Letters
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.protocol.server import AuthorizationServer
from authwell.storage.database import Database, Transaction
from authwell.storage.login.devices import end_trust
from authwell.storage.people.deletion import end_sessions, end_tokens
from authwell.storage.work.outbox import Entry, Outbox


class Alerts:
    """Works off the alerts in the outbox."""

    def __init__(
        self, database: Database, letters: Letters, count: Callable[[str, str], None]
    ) -> None:
        """Take the database, what writes letters, and what counts rules with their actions."""
        self._database = database
        self._outbox = Outbox(database)
        self._letters = letters
        self._count = count

    def deliver(self, server: AuthorizationServer, entry: Entry) -> str:
        """Do what the tenant wants done: `ignore`, `notify`, `step_up` or `block`."""
        rule = entry.payload["rule"]
        action = actions(server.tenant.people_policy)[rule]
        if action != "ignore":
            event = _event(entry, server, rule, action)
            with self._database.transaction() as transaction:
                _shut(transaction, event, action)
                tell(transaction, self._letters, server.issuer, event, Sighting(rule, "", None))
            self._count(rule, action)
        self._outbox.finish(entry, server.now)
        return action


def _shut(transaction: Transaction, event: Event, action: str) -> None:
    """Let everything be shown again, or end the tokens too."""
    if action in {"step_up", "block"}:
        end_sessions(transaction, event)
        end_trust(transaction, event.tenant_id, event.account_id or "")
    if action == "block":
        end_tokens(transaction, event)


def _event(entry: Entry, server: AuthorizationServer, rule: str, action: str) -> Event:
    payload = entry.payload
    return Event(
        type=EventType.ACCOUNT_SUSPICIOUS,
        tenant_id=entry.tenant_id,
        at=server.now,
        account_id=payload["account_id"],
        client_id=payload["client_id"],
        session_id=payload["session_id"],
        request_id=payload["request_id"],
        data={rule: {"action": action}},
    )
