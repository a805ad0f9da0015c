"""Request limits on Redis, and without it."""

import base64

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from authwell.config.settings import Settings
from authwell.middleware import errors
from authwell.middleware.limits.charges import check_logins, count_failed_login
from authwell.middleware.limits.counting import init_app, limits
from authwell.middleware.limits.decorators import limit_address, limit_api, limit_page
from tests.middleware.application import application
from tests.middleware.wsgi import settings
from tests.parts.redis import Redis

LIMITED = {
    "RATE_LIMIT_PER_IP": "6/minute",
    "RATE_LIMIT_TOKEN": "4/minute",
    "RATE_LIMITING_DEFAULT": "5 per hour",
    "RATE_LIMIT_LOGIN": "3/minute",
    "WEB_CONCURRENCY": "1",
}


def limited(configuration: Settings) -> Flask:
    app = application(configuration)
    errors.init_app(app, configuration)
    init_app(app, configuration)

    @app.get("/page")
    @limit_page
    def page() -> str:
        return "page"

    @app.get("/other-page")
    @limit_page
    def other_page() -> str:
        return "page"

    @app.get("/api/thing")
    @limit_api
    def thing() -> str:
        return "thing"

    @app.get("/oauth/authorize")
    @limit_address
    def authorize() -> str:
        return "authorize"

    @app.post("/oauth/token")
    def token() -> str:
        sent = request.environ
        limits().charge_machine(sent.get("REMOTE_ADDR"), sent.get("HTTP_AUTHORIZATION"))
        return "token"

    @app.post("/login/<outcome>/<name>")
    def login(outcome: str, name: str) -> str:
        check_logins(name)
        if outcome == "fails":
            count_failed_login(name)
        return outcome

    @app.get("/state")
    def state() -> dict[str, object]:
        return {"limits": limits().state(), "redis": limits().redis_state()}

    return app


def client(**changes: str) -> FlaskClient:
    return limited(settings(**LIMITED, **changes)).test_client()


def passed(flask_client: FlaskClient, path: str, times: int = 12, **options: object) -> int:
    method = flask_client.post if path.startswith(("/oauth/token", "/login")) else flask_client.get
    responses = [method(path, **options) for _ in range(times)]
    assert {response.status_code for response in responses} <= {200, 429}
    return sum(response.status_code == 200 for response in responses)


@pytest.mark.req("M4", "M5", "K48")
def test_pages_have_the_limit_of_an_address_each(redis_url: str) -> None:
    browser = client(REDIS_URL=redis_url)

    assert passed(browser, "/page") == 6
    assert passed(browser, "/other-page") == 6


def test_another_address_has_a_limit_of_its_own() -> None:
    browser = client()
    passed(browser, "/page")

    assert passed(browser, "/page", environ_overrides={"REMOTE_ADDR": "10.0.0.2"}) == 6


@pytest.mark.req("M4", "K23")
def test_apis_have_the_default_limit() -> None:
    assert passed(client(), "/api/thing") == 5


def test_an_address_cannot_escape_by_naming_many_callers() -> None:
    stranger = client()

    statuses = [
        stranger.get("/api/thing", headers={"Authorization": f"Bearer {number}"}).status_code
        for number in range(60)
    ]

    assert statuses.count(200) == 50


def test_an_ipv6_network_of_one_subscriber_is_one_address() -> None:
    browser = client()

    def get(address: str, path: str) -> int:
        return browser.get(path, environ_overrides={"REMOTE_ADDR": address}).status_code

    for path in ("/page", "/oauth/authorize"):
        neighbours = [get(f"2001:db8::{number:x}", path) for number in range(8)]
        mapped = [get(f"::ffff:192.0.2.{number}", path) for number in range(8)]

        assert neighbours.count(200) == 6
        assert mapped.count(200) == 8
        assert get("2001:db8:0:1::1", path) == 200


@pytest.mark.req("K48")
def test_the_authorization_endpoint_has_the_limit_of_an_address() -> None:
    assert passed(client(), "/oauth/authorize") == 6


@pytest.mark.req("K23")
def test_machine_endpoints_are_limited_for_each_client() -> None:
    service = client()
    header = {"Authorization": "Basic " + base64.b64encode(b"service:secret").decode()}
    other = {"Authorization": "Basic " + base64.b64encode(b"other:secret").decode()}

    assert passed(service, "/oauth/token", headers=header) == 4
    assert passed(service, "/oauth/token", headers=other) == 4


def test_an_address_cannot_escape_by_naming_many_clients() -> None:
    stranger = client()

    names = [base64.b64encode(f"c{number}:x".encode()).decode() for number in range(60)]
    statuses = [
        stranger.post("/oauth/token", headers={"Authorization": f"Basic {name}"}).status_code
        for name in names
    ]

    assert statuses.count(200) == 40


@pytest.mark.parametrize(
    "value", ["Basic", "Basic !!!", "Basic w7w=", "Bearer x", "Basic " + "a" * 2000]
)
def test_odd_credentials_are_limited_by_address(value: str) -> None:
    assert passed(client(), "/oauth/token", headers={"Authorization": value}) == 4


@pytest.mark.req("K48")
def test_only_failed_logins_count_and_only_for_that_account() -> None:
    browser = client()

    assert passed(browser, "/login/works/alice", times=10) == 10
    assert passed(browser, "/login/fails/alice", times=10) == 3
    assert passed(browser, "/login/works/alice", times=1) == 0
    assert passed(browser, "/login/works/ALICE ", times=1) == 0
    assert passed(browser, "/login/works/bob", times=10) == 10


@pytest.mark.req("M6")
def test_the_answer_says_when_to_come_back() -> None:
    browser = client()
    passed(browser, "/oauth/token")

    response = browser.post("/oauth/token")

    assert response.status_code == 429
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert response.json is not None
    assert response.json["reason"] == "too_many_requests"


@pytest.mark.req("M6")
def test_a_page_too_many_says_when_to_come_back() -> None:
    browser = client()
    passed(browser, "/page")

    response = browser.get("/page", headers={"Accept": "application/json"})

    assert int(response.headers["Retry-After"]) == 60
    assert response.mimetype == "application/problem+json"


def test_limits_can_be_switched_off() -> None:
    browser = client(RATE_LIMITING_ENABLED="false")

    assert passed(browser, "/page", times=30) == 30
    assert passed(browser, "/oauth/token", times=30) == 30
    assert passed(browser, "/login/fails/alice", times=30) == 30
    assert browser.get("/state").json == {"limits": {"mode": "off"}, "redis": "not_configured"}


@pytest.mark.req("N2")
def test_the_state_names_redis(redis_url: str) -> None:
    assert client(REDIS_URL=redis_url).get("/state").json == {
        "limits": {"mode": "shared", "redis": "ok"},
        "redis": "ok",
    }
    assert client().get("/state").json == {
        "limits": {"mode": "local", "redis": "not_configured"},
        "redis": "not_configured",
    }


@pytest.mark.req("HT-10", "M5", "K9")
def test_a_lost_redis_makes_limits_stricter(own_redis: Redis) -> None:
    browser = client(REDIS_URL=own_redis.url)
    assert passed(browser, "/page", times=1) == 1

    own_redis.stop()
    lost = client(REDIS_URL=own_redis.url)

    assert passed(lost, "/page") == 3
    assert passed(lost, "/oauth/authorize") == 3
    assert passed(browser, "/page") <= 6
    assert lost.get("/state").json == {
        "limits": {"mode": "local, stricter", "redis": "unavailable"},
        "redis": "unavailable",
    }
