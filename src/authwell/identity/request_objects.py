"""Request objects behind clients' `request_uri`s (RFC 9101 section 5.2), fetched anew each time.

Nothing is kept: a client may put another object there at any moment, and a person waits for one
page only. Strangers decide when this is done, so few threads do it at a time.
"""

from threading import BoundedSemaphore

from authwell.protocol.ports import RequestObjectUnavailable
from authwell.utils.outgoing import Limits, Outgoing, OutgoingError

LIMITS = Limits(seconds=3.0, bytes=65_536)
AT_ONCE = 4
"""Of the threads of a process; the others stay free for everybody else."""
PATIENCE = 1.0
"""Seconds that one more waits for its turn."""
ACCEPT = "application/oauth-authz-req+jwt, application/jwt, text/plain;q=0.9, */*;q=0.1"


class FetchedRequestObjects:
    """The engine's port `RequestObjects`; safe among threads."""

    def __init__(self, outgoing: Outgoing) -> None:
        """Call by this client."""
        self._outgoing = outgoing
        self._turns = BoundedSemaphore(AT_ONCE)

    def fetch(self, uri: str) -> str:
        """What is there now; whatever its content type says, it is a JWT or it is refused."""
        if not self._turns.acquire(timeout=PATIENCE):
            raise RequestObjectUnavailable(f"{uri}: too many are being fetched")
        try:
            answer = self._outgoing.send("GET", uri, headers={"Accept": ACCEPT}, limits=LIMITS)
        except OutgoingError as error:
            raise RequestObjectUnavailable(f"{uri}: {error}") from error
        finally:
            self._turns.release()
        if answer.status != 200:
            raise RequestObjectUnavailable(f"{uri}: status {answer.status}")
        try:
            return answer.body.decode("ascii").strip()
        except UnicodeDecodeError as error:
            raise RequestObjectUnavailable(f"{uri}: not a JWT") from error
