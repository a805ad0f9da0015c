"""Reports on logins: what they cost, what they tell strangers, and what they do to others.

These are no workloads of wrk: medians of pairs, a second load beside the first, and the same thing
in an empty and in a full database.
"""

import os
import statistics
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import orjson

from authwell.identity.passwords.hashing import Hasher
from tests.bench.configuration import PEOPLE_SCOPE
from tests.bench.costs import cpu_seconds, tree
from tests.bench.reports import Caller, Report, execute
from tests.bench.stage import CORES, Stage
from tests.bench.workloads import USERNAME
from tests.support.browser import Browser
from tests.support.configuration import PASSWORD, account, secret_of

PAIRS = 200
"""Attempts on accounts that exist, and as many on others."""
PARALLEL = 50
FIRST = -15
"""How nice the server is to the machine's other programs."""
SESSIONS = 10_000
_MORE = """
CREATE TEMP TABLE more AS SELECT s.* FROM (SELECT * FROM sessions LIMIT 1) AS s,
  generate_series(1, %(number)s);
UPDATE more SET id = gen_random_uuid()::text, digest = sha256(gen_random_uuid()::text::bytea),
  device_id = NULL, ended_at = CASE WHEN %(has_ended)s THEN now() END,
  account_id = (SELECT id FROM accounts WHERE username = %(name)s);
INSERT INTO sessions SELECT * FROM more;
DROP TABLE more
"""
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True)
class Question:
    """What a stranger may ask of an account: the body for one that exists, and for another."""

    title: str
    path: str
    known: Callable[[int], dict[str, Any]]
    unknown: Callable[[int], dict[str, Any]]


def enumeration(stage: Stage) -> Iterator[str]:
    """Medians of the times by which somebody could tell that an account exists (AU-02)."""
    caller = Caller(stage)
    people = [account(f"person{number}") for number in range(40)]
    stage.site.apply({"accounts": people})
    for number in range(40):
        caller.post("/api/v1/auth/register", _applicant(f"waiting{number}", f"waiting{number}"))
    for question in _questions():
        yield _compared(caller, question)
        # Letters that nobody can send would be tried again beside what follows.
        execute(stage, "DELETE FROM outbox")


def _questions() -> Iterator[Question]:
    def address(name: str) -> Callable[[int], dict[str, Any]]:
        return lambda number: {"email": f"{name}{number % 40}@people.example"}

    def login(name: str) -> Callable[[int], dict[str, Any]]:
        return lambda number: {"username": f"{name}{number % 40}", "password": "wrong"}

    yield Question("login", "/api/v1/auth/login", login("person"), login("nobody"))
    asks = (
        ("reset", "/api/v1/auth/password-reset-request", "person"),
        ("resend", "/api/v1/auth/email/resend-verification", "waiting"),
        ("magic link", "/api/v1/auth/passwordless/send", "person"),
    )
    for title, path, name in asks:
        yield Question(title, path, address(name), address("nobody"))
    yield Question(
        "registration",
        "/api/v1/auth/register",
        lambda number: _applicant(f"again{number}", f"person{number % 40}"),
        lambda number: _applicant(f"new{number}", f"new{number}"),
    )


def _compared(caller: Caller, question: Question) -> str:
    times: dict[bool, list[float]] = {True: [], False: []}
    statuses: dict[bool, set[int]] = {True: set(), False: set()}
    for number in range(PAIRS):
        # By turns, and not always in the same order: the machine has other work too.
        for is_known in (True, False) if number % 2 else (False, True):
            body = (question.known if is_known else question.unknown)(number)
            took, status = caller.milliseconds(question.path, body)
            times[is_known].append(took)
            statuses[is_known].add(status)
    known, unknown = statistics.median(times[True]), statistics.median(times[False])
    difference = abs(known - unknown)
    is_alike = difference < 10 or difference < 0.05 * max(known, unknown)
    verdict = "alike" if is_alike and statuses[True] == statuses[False] else "DIFFERS"
    seen = ",".join(str(status) for status in sorted(statuses[True] | statuses[False]))
    return (
        f"{question.title:<14}existing {known:7.2f} ms, unknown {unknown:7.2f} ms, "
        f"difference {difference:5.2f} ms, status {seen}: {verdict}"
    )


def starvation(stage: Stage) -> Iterator[str]:
    """Times of token requests while 50 connections log in without a pause (AU-10).

    On all cores, as the system shares them out among the threads: who waits for whom is what is
    measured.
    """
    _share_out(stage)
    caller = Caller(stage)
    login = urlencode({"grant_type": "password", "username": USERNAME, "password": PASSWORD})
    case = {"path": "/api/v1/auth/login", "body": login, "text": '"access_token"'}
    yield _percentiles("token requests alone", _token_times(caller, 2))
    with ThreadPoolExecutor(1) as pool:
        data = {"connections": PARALLEL, "clients": {}, "cases": [case]}
        logins = pool.submit(stage.load.run, "cycle", data, 8)
        time.sleep(1)
        times = _token_times(caller, 6)
        outcome = logins.result()
    yield _percentiles(f"beside {PARALLEL} parallel logins", times)
    done = outcome.requests - outcome.errors
    yield (
        f"logins: {done / outcome.seconds:.0f} per s; {outcome.errors / outcome.seconds:.0f} per s "
        "were told to come again (503)"
    )


def _share_out(stage: Stage) -> None:
    for root in (stage.server.pid, stage.postgresql, stage.redis):
        for process in tree(root):
            for thread in process.threads():
                with suppress(ProcessLookupError, PermissionError):
                    os.sched_setaffinity(thread.id, CORES)
                    os.sched_setscheduler(thread.id, os.SCHED_OTHER, os.sched_param(0))
                    os.setpriority(os.PRIO_PROCESS, thread.id, FIRST)


