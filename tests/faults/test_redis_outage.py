"""Redis goes and comes back: limits become stricter, `/health` tells, and the work goes on."""

from collections.abc import Iterator
from itertools import takewhile
from time import monotonic, sleep

import pytest

from tests.parts.redis import Redis
from tests.support.running import running_site
from tests.support.site import Site, authorization_request

LIMIT = 20
ROUNDS = 2 * LIMIT
SECONDS_TO_NOTICE = 10


@pytest.fixture
def site(own_redis: Redis) -> Iterator[Site]:
    """A server with limits on a Redis of its own, behind a trusted proxy."""
    with running_site(
        REDIS_URL=own_redis.url,
        RATE_LIMITING_ENABLED="true",
        RATE_LIMIT_PER_IP=f"{LIMIT}/minute",
        TRUSTED_PROXIES="127.0.0.1",
    ) as running:
        yield running


def opened_pages(site: Site, address: str) -> int:
    """How many login pages an address opens before it is told to wait."""
    statuses = (
        site.http.get(
            site.endpoint("authorize"),
            params=authorization_request(),
            headers={"X-Forwarded-For": address},
        ).status_code
        for _ in range(ROUNDS)
    )
    return len(list(takewhile(lambda status: status != 429, statuses)))


def limits_of(site: Site) -> dict[str, str]:
    """What `/health` says of the limits."""
    response = site.http.get(site.url("health"))
    assert response.status_code == 200
    return dict(response.json()["rate_limits"])


def wait_for(site: Site, mode: str) -> None:
    """Work until the server has noticed."""
    deadline = monotonic() + SECONDS_TO_NOTICE
    while limits_of(site)["mode"] != mode:
        assert monotonic() < deadline, limits_of(site)
        site.client_credentials()
        sleep(0.05)


@pytest.mark.req("HT-10", "0.7", "N2")
def test_without_redis_limits_are_stricter_until_it_is_back(site: Site, own_redis: Redis) -> None:
    before = opened_pages(site, "192.0.2.1")

    own_redis.stop()
    wait_for(site, "local, stricter")
    without = opened_pages(site, "192.0.2.2")
    answers = site.http.get(site.url("health/redis")).json()
    own_redis.start()
    wait_for(site, "shared")
    after = opened_pages(site, "192.0.2.3")

    assert (before, after) == (LIMIT, LIMIT)
    assert 0 < without <= LIMIT // 2
    assert answers == {"status": "unavailable"}
    assert "redis" in site.server.log().lower()
