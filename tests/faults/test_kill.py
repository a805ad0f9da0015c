"""`kill -9` of workers amid redemptions and refreshes: what was confirmed stands, once.

And the audit log tells of each change once, however its chain was interrupted.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Condition
from time import monotonic, sleep

import httpx2
import pytest

from tests.conftest import need
from tests.faults.workers import SECONDS_TO_RECOVER, kill, workers
from tests.support.configuration import document
from tests.support.running import running_site
from tests.support.site import Site

Request = Callable[[str], httpx2.Response]

THREADS = 20
FAMILIES = 400
REFRESHES = 4
"""Refreshes after each redemption: 2,000 requests that write."""

# The codes are made before the first kill.
LONG_LIVED_CODES = {"slug": "default", "policy": {"code_lifetime": 600}}


@pytest.fixture
def site(postgresql_url: str) -> Iterator[Site]:
    """A server of two workers on PostgreSQL."""
    need("postgresql")
    entries = document(tenants=[LONG_LIVED_CODES])
    with running_site("postgresql", entries, WEB_CONCURRENCY="2") as running:
        yield running


@dataclass(slots=True)
class Ledger:
    """What the client was told: the answers that count."""

    redeemed: Counter[str] = field(default_factory=Counter)
    tokens: dict[str, dict[str, str]] = field(default_factory=dict)
    unexpected: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    """Requests that changed something: answered with 200, and not repeated."""
    lost_answers: int = 0
    done: int = 0
    _changed: Condition = field(default_factory=Condition)

    def note(self, code: str, response: httpx2.Response, *, was_lost: bool) -> None:
        """Write down an answer to a redemption or to a refresh that began with this code."""
        with self._changed:
            if response.status_code == 200:
                self.tokens[code] = response.json()
                if not was_lost:
                    self.changes.append(response.headers["X-Request-ID"])
            self.done += 1
            self._changed.notify_all()

    def note_lost(self) -> None:
        """No answer came: the write may or may not have happened."""
        with self._changed:
            self.lost_answers += 1

    def wait_for(self, number: int) -> None:
        """Until so many requests are answered."""
        with self._changed:
            assert self._changed.wait_for(lambda: self.done >= number, timeout=90)


@dataclass(frozen=True, slots=True)
class Person:
    """A client that goes on when a connection breaks, as every client does."""

    site: Site
    ledger: Ledger

    def live(self, code: str) -> None:
        """Redeem the code, and refresh again and again."""
        if not self._redeem(code):
            return
        for _ in range(REFRESHES):
            token = self.ledger.tokens[code]["refresh_token"]
            response, was_lost = self._insist(self.site.refresh, token)
            self.ledger.note(code, response, was_lost=was_lost)
            # A repeated refresh gets the successor whose answer was lost.
            if response.status_code != 200:
                self.ledger.unexpected.append(f"refresh: {response.status_code} {response.text}")
                return

    def _redeem(self, code: str) -> bool:
        response, was_lost = self._insist(self.site.redeem, code)
        self.ledger.note(code, response, was_lost=was_lost)
        if response.status_code == 200:
            self.ledger.redeemed[code] += 1
            return True
        if not was_lost:
            self.ledger.unexpected.append(f"code: {response.status_code} {response.text}")
        return False

    def _insist(self, request: Request, secret: str) -> tuple[httpx2.Response, bool]:
        was_lost, deadline = False, monotonic() + SECONDS_TO_RECOVER
        while True:
            try:
                return request(secret), was_lost
            except httpx2.ConnectError:
                assert monotonic() < deadline
                sleep(0.01)
            except httpx2.TransportError:
                self.ledger.note_lost()
                was_lost = True


@pytest.mark.req("RT-09", "RT-08", "CD-02", "ST-11", "LG-03", "LG-04", "L4")
def test_killed_workers_accept_no_code_twice_and_lose_no_confirmed_write(site: Site) -> None:
    browser = site.browser()
    codes = [site.sign_in(browser=browser).code for _ in range(FAMILIES)]
    requests = FAMILIES * (1 + REFRESHES)
    ledger = Ledger()
    person = Person(site, ledger)
    first_workers = workers(site)

    with ThreadPoolExecutor(THREADS) as pool:
        lives = [pool.submit(person.live, code) for code in codes]
        for part, worker in enumerate(first_workers, start=1):
            ledger.wait_for(requests * part // 3)
            kill(site, worker, len(first_workers))
        for life in lives:
            life.result()

    assert ledger.unexpected == []
    assert ledger.lost_answers > 0
    assert set(ledger.redeemed.values()) == {1}
    told_once(site, ledger)
    with ThreadPoolExecutor(THREADS) as pool:
        stand = list(pool.map(lambda code: stands(site, ledger.tokens[code]), ledger.redeemed))
        again = list(pool.map(lambda code: site.redeem(code).status_code, codes))
    assert all(stand)
    assert set(again) == {400}


def told_once(site: Site, ledger: Ledger) -> None:
    """The audit log has one event for each change, and its chain is whole."""
    events = site.sql(
        "SELECT type, request_id FROM audit_events"
        " WHERE type IN ('code.redeemed', 'token.refreshed')"
    )
    of_requests = Counter(event["request_id"] for event in events)
    types = Counter(event["type"] for event in events)
    (used,) = site.sql("SELECT count(*) AS n FROM refresh_tokens WHERE used_at IS NOT NULL")
    (spent,) = site.sql(
        "SELECT count(*) AS n FROM handles WHERE kind = 'code' AND consumed_at IS NOT NULL"
    )
    assert {of_requests[request_id] for request_id in ledger.changes} == {1}
    assert types == {"code.redeemed": spent["n"], "token.refreshed": used["n"]}

    site.run("audit", "checkpoint")
    (report,) = json.loads(site.run("audit", "verify", "--json").stdout)
    assert report["findings"] == []
    assert report["events"] > len(ledger.changes)


def stands(site: Site, tokens: dict[str, str]) -> bool:
    """Whether the last tokens that the client was given are worth what it was told."""
    is_active = site.is_active(tokens["access_token"])
    return is_active and site.refresh(tokens["refresh_token"]).status_code == 200
