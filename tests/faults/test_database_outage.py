"""PostgreSQL goes and comes back under load: refusals that say so, and recovery by itself."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from threading import Event
from time import monotonic, sleep

import httpx2
import pytest

from tests.parts import databases
from tests.parts.postgresql import Postgresql
from tests.parts.server import StartServer
from tests.support.configuration import document
from tests.support.site import Site, authorization_request, plain_client

Asks = dict[str, Callable[[], httpx2.Response]]

SECONDS_OF_GRACE = 5
"""For how long tokens that need no statement may still be issued."""
SECONDS_TO_RECOVER = 5
SLACK = 2
"""For answers on their way, on a busy machine."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer under load, and when it came."""

    at: float
    endpoint: str
    response: httpx2.Response


@pytest.fixture
def site(own_postgresql: Postgresql, start_server: StartServer) -> Iterator[Site]:
    """A server on a PostgreSQL of its own."""
    databases.migrate(own_postgresql.url())
    server = start_server(DATABASE_URL=own_postgresql.url(), WEB_CONCURRENCY="2")
    with plain_client() as http:
        running = Site(server.url, server, http)
        running.apply(document())
        yield running
    server.stop()


def load(site: Site) -> Asks:
    """What is asked again and again."""
    token = site.client_credentials()
    return {
        "token": lambda: site.token("service", grant_type="client_credentials"),
        "introspect": lambda: site.introspect(token),
        "revoke": lambda: site.revoke("unknown", "service"),
        "discovery": lambda: site.http.get(site.url(".well-known/openid-configuration")),
        "jwks": lambda: site.http.get(site.url(".well-known/jwks.json")),
    }


def ask_until(ended: Event, endpoint: str, ask: Callable[[], httpx2.Response]) -> list[Seen]:
    """Ask twenty times a second."""
    seen = []
    while not ended.wait(0.05):
        response = ask()
        seen.append(Seen(monotonic(), endpoint, response))
    return seen


def wait_for(happens: Callable[[], bool], seconds: float) -> float:
    """When it first happened."""
    deadline = monotonic() + seconds
    while not happens():
        assert monotonic() < deadline
        sleep(0.05)
    return monotonic()


def is_honest_refusal(response: httpx2.Response) -> bool:
    """A 503 that clients can read, and that says when to come back."""
    return (
        response.status_code == 503
        and int(response.headers["retry-after"]) > 0
        and response.headers["content-type"].startswith("application/json")
        and response.json()["error"] == "temporarily_unavailable"
        and response.headers["cache-control"] == "no-store"
    )


@pytest.mark.req("RT-08", "N2", "DC-02")
def test_an_outage_of_postgresql_is_503_and_ends_by_itself(
    site: Site, own_postgresql: Postgresql
) -> None:
    asks, ended = load(site), Event()
    with ThreadPoolExecutor() as pool:
        runs = [pool.submit(ask_until, ended, name, ask) for name, ask in asks.items()]
        try:
            wait_for(lambda: site.introspect("x").status_code == 200, 5)
            own_postgresql.stop()
            stopped_at = monotonic()
            health = [site.http.get(site.url(path)) for path in ("health", "health/db")]
            page = site.http.get(site.endpoint("authorize"), params=authorization_request())
            wait_for(lambda: all_workers_refuse(site), 2 * SECONDS_OF_GRACE)
            own_postgresql.start()
            back_at = monotonic()
            wait_for(lambda: all_work(asks), SECONDS_TO_RECOVER)
        finally:
            ended.set()
        seen = [one for run in runs for one in run.result()]

    assert [response.status_code for response in health] == [503, 503]
    assert (page.status_code, page.headers["retry-after"]) == (503, "5")
    assert page.headers["content-type"].startswith("text/html")
    by_name = {name: [one for one in seen if one.endpoint == name] for name in asks}
    for name in ("discovery", "jwks"):
        assert {one.response.status_code for one in by_name[name]} == {200}
    for name in ("token", "introspect", "revoke"):
        others = [one.response for one in by_name[name] if one.response.status_code != 200]
        assert others != []
        assert all(is_honest_refusal(response) for response in others)
    issued = [one for one in by_name["token"] if one.response.status_code == 200]
    end_of_grace = stopped_at + SECONDS_OF_GRACE + SLACK
    assert [one.at for one in issued if end_of_grace < one.at < back_at] == []


def all_workers_refuse(site: Site) -> bool:
    """Whether twenty requests for tokens in a row meet no worker that issues one."""
    return all(
        site.token("service", grant_type="client_credentials").status_code == 503 for _ in range(20)
    )


def all_work(asks: Asks) -> bool:
    """Whether everything that is asked succeeds."""
    return {ask().status_code for ask in asks.values()} == {200}
