"""Fetching what a request needs from another server, while the request waits (HT-05, WH-04).

Strangers choose the addresses and the moment, so all such calls of a process share few turns, and
each host has one: however slow others are, threads stay free for everybody else. What leaves the
house by itself, like logout tokens, has threads of its own and takes no turn.
"""

from collections.abc import Generator
from contextlib import contextmanager
from threading import Condition

from authwell.utils.outgoing import Answer, Limits, Outgoing, OutgoingError, host_of

AT_ONCE = 2
"""Calls of a process: half of its threads."""
BUSY = 3
"""Threads of a process that may fetch or wait for their turn, so that one is always free."""
PATIENCE = 1.0
"""Seconds that it waits."""


class NoTurn(OutgoingError):
    """Others are being fetched; this one was not tried."""


class Fetches:
    """The calls of one process; safe among threads."""

    def __init__(self, outgoing: Outgoing) -> None:
        """Call by this client."""
        self.outgoing = outgoing
        self._hosts: set[str] = set()
        self._waiting = 0
        self._changed = Condition()

    def get(self, url: str, accept: str, limits: Limits) -> Answer:
        """Call when it is this host's turn.

        Raises:
            OutgoingError: there was no turn, or the call brought nothing.
        """
        with self.turn(url):
            return self.get_in_turn(url, accept, limits)

    def get_in_turn(self, url: str, accept: str, limits: Limits) -> Answer:
        """Call within `turn`.

        Raises:
            OutgoingError: the call brought nothing.
        """
        return self.outgoing.send("GET", url, headers={"Accept": accept}, limits=limits)

    @contextmanager
    def turn(self, url: str, *, patient: bool = True) -> Generator[None]:
        """Have the one turn of the URL's host.

        Raises:
            NoTurn: there is none now; the patient wait for a moment, if one more may.
        """
        host = host_of(url)
        with self._changed:
            if not self._is_free(host) and not (patient and self._wait_for(host)):
                raise NoTurn("too much is being fetched from this host or others")
            self._hosts.add(host)
        try:
            yield
        finally:
            with self._changed:
                self._hosts.remove(host)
                self._changed.notify_all()

    def _is_free(self, host: str) -> bool:
        return len(self._hosts) < AT_ONCE and host not in self._hosts

    def _wait_for(self, host: str) -> bool:
        if len(self._hosts) + self._waiting >= BUSY:
            return False
        self._waiting += 1
        try:
            return self._changed.wait_for(lambda: self._is_free(host), PATIENCE)
        finally:
            self._waiting -= 1
