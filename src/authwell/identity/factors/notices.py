"""What people are told of their second factors, in the transaction of the change (MF-05)."""

from collections.abc import Mapping
from dataclasses import replace

from authwell.identity.mail.letters import Letter, Letters
from authwell.protocol.events import EventType
from authwell.protocol.model import Account
from authwell.protocol.server import AuthorizationServer
from authwell.storage.audit.events import add_event
from authwell.storage.database import Transaction
from authwell.storage.people.accounts import locale_of
from authwell.utils.urls import below


class Notices:
    """Audit events and letters about factors."""

    def __init__(self, letters: Letters) -> None:
        """Take what posts letters."""
        self._letters = letters

    def factor(
        self,
        transaction: Transaction,
        server: AuthorizationServer,
        account: Account,
        what: str,
        kind: str,
        *,
        label: str = "",
        actor: str | None = None,
    ) -> None:
        """Tell that a factor was `added` or `removed`; `label` is what its owner calls it."""
        event = server.event(EventType(f"factor.{what}"), account=account, data={"factor": kind})
        add_event(transaction, replace(event, actor=actor))
        values = {**_changed(server, kind), "label": label}
        self._write(transaction, server, account, f"factor_{what}", values)

    def taken(
        self, transaction: Transaction, server: AuthorizationServer, account: Account, kind: str
    ) -> None:
        """Tell the person that an administrator took a factor away."""
        self._write(transaction, server, account, "factor_removed", _changed(server, kind))

    def codes_renewed(
        self, transaction: Transaction, server: AuthorizationServer, account: Account
    ) -> None:
        """Tell that there are new backup codes."""
        add_event(transaction, server.event(EventType.BACKUP_CODES_RENEWED, account=account))
        self._write(transaction, server, account, "factor_added", _changed(server, "backup_codes"))

    def code_used(
        self,
        transaction: Transaction,
        server: AuthorizationServer,
        account: Account,
        left: int,
        few: int,
    ) -> None:
        """Tell that a backup code was used, and the person when there are few."""
        event = server.event(EventType.BACKUP_CODE_USED, account=account, data={"left": left})
        add_event(transaction, event)
        if left <= few:
            values = {"left": str(left)}
            self._write(transaction, server, account, "backup_codes_low", values)

    def _write(
        self,
        transaction: Transaction,
        server: AuthorizationServer,
        account: Account,
        template: str,
        values: Mapping[str, str],
    ) -> None:
        if account.email is None:
            return
        language = locale_of(transaction, server.tenant.id, account.id)
        shown = {
            **values,
            "name": account.full_name or "",
            "link": below(server.issuer, "/account/security"),
        }
        letter = Letter(template, account.email, language, shown)
        self._letters.post(transaction, server.tenant.id, letter, server.now)


def _changed(server: AuthorizationServer, kind: str) -> dict[str, str]:
    return {"factor": kind, "label": "", "at": server.now.isoformat()}