def _token_times(caller: Caller, seconds: float) -> list[float]:
    credentials = b64encode(f"service:{secret_of('service')}".encode()).decode()
    body = urlencode({"grant_type": "client_credentials", "scope": "read"}).encode()
    times, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        begun = time.perf_counter()
        status, _ = caller.send(
            "POST", "/oauth/token", body, Authorization=f"Basic {credentials}", **_FORM
        )
        if status != 200:
            raise SystemExit(f"A token request was answered with {status}.")
        times.append((time.perf_counter() - begun) * 1000)
    return sorted(times)


def _percentiles(title: str, times: list[float]) -> str:
    p50, p99 = times[len(times) // 2], times[int(len(times) * 0.99)]
    return (
        f"{title}: p50 {p50:.2f} ms, p99 {p99:.2f} ms, longest {times[-1]:.2f} ms of {len(times)}"
    )


def without_hash(stage: Stage) -> Iterator[str]:
    """What a login costs beside the hash: request, page, session, code, redirect.

    In a browser that is known, as most are; a new one is written down and told of.
    """
    browser = stage.site.browser()
    _sign_in(stage, browser, 2)
    spent, logins = {"application": 0.0, "PostgreSQL": 0.0}, 0
    stage.statements.begin()
    for _ in range(6):
        # Fewer than would end the oldest session.
        execute(stage, "UPDATE sessions SET ended_at = now() WHERE ended_at IS NULL")
        before = cpu_seconds(stage.server.pid), cpu_seconds(stage.postgresql)
        _sign_in(stage, browser, 8)
        spent["application"] += cpu_seconds(stage.server.pid) - before[0]
        spent["PostgreSQL"] += cpu_seconds(stage.postgresql) - before[1]
        logins += 8
    statements = stage.statements.end().total() / logins
    each = {name: seconds * 1000 / logins for name, seconds in spent.items()}
    hashing = _milliseconds_of_hash()
    yield (
        f"application {each['application']:.2f} ms, of which one Argon2id takes {hashing:.2f}; "
        f"the rest {each['application'] - hashing:.2f} ms, and PostgreSQL "
        f"{each['PostgreSQL']:.2f} ms; {statements:.1f} statements"
    )


def _sign_in(stage: Stage, browser: Browser, times: int) -> None:
    for _ in range(times):
        for name in [name for name in browser.cookies if name.endswith("aw-default")]:
            del browser.cookies[name]
        stage.site.sign_in("web", browser=browser, scope=PEOPLE_SCOPE)


def _milliseconds_of_hash() -> float:
    hasher = Hasher("argon2")
    kept, begun = hasher.hash(PASSWORD), time.process_time()
    for _ in range(40):
        hasher.matches(PASSWORD, kept)
    return (time.process_time() - begun) * 1000 / 40


def full_database(stage: Stage) -> Iterator[str]:
    """Login and list of sessions, in a database without sessions and in one with 10,000."""
    empty = _costs(stage)
    _fill(stage)
    full = _costs(stage)
    for title, before in empty.items():
        after = full[title]
        yield (
            f"{title}: {before:.2f} ms CPU without sessions, {after:.2f} ms with {SESSIONS}: "
            f"{after / before:.2f} times"
        )


def _costs(stage: Stage) -> dict[str, float]:
    """CPU milliseconds of application and PostgreSQL for each."""
    caller = Caller(stage)
    credentials = {"username": USERNAME, "password": PASSWORD}
    execute(stage, "DELETE FROM sessions WHERE ended_at IS NULL")
    login = _cost(stage, lambda: caller.post("/api/v1/auth/login", credentials)[0], 60)
    # The last of these stands; each device beyond the tenth ends the oldest session.
    _, answer = caller.post("/api/v1/auth/login", credentials)
    bearer = f"Bearer {orjson.loads(answer)['access_token']}"

    def list_sessions() -> int:
        return caller.send("GET", "/api/v1/users/me/sessions", Authorization=bearer)[0]

    return {"login": login, "session list": _cost(stage, list_sessions, 300)}


def _cost(stage: Stage, call: Callable[[], int], times: int) -> float:
    def spent() -> float:
        return cpu_seconds(stage.server.pid) + cpu_seconds(stage.postgresql)

    call()
    before = spent()
    for _ in range(times):
        status = call()
        if status != 200:
            raise SystemExit(f"The answer was {status}.")
    return (spent() - before) * 1000 / times


def _fill(stage: Stage) -> None:
    """Half of them stand and are somebody else's, half have ended and are the person's own."""
    stage.site.apply({"accounts": [account("bob")]})
    for name, has_ended in ((USERNAME, True), ("bob", False)):
        execute(stage, _MORE, {"number": SESSIONS // 2, "name": name, "has_ended": has_ended})
    execute(stage, "ANALYZE sessions")


def _applicant(username: str, mailbox: str) -> dict[str, Any]:
    return {
        "username": username,
        "email": f"{mailbox}@people.example",
        "password": PASSWORD,
        "full_name": "Somebody",
    }


REPORTS = (
    Report("P-LOGIN", "a login without its hash (at most 3 ms)", without_hash),
    Report("P-SESSIONS", "10,000 sessions (at most 1.5 times)", full_database),
    Report("P-ENUM", "what times tell of accounts, medians of 200", enumeration),
    # The last one: it takes its precedence from the server.
    Report("P-STARVE", "token requests beside logins", starvation),
)
