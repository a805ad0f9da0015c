"""Request objects behind clients' `request_uri`s (RFC 9101 section 5.2), fetched anew each time.

Nothing is kept: a client may put another object there at any moment, and a person waits for one
page only. Strangers decide when this is done, so it takes a turn (`utils/fetches.py`).
"""

from authwell.protocol.ports import RequestObjectUnavailable
from authwell.utils.fetches import Fetches
from authwell.utils.outgoing import Limits, OutgoingError

LIMITS = Limits(seconds=3.0, bytes=65_536)
ACCEPT = "application/oauth-authz-req+jwt, application/jwt, text/plain;q=0.9, */*;q=0.1"


class FetchedRequestObjects:
    """The engine's port `RequestObjects`; safe among threads."""

    def __init__(self, fetches: Fetches) -> None:
        """Fetch by these."""
        self._fetches = fetches

    def fetch(self, uri: str) -> str:
        """What is there now; whatever its content type says, it is a JWT or it is refused."""
        try:
            answer = self._fetches.get(uri, ACCEPT, LIMITS)
        except OutgoingError as error:
            raise RequestObjectUnavailable(f"{uri}: {error}") from error
        if answer.status != 200:
            raise RequestObjectUnavailable(f"{uri}: status {answer.status}")
        try:
            return answer.body.decode("ascii").strip()
        except UnicodeDecodeError as error:
            raise RequestObjectUnavailable(f"{uri}: not a JWT") from error
