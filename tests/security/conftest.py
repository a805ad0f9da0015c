"""The sites that are attacked. Each lives as long as the run; tests bring their own people."""

from collections.abc import Iterator

import pytest

from tests.support.administration import Administration
from tests.support.configuration import account, document
from tests.support.running import running_site
from tests.support.site import Site

SPARE_PEOPLE = 24


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """A site on SQLite, with people to spare."""
    people = [account(f"spare-{number}") for number in range(SPARE_PEOPLE)]
    with running_site(entries=document(accounts=people)) as running:
        yield running


@pytest.fixture(scope="session")
def spare_people() -> Iterator[str]:
    """The user names that no test has taken yet."""
    return iter([f"spare-{number}" for number in range(SPARE_PEOPLE)])


@pytest.fixture
def person(spare_people: Iterator[str]) -> str:
    """Somebody of the site on SQLite whom only this test knows."""
    return next(spare_people)


@pytest.fixture(scope="session")
def postgresql_site(postgresql_url: str) -> Iterator[Site]:
    """A site on PostgreSQL with two workers."""
    assert postgresql_url
    with running_site("postgresql", WEB_CONCURRENCY="2") as running:
        yield running


@pytest.fixture(params=["site", "postgresql_site"])
def any_site(request: pytest.FixtureRequest) -> Site:
    """The same attack on both databases."""
    chosen: Site = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture(scope="session")
def redis_site(redis_url: str) -> Iterator[Site]:
    """A site with Redis."""
    with running_site(REDIS_URL=redis_url) as running:
        yield running


@pytest.fixture(scope="session")
def limited_site(redis_url: str) -> Iterator[Site]:
    """A site with its request limits, behind a trusted proxy."""
    with running_site(
        REDIS_URL=redis_url,
        RATE_LIMITING_ENABLED="true",
        RATE_LIMIT_TOKEN="100/minute",
        TRUSTED_PROXIES="127.0.0.1",
    ) as running:
        yield running


@pytest.fixture(scope="session")
def short_lived_site() -> Iterator[Site]:
    """A site whose access tokens live for a second."""
    policy = {"slug": "default", "policy": {"access_token_lifetime": 1}}
    with running_site(entries=document(tenants=[policy])) as running:
        yield running


@pytest.fixture(scope="session")
def tls_site() -> Iterator[Site]:
    """A site with an https issuer behind a trusted proxy, in production."""
    with running_site(
        behind="https://login.example",
        ENVIRONMENT="production",
        TRUSTED_PROXIES="127.0.0.1",
    ) as running:
        yield running


@pytest.fixture(scope="session")
def administration(site: Site) -> Administration:
    """The administrator of the site on SQLite."""
    return Administration(site)
