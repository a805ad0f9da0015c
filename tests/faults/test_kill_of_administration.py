"""`kill -9` of workers amid what administrators do: of each change that was confirmed one event tells.

And none tells of a change that did not stay.
"""

import json
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from threading import Condition
from time import monotonic, sleep
from typing import Any

import httpx2
import pytest

from tests.conftest import need
from tests.faults.workers import SECONDS_TO_RECOVER, kill, workers
from tests.support.configuration import PASSWORD, account, document
from tests.support.running import running_site
from tests.support.site import Site

THREADS = 12
ROUNDS = 10
"""So often each thread makes, changes and deletes one of each kind."""

Body = dict[str, Any]


@pytest.fixture
def site(postgresql_url: str) -> Iterator[Site]:
    """A server of two workers on PostgreSQL, with a superuser."""
    need("postgresql")
    entries = document(accounts=[account("root", roles=["admin"])])
    settings = {"WEB_CONCURRENCY": "2", "RATE_LIMITING_ENABLED": "false"}
    with running_site("postgresql", entries, **settings) as running:
        yield running


@dataclass(frozen=True, slots=True)
class Kind:
    """What an administrator makes and deletes.

    Attributes:
        path: where.
        key: the member of the answer by which a thing is found below the path.
        new: what makes one; `{}` in it is a name.
        changes: what is asked of it then: method, more of its path, and body.
        events: how its events begin.
    """

    path: str
    key: str
    new: Body
    changes: tuple[tuple[str, str, Body | None], ...]
    events: str


KINDS = (
    Kind("roles", "id", {"name": "{}"}, (("PUT", "", {"description": "Later"}),), "role"),
    Kind("groups", "id", {"name": "{}"}, (("PUT", "", {"description": "Later"}),), "group"),
    Kind(
        "users",
        "id",
        {"username": "{}", "email": "{}@people.example"},
        (
            ("PUT", "", {"full_name": "Later"}),
            ("POST", "/deactivate", None),
            ("POST", "/activate", None),
        ),
        "account",
    ),
    Kind(
        "oauth/clients",
        "client_id",
        {"client_name": "{}", "grant_types": ["client_credentials"]},
        (("PATCH", "", {"client_name": "Later"}), ("POST", "/rotate-secret", None)),
        "client",
    ),
    Kind(
        "scopes",
        "name",
        {"name": "{}", "description": "New"},
        (("PUT", "", {"description": "Later"}),),
        "scope",
    ),
    Kind(
        "integrations",
        "id",
        {"name": "{}", "type": "custom"},
        (("POST", "/regenerate-secret", None),),
        "integration",
    ),
)


@dataclass(slots=True)
class Ledger:
    """What the administrators were told."""

    changes: list[str] = field(default_factory=list)
    """Requests that were answered with 2xx."""
    refused: list[str] = field(default_factory=list)
    lost_answers: int = 0
    _changed: Condition = field(default_factory=Condition)

    def note(self, response: httpx2.Response) -> None:
        """Write down an answer."""
        with self._changed:
            if response.is_success:
                self.changes.append(response.headers["X-Request-ID"])
            else:
                self.refused.append(f"{response.request.url.path}: {response.text}")
            self._changed.notify_all()

    def note_lost(self) -> None:
        """No answer came: the change may or may not have happened."""
        with self._changed:
            self.lost_answers += 1

    def wait_for(self, number: int) -> None:
        """Until so many requests have changed something."""
        with self._changed:
            assert self._changed.wait_for(
                lambda: self.refused or len(self.changes) >= number, timeout=90
            )
            assert self.refused == []


class AnswerLost(Exception):
    """The connection broke before the answer."""


@dataclass(frozen=True, slots=True)
class Administrator:
    """Makes, changes and deletes; what became of a request without an answer is left as it is."""

    site: Site
    ledger: Ledger
    token: str

    def work(self, number: int) -> None:
        """Some lives of each kind, one after the other."""
        for life in range(ROUNDS):
            for kind in KINDS:
                try:
                    self._live(kind, f"amid-{number}-{life}")
                except AnswerLost:
                    self.ledger.note_lost()

    def _live(self, kind: Kind, name: str) -> None:
        new = json.loads(json.dumps(kind.new).replace("{}", name))
        thing = f"{kind.path}/{self._ask('POST', kind.path, new)[kind.key]}"
        for method, more, body in kind.changes:
            self._ask(method, f"{thing}{more}", body)
        self._ask("DELETE", thing)

    def _ask(self, method: str, path: str, body: Body | None = None) -> Body:
        headers, deadline = {"Authorization": f"Bearer {self.token}"}, monotonic()
        deadline += SECONDS_TO_RECOVER
        while True:
            try:
                response = self.site.http.request(
                    method, self.site.url(path), json=body, headers=headers
                )
            except httpx2.ConnectError:
                assert monotonic() < deadline
                sleep(0.01)
            except httpx2.TransportError as error:
                raise AnswerLost from error
            else:
                self.ledger.note(response)
                return response.json() if response.content else {}


@pytest.mark.req("L4", "LG-03", "LG-04")
def test_each_confirmed_change_has_one_event_though_workers_are_killed(site: Site) -> None:
    login = {"username": "root", "password": PASSWORD}
    signed_in = site.http.post(site.url("auth/login"), json=login)
    ledger = Ledger()
    administrator = Administrator(site, ledger, signed_in.json()["access_token"])
    changes = THREADS * ROUNDS * sum(2 + len(kind.changes) for kind in KINDS)
    first_workers = workers(site)

    with ThreadPoolExecutor(THREADS) as pool:
        works = [pool.submit(administrator.work, number) for number in range(THREADS)]
        for part, worker in enumerate(islice(first_workers, 2), start=1):
            ledger.wait_for(changes * part // 4)
            kill(site, worker, len(first_workers))
        for work in works:
            work.result()

    assert ledger.refused == []
    assert ledger.lost_answers > 0
    assert len(ledger.changes) > changes // 2
    told_once(site, ledger)
    told_of_nothing_else(site)


def told_once(site: Site, ledger: Ledger) -> None:
    """The audit log has one event for each change, and its chain is whole."""
    # A letter that a change sends has an event of its own.
    events = site.sql("SELECT request_id FROM audit_events WHERE type <> 'email.verification_sent'")
    of_requests = Counter(event["request_id"] for event in events)
    assert {of_requests[request_id] for request_id in ledger.changes} == {1}

    site.run("audit", "checkpoint")
    (report,) = json.loads(site.run("audit", "verify", "--json").stdout)
    assert report["findings"] == []
    assert report["events"] > len(ledger.changes)


def told_of_nothing_else(site: Site) -> None:
    """As many were made and not deleted, as the events say, as there are."""
    found = site.sql("SELECT type FROM audit_events WHERE request_id IS NOT NULL")
    types = Counter(event["type"] for event in found)
    left = {
        "role": "SELECT count(*) AS n FROM roles WHERE name LIKE 'amid-%'",
        "group": "SELECT count(*) AS n FROM groups WHERE name LIKE 'amid-%'",
        "scope": "SELECT count(*) AS n FROM scopes WHERE name LIKE 'amid-%'",
        "integration": "SELECT count(*) AS n FROM integrations WHERE name LIKE 'amid-%'",
    }
    for name, statement in left.items():
        (present,) = site.sql(statement)
        assert types[f"{name}.created"] - types[f"{name}.deleted"] == present["n"], name
