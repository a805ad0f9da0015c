"""Tests switch limits as they need them, and what is refused says by which limit (M4 to M7)."""

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from authwell.middleware import errors
from authwell.middleware.limits import counting as limits
from authwell.middleware.limits.decorators import conditional_limit, limit_api, limit_page
from authwell.middleware.limits.switch import (
    disable_test_rate_limits,
    enable_test_rate_limits,
    follow_settings,
    reset_rate_limit_wrappers,
)
from tests.middleware.application import application
from tests.middleware.wsgi import settings
from tests.parts.redis import Redis


@pytest.fixture(autouse=True)
def settings_rule_again() -> Iterator[None]:
    yield
    follow_settings()


def client(**changes: str) -> FlaskClient:
    configuration = settings(WEB_CONCURRENCY="1", **changes)
    app = application(configuration)
    errors.init_app(app, configuration)
    limits.init_app(app, configuration)
    _add_views(app)
    return app.test_client()


def _add_views(app: Flask) -> None:
    @app.get("/api/own")
    @conditional_limit("3/minute")
    def own() -> str:
        return "own"

    @app.get("/api/thing")
    @limit_api
    def thing() -> str:
        return "thing"

    @app.get("/page")
    @limit_page
    def page() -> str:
        return "page"


def passed(browser: FlaskClient, path: str, **headers: str) -> int:
    answers = [browser.get(path, headers=headers).status_code for _ in range(8)]
    assert set(answers) <= {200, 429}
    return answers.count(200)


@pytest.mark.req("M7", "M4")
def test_a_route_has_a_limit_of_its_own_for_each_caller() -> None:
    browser = client()

    assert passed(browser, "/api/own", Authorization="Bearer one") == 3
    assert passed(browser, "/api/own", Authorization="Bearer two") == 3


@pytest.mark.req("M7")
def test_limits_are_off_until_a_test_switches_them_on() -> None:
    browser = client(RATE_LIMITING_ENABLED="false")

    before = passed(browser, "/api/own")
    enable_test_rate_limits()
    during = passed(browser, "/api/own")
    disable_test_rate_limits()
    after = passed(browser, "/api/own")

    assert (before, during, after) == (8, 3, 8)


@pytest.mark.req("M7")
def test_what_was_counted_is_forgotten_when_a_test_says_so() -> None:
    browser = client(RATE_LIMIT_PER_IP="2/minute")
    assert (passed(browser, "/api/own"), passed(browser, "/page")) == (3, 2)

    reset_rate_limit_wrappers()

    assert (passed(browser, "/api/own"), passed(browser, "/page")) == (3, 2)


@pytest.mark.req("M7", "M5")
def test_switching_on_begins_anew_in_redis_too(redis_url: str) -> None:
    browser = client(REDIS_URL=redis_url, RATE_LIMIT_PER_IP="2/minute")
    enable_test_rate_limits()
    passed(browser, "/page")

    enable_test_rate_limits()

    assert passed(browser, "/page") == 2


@pytest.mark.req("M7", "M5")
def test_a_redis_that_is_away_keeps_no_others_from_beginning_anew(own_redis: Redis) -> None:
    without = client(REDIS_URL=own_redis.url)
    own_redis.stop()
    browser = client(RATE_LIMIT_PER_IP="2/minute")
    passed(browser, "/page")

    reset_rate_limit_wrappers()

    assert passed(browser, "/page") == 2
    assert without.get("/page").status_code == 200


@pytest.mark.req("M4")
def test_a_tenant_has_a_limit_whoever_asks() -> None:
    browser = client(RATE_LIMIT_PER_TENANT="4/minute")

    by_callers = [
        browser.get("/api/thing", headers={"Authorization": f"Bearer {number}"}).status_code
        for number in range(6)
    ]

    assert by_callers.count(200) == 4
    assert browser.get("/page").status_code == 429


@pytest.mark.req("M6", "HT-10")
@pytest.mark.parametrize(
    ("path", "policy"),
    [
        ("/api/own", '"view:own";q=3;w=60'),
        ("/page", '"page";q=2;w=60'),
        ("/api/thing", '"api";q=1;w=3600'),
    ],
)
def test_the_answer_names_the_limit_and_when_to_come_back(path: str, policy: str) -> None:
    browser = client(RATE_LIMIT_PER_IP="2/minute", RATE_LIMITING_DEFAULT="1 per hour")
    passed(browser, path)

    answer = browser.get(path)

    name = policy.partition(";")[0]
    seconds = answer.headers["Retry-After"]
    assert answer.status_code == 429
    assert answer.headers["RateLimit-Policy"] == policy
    assert answer.headers["RateLimit"] == f"{name};r=0;t={seconds}"
