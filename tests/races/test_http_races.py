"""Races at the token endpoint: twenty threads against a server of four processes."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import httpx2
import pytest

from tests.conftest import need
from tests.support.configuration import document
from tests.support.running import running_site
from tests.support.site import Site

THREADS = 20
CODES = 500
RIVALS = 4
FAMILIES = 5
REFRESHES = 6

# The codes are made before the race begins.
LONG_LIVED_CODES = {"slug": "default", "policy": {"code_lifetime": 600}}

UNUSED_TOKENS = """
    SELECT grants.id, count(refresh_tokens.digest) AS number
    FROM grants JOIN refresh_tokens ON refresh_tokens.grant_id = grants.id
    WHERE grants.client_id = :client AND grants.revoked_at IS NULL
        AND refresh_tokens.used_at IS NULL
    GROUP BY grants.id
"""


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """A server of four processes on each database."""
    need(request.param)
    entries = document(tenants=[LONG_LIVED_CODES])
    with running_site(request.param, entries, WEB_CONCURRENCY="4") as running:
        yield running


def codes_of(site: Site, client_id: str, number: int) -> list[str]:
    """Codes of one person, who is logged in already."""
    browser = site.browser()
    return [site.sign_in(client_id, browser=browser).code for _ in range(number)]


def at_once(site: Site, client_id: str, token: str) -> list[httpx2.Response]:
    """The answers to one refresh token that all threads present together."""
    start = Barrier(THREADS)

    def refresh(_number: int) -> httpx2.Response:
        start.wait(timeout=60)
        return site.refresh(token, client_id)

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(refresh, range(THREADS)))


@pytest.mark.req("CD-01", "CD-02", "ST-11", "oidcc-codereuse")
def test_each_of_five_hundred_codes_is_redeemed_once_and_a_second_use_ends_its_tokens(
    site: Site,
) -> None:
    codes = codes_of(site, "web", CODES)
    rivals = [code for code in codes for _ in range(RIVALS)]

    with ThreadPoolExecutor(THREADS) as pool:
        responses = list(pool.map(site.redeem, rivals))

    won = Counter(
        code
        for code, response in zip(rivals, responses, strict=True)
        if response.status_code == 200
    )
    assert won == Counter(codes)
    lost = Counter(
        (response.status_code, response.json()["error"])
        for response in responses
        if response.status_code != 200
    )
    assert lost == {(400, "invalid_grant"): CODES * (RIVALS - 1)}
    assert site.sql(UNUSED_TOKENS, client="web") == []
    tokens = [response.json() for response in responses if response.status_code == 200]
    assert not any(site.is_active(token["access_token"]) for token in tokens[::50])


@pytest.mark.req("RT-02", "1.5")
def test_refreshes_at_once_all_get_the_one_successor(site: Site) -> None:
    token = site.tokens("other", redirect_uri="https://other.example/cb")["refresh_token"]

    for _ in range(REFRESHES):
        responses = at_once(site, "other", token)
        assert {response.status_code for response in responses} == {200}
        (token,) = {response.json()["refresh_token"] for response in responses}

    assert [row["number"] for row in site.sql(UNUSED_TOKENS, client="other")] == [1]


@pytest.mark.req("RT-02")
def test_without_a_retry_window_one_refresh_wins_and_the_family_ends(site: Site) -> None:
    for _ in range(FAMILIES):
        token = site.tokens("strict")["refresh_token"]

        responses = at_once(site, "strict", token)

        statuses = Counter(response.status_code for response in responses)
        assert statuses == {200: 1, 400: THREADS - 1}
    assert site.sql(UNUSED_TOKENS, client="strict") == []


@pytest.mark.req("RT-02", "ST-11")
def test_rivals_that_go_on_from_their_own_token_never_make_two_chains(site: Site) -> None:
    first = [site.tokens("opaque")["refresh_token"] for _ in range(FAMILIES)]

    def go_on(number: int) -> list[int]:
        token, statuses = first[number % FAMILIES], []
        for _ in range(REFRESHES):
            response = site.refresh(token, "opaque")
            statuses.append(response.status_code)
            token = response.json().get("refresh_token", token)
        return statuses

    with ThreadPoolExecutor(THREADS) as pool:
        statuses = [status for part in pool.map(go_on, range(THREADS)) for status in part]

    assert set(statuses) <= {200, 400}
    assert all(row["number"] == 1 for row in site.sql(UNUSED_TOKENS, client="opaque"))
