"""The one way from what a person has shown to a session, whichever door they came by.

Pages and API call it after a password, a passkey, a link from a mail or a code. It decides
whether that is enough (THREATS.md MF-04): nobody else starts a session.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from authwell.identity.sessions import Sessions
from authwell.protocol.model import Account, Session
from authwell.protocol.server import AuthorizationServer


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person has shown of themselves up to now.

    Attributes:
        account: who it is.
        methods: each method (RFC 8176: `pwd`, `otp`, `hwk`, `user`, ...) and when it was shown.
        present: the session of the browser before, if any.
    """

    account: Account
    methods: Mapping[str, datetime]
    present: Session | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """It was enough: the session and the value of its cookie."""

    cookie: str
    session: Session


class Entrance:
    """Decides on what was shown."""

    def __init__(self, sessions: Sessions) -> None:
        """Take what starts sessions."""
        self._sessions = sessions

    def enter(self, server: AuthorizationServer, shown: Shown) -> Entered:
        """Start a session, or say what else must be shown."""
        amr = tuple(shown.methods)
        cookie, session = self._sessions.start(
            server, shown.account, amr, shown.present, shown.methods
        )
        return Entered(cookie, session)
