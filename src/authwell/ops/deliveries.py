"""What leaves the house: each served process sends what is due in the outbox.

A claim is one statement, so no lease is needed and no entry is sent by two at once. Whoever put
something in rings the bell of its own process; what others left is looked for every few seconds.
"""

import random
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import Select

from authwell.identity.login.suspicion.alerts import Alerts
from authwell.identity.mail.delivery import MailDelivery, backend_of
from authwell.identity.mail.letters import MAIL
from authwell.identity.sessions.back_channel import BackChannel
from authwell.identity.webhooks.delivery import WebhookDelivery
from authwell.middleware.context import Site
from authwell.middleware.metrics import (
    count_logout_token,
    count_mail,
    count_suspicion,
    count_webhook,
)
from authwell.ops.background import Background
from authwell.protocol.ports import StorageUnavailable
from authwell.protocol.server import AuthorizationServer, Caller
from authwell.storage.audit.alerts import ALERT
from authwell.storage.login.endings import BACK_CHANNEL
from authwell.storage.webhooks.queue import WEBHOOK, WebhookQueue
from authwell.storage.work.outbox import Entry, Outbox
from authwell.storage.work.queues import Readiness
from authwell.utils.clock import Clock
from authwell.utils.logs import get_logger

LOOK_EVERY: Final = (3.0, 6.0)
"""Seconds between two looks, at random so that processes don't look together."""
GATHER: Final = 0.02
"""Seconds after a bell before the look: what rings meanwhile needs no look of its own."""
DROPPED: Final = "dropped"
"""What became of an entry whose tenant is gone."""

_log = get_logger(__name__)


class Waiting(Protocol):
    """Where entries wait: the outbox, or a queue of a kind's own."""

    def ready(self, kind: str) -> Select[Any]:
        """What a claim may find."""
        ...

    def claim(self, kind: str, now: datetime, limit: int = 10) -> tuple[Entry, ...]:
        """Claim entries to be sent."""
        ...

    def fail(self, entry: Entry, error: str, now: datetime) -> bool:
        """Try again later."""
        ...


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of entry.

    Attributes:
        name: as the outbox knows it.
        places: deliveries at the same time in one process. They are this kind's own, so that
            slow receivers of one kind never delay another (THREATS.md WH-06).
        deliver: sends one, and says what became of it.
        count: tells the figures.
        waiting: where its entries wait; None: in the outbox.
    """

    name: str
    places: int
    deliver: Callable[[AuthorizationServer, Entry], str]
    count: Callable[[str], None]
    waiting: Waiting | None = None


class Deliveries:
    """The deliveries of one process."""

    def __init__(
        self,
        outbox: Outbox,
        kinds: Sequence[Kind],
        server: Callable[[str], AuthorizationServer | None],
        clock: Clock,
        bell: threading.Event,
    ) -> None:
        """Take what is needed; nothing is sent before `start`.

        Args:
            outbox: where entries wait.
            kinds: what may wait there, and what sends it.
            server: the issuer of a tenant's id with the present time; None if it was deleted.
            clock: tells the time.
            bell: rung when there is something to send.
        """
        self._outbox = outbox
        self._kinds = tuple(kinds)
        ready = {kind.name: self._waiting(kind).ready(kind.name) for kind in kinds}
        self._readiness = Readiness(outbox.database, ready)
        self._server = server
        self._clock = clock
        self._bell = bell
        self._background = Background("authwell-deliveries", self._work, wake=bell.set)

    def start(self) -> None:
        """Start the thread if this process has none."""
        self._background.start()

    def stop(self) -> None:
        """Let running calls end; what is not claimed yet is another process's."""
        self._background.stop()

    def run_due(self, only: str | None = None) -> dict[str, int]:
        """Send all that is due, one after the other, of one kind or of all: for a command."""
        outcomes: dict[str, int] = {}
        for kind in self._kinds:
            if only not in {None, kind.name}:
                continue
            waiting = self._waiting(kind)
            while claimed := waiting.claim(kind.name, self._clock(), limit=1):
                outcome = self._send(kind, claimed[0])
                outcomes[outcome] = outcomes.get(outcome, 0) + 1
        return outcomes

    def _work(self, ended: threading.Event) -> None:
        running = {kind.name: set[Future[None]]() for kind in self._kinds}
        places = sum(kind.places for kind in self._kinds)
        with ThreadPoolExecutor(places, thread_name_prefix="authwell-delivery") as pool:
            while not ended.is_set():
                for kind in self._ready():
                    with _until_next_look():
                        self._begin(pool, kind, running[kind.name])
                if self._bell.wait(random.uniform(*LOOK_EVERY)):  # noqa: S311 - protects nothing
                    ended.wait(GATHER)
                self._bell.clear()

    def _ready(self) -> list[Kind]:
        names = frozenset[str]()
        with _until_next_look():
            names = self._readiness.names(self._clock())
        return [kind for kind in self._kinds if kind.name in names]

    def _begin(self, pool: ThreadPoolExecutor, kind: Kind, running: set[Future[None]]) -> None:
        """Send what is due and has a place; whoever ends rings for the rest."""
        running -= {future for future in running if future.done()}
        places = kind.places - len(running)
        if places == 0:
            return
        for entry in self._waiting(kind).claim(kind.name, self._clock(), limit=places):
            begun = pool.submit(self._deliver, kind, entry)
            begun.add_done_callback(lambda _: self._bell.set())
            running.add(begun)

    def _deliver(self, kind: Kind, entry: Entry) -> None:
        try:
            outcome = self._send(kind, entry)
            if outcome != DROPPED:
                kind.count(outcome)
        except Exception as error:  # noqa: BLE001 - logged, whatever it is
            _log.exception("deliveries.failed", error=type(error).__name__, entry=entry.id)
            # If this cannot be noted either, its claim ends by itself.
            with suppress(StorageUnavailable):
                problem = f"unexpected: {type(error).__name__}"
                self._waiting(kind).fail(entry, problem, self._clock())

    def _waiting(self, kind: Kind) -> Waiting:
        return kind.waiting or self._outbox

    def _send(self, kind: Kind, entry: Entry) -> str:
        server = self._server(entry.tenant_id)
        if server is not None:
            return kind.deliver(server, entry)
        # What waits elsewhere than in the outbox goes with its tenant.
        if kind.waiting is None:
            self._outbox.finish(entry, self._clock(), forget=True)
        return DROPPED


