"""What leaves the house: each served process sends what is due in the outbox.

A claim is one statement, so no lease is needed and no entry is sent by two at once. Whoever put
something in rings the bell of its own process; what others left is looked for every few seconds.
"""

import random
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from authwell.identity.back_channel import BackChannel
from authwell.middleware.context import Site
from authwell.middleware.metrics import count_logout_token
from authwell.ops.background import Background
from authwell.protocol.ports import StorageUnavailable
from authwell.protocol.server import AuthorizationServer, Caller
from authwell.storage.endings import BACK_CHANNEL
from authwell.storage.outbox import Entry, Outbox
from authwell.utils.logs import get_logger

AT_ONCE: Final = 8
"""Calls that wait for clients at the same time in one process."""
LOOK_EVERY: Final = (3.0, 6.0)
"""Seconds between two looks, at random so that processes don't look together."""

_log = get_logger(__name__)


class Deliveries:
    """The deliveries of one process."""

    def __init__(
        self,
        outbox: Outbox,
        back_channel: BackChannel,
        server: Callable[[], AuthorizationServer],
        bell: threading.Event,
    ) -> None:
        """Take what is needed; nothing is sent before `start`.

        Args:
            outbox: where entries wait.
            back_channel: what sends them.
            server: the issuer with the present time.
            bell: rung when there is something to send.
        """
        self._outbox = outbox
        self._back_channel = back_channel
        self._server = server
        self._bell = bell
        self._background = Background("authwell-deliveries", self._work, wake=bell.set)

    def start(self) -> None:
        """Start the thread if this process has none."""
        self._background.start()

    def stop(self) -> None:
        """Let running calls end; what is not claimed yet is another process's."""
        self._background.stop()

    def run_due(self) -> dict[str, int]:
        """Send all that is due, one after the other: for a command."""
        outcomes: dict[str, int] = {}
        while claimed := self._outbox.claim(BACK_CHANNEL, self._server().now, limit=1):
            outcome = self._back_channel.deliver(self._server(), claimed[0])
            outcomes[outcome] = outcomes.get(outcome, 0) + 1
        return outcomes

    def _work(self, ended: threading.Event) -> None:
        running: set[Future[None]] = set()
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="authwell-delivery") as pool:
            while not ended.is_set():
                running = {future for future in running if not future.done()}
                running |= self._begin(pool, AT_ONCE - len(running))
                self._bell.wait(random.uniform(*LOOK_EVERY))  # noqa: S311 - protects nothing
                self._bell.clear()

    def _begin(self, pool: ThreadPoolExecutor, places: int) -> set[Future[None]]:
        """Send what is due and has a place; whoever ends rings for the rest."""
        if places == 0:
            return set()
        try:
            begun = {pool.submit(self._deliver, entry) for entry in self._claim(places)}
        except StorageUnavailable as error:
            # The next look tries again; a trace each few seconds would help nobody.
            _log.warning("deliveries.postponed", reason=str(error))
            return set()
        except Exception as error:  # noqa: BLE001 - logged, whatever it is
            _log.exception("deliveries.failed", error=type(error).__name__)
            return set()
        for future in begun:
            future.add_done_callback(lambda _: self._bell.set())
        return begun

    def _claim(self, places: int) -> tuple[Entry, ...]:
        now = self._server().now
        if not self._outbox.is_any_due(BACK_CHANNEL, now):
            return ()
        return self._outbox.claim(BACK_CHANNEL, now, limit=places)

    def _deliver(self, entry: Entry) -> None:
        try:
            count_logout_token(self._back_channel.deliver(self._server(), entry))
        except Exception as error:  # noqa: BLE001 - logged, whatever it is
            # Its claim ends by itself, and then it is sent again.
            _log.exception("deliveries.failed", error=type(error).__name__, entry=entry.id)


def deliveries(site: Site) -> Deliveries:
    """The deliveries of a process with this site; they begin with `start`."""
    return Deliveries(
        Outbox(site.database),
        BackChannel(site.database, site.outgoing),
        lambda: site.server(site.clock(), Caller()),
        site.outbox_bell,
    )
