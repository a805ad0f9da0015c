"""Asking somebody who is logged in for their password again, before what cannot be undone.

The same guard as at the login counts the attempts, so a stolen token guesses no password.
"""

from authwell.identity.login import Login
from authwell.protocol.model import Account
from authwell.protocol.server import AuthorizationServer
from authwell.storage.credentials import LoginGuard
from authwell.storage.database import Database


class Confirmation:
    """Compares passwords of people who are logged in."""

    def __init__(self, database: Database, login: Login) -> None:
        """Take the database, and what knows the guard."""
        self._login = login
        self._guard = LoginGuard(database)

    def confirms(self, server: AuthorizationServer, account: Account, password: str) -> bool:
        """Whether it is the account's password, and the account is not locked.

        Raises:
            TooBusy: it could not be compared now.
        """
        outcome = self._login.authenticate(server, account.username, password)
        if not isinstance(outcome, Account) or outcome.id != account.id:
            return False
        self._guard.clear(server.tenant.id, account.id)
        return True