@contextmanager
def _until_next_look() -> Iterator[None]:
    """Log what fails: the next look tries again, and other kinds go on meanwhile."""
    try:
        yield
    except StorageUnavailable as error:
        # A trace each few seconds would help nobody.
        _log.warning("deliveries.postponed", reason=str(error))
    except Exception as error:  # noqa: BLE001 - logged, whatever it is
        _log.exception("deliveries.failed", error=type(error).__name__)


def deliveries(site: Site) -> Deliveries:
    """The deliveries of a process with this site; they begin with `start`."""
    return Deliveries(
        Outbox(site.database),
        kinds(site),
        lambda tenant_id: server_of(site, tenant_id),
        site.clock,
        site.outbox_bell,
    )


def server_of(site: Site, tenant_id: str) -> AuthorizationServer | None:
    """The issuer of a tenant as it is now, for work that nobody asked for by HTTP."""
    found = site.tenants.of_id(tenant_id)
    return None if found is None else site.server(site.clock(), Caller(), found)


def kinds(site: Site) -> tuple[Kind, ...]:
    """Everything that leaves the house."""
    back_channel = BackChannel(site.database, site.outgoing)
    webhooks = WebhookDelivery(site.database, site.sealer, site.outgoing)
    alerts = Alerts(site.database, site.letters, count_suspicion)
    return (
        Kind(MAIL, 4, mail_delivery(site).deliver, count_mail),
        Kind(BACK_CHANNEL, 8, back_channel.deliver, count_logout_token),
        Kind(WEBHOOK, 8, webhooks.deliver, count_webhook, WebhookQueue(site.database)),
        # Counted where it is done, by rule.
        Kind(ALERT, 1, alerts.deliver, lambda _: None),
    )


def mail_delivery(site: Site) -> MailDelivery:
    """What sends the mails of a site."""
    backend = backend_of(site.settings, site.outgoing)
    return MailDelivery(site.database, site.letters, backend, site.settings)
