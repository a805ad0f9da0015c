"""PostgreSQL stops and starts again under load: refusals to try later, and nothing lost."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event

from authwell.protocol.records import Authorization
from authwell.storage.database import Database
from authwell.storage.errors import StorageUnavailable
from authwell.storage.store import SqlStore
from tests.parts.postgresql import Postgresql
from tests.storage.worlds import (
    LATER,
    TENANT,
    Issued,
    a_code,
    a_grant,
    a_redemption,
    an_event,
)

THREADS = 10


@dataclass
class Worker:
    """Issues codes and redeems each twice until it is told to stop."""

    store: SqlStore
    done: Event
    back: Event
    confirmed: list[bytes] = field(default_factory=list)
    twice: int = 0
    unavailable: int = 0
    after: int = 0

    def run(self) -> None:
        while not self.done.is_set():
            try:
                self._redeem_one()
            except StorageUnavailable:
                self.unavailable += 1
                self.done.wait(0.01)

    def _redeem_one(self) -> None:
        grant = a_grant()
        issued = Issued(grant, a_code(grant))
        self.store.codes.issue(Authorization(grant, issued.code, an_event()))
        redemption = a_redemption(issued)
        if self.store.codes.redeem(redemption):
            self.confirmed.append(issued.code.digest)
            self.after += self.back.is_set()
            self.twice += self.store.codes.redeem(a_redemption(issued))


def test_a_restart_under_load_loses_nothing_and_ends_by_itself(
    restarting: tuple[Postgresql, Database],
) -> None:
    server, database = restarting
    store, done, back = SqlStore(database), Event(), Event()
    workers = [Worker(store, done, back) for _ in range(THREADS)]

    with ThreadPoolExecutor(THREADS) as pool:
        runs = [pool.submit(worker.run) for worker in workers]
        done.wait(1)
        server.stop()
        done.wait(0.5)
        server.start()
        back.set()
        done.wait(5)
        done.set()
    for run in runs:
        run.result()

    confirmed = [digest for worker in workers for digest in worker.confirmed]
    found = [store.codes.find(TENANT, digest, LATER) for digest in confirmed]
    assert all(worker.after for worker in workers)
    assert sum(worker.unavailable for worker in workers) > 0
    assert sum(worker.twice for worker in workers) == 0
    assert len(set(confirmed)) == len(confirmed)
    assert all(code is not None and code.consumed_at == LATER for code in found)
