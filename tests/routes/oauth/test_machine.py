"""The machine endpoints answer alike below Flask and by Flask (docs/decisions/0009)."""

import json
import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlencode
from wsgiref.types import WSGIApplication

import pytest
from flask import Flask
from prometheus_client import REGISTRY

from authwell.app import create_app
from authwell.config.settings import load_settings
from authwell.middleware.context import EXTENSION, Site
from authwell.middleware.limits import counting as limits
from authwell.middleware.proxy import ProxyGuard
from authwell.routes.oauth.machine import MachineEndpoints
from authwell.storage.configuration.edit import Configuration
from authwell.storage.configuration.rows import ClientRecord
from authwell.utils.logs import configure_logs
from tests.conftest import NewDatabase
from tests.middleware.wsgi import SECRET as KEY
from tests.middleware.wsgi import Answer, call
from tests.support.application import SECRET, make_application

ORIGIN = "https://spa.test"
FORM = "application/x-www-form-urlencoded"
REQUEST_ID = "01990000-request-of-a-proxy"
PATHS = ("/oauth/token", "/oauth/introspect", "/oauth/revoke")
GRANT = {"grant_type": "client_credentials"}


@dataclass(frozen=True, slots=True)
class Mounts:
    """The same application with and without its layer below Flask."""

    app: Flask
    below: WSGIApplication
    by_flask: WSGIApplication

    def both(self, path: str, body: object = b"", **environ: Any) -> tuple[Answer, Answer]:
        """The answers of both mounts to the same request."""
        below, by_flask = (
            call(mount, sent(path, body, **environ)) for mount in (self.below, self.by_flask)
        )
        return below, by_flask


def mounts_of(app: Flask) -> Mounts:
    """Both mounts of an application; the lower one has no Flask to fall back to."""
    site: Site = app.extensions[EXTENSION]
    flask = partial(Flask.wsgi_app, app)
    machine = MachineEndpoints(flask, site, app.extensions[limits.EXTENSION])
    return Mounts(app, ProxyGuard(machine, site.settings), ProxyGuard(flask, site.settings))


def sent(path: str, body: object = b"", **changes: Any) -> dict[str, Any]:
    """A POST of a form by the client `service`; None leaves a member out."""
    encoded = body if isinstance(body, bytes) else urlencode(dict(body)).encode()  # type: ignore[call-overload]
    environ = {
        "REQUEST_METHOD": "POST",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "localhost",
        "HTTP_X_REQUEST_ID": REQUEST_ID,
        "HTTP_AUTHORIZATION": basic("service", SECRET),
        "CONTENT_TYPE": FORM,
        "CONTENT_LENGTH": str(len(encoded)),
        "wsgi.url_scheme": "http",
        "wsgi.input": BytesIO(encoded),
        **changes,
    }
    return {name: value for name, value in environ.items() if value is not None}


def basic(client_id: str, secret: str) -> str:
    return "Basic " + b64encode(f"{client_id}:{secret}".encode()).decode()


@pytest.fixture(scope="module")
def mounts(new_database: NewDatabase) -> Mounts:
    """An application with a service, a monitor and a public client."""
    return made(new_database("sqlite"), TRUSTED_PROXIES="127.0.0.1")


def made(database_url: str, **environ: str) -> Mounts:
    application = make_application(database_url, **environ)
    site = application.site
    secret = site.secrets.keep(SECRET)
    now = datetime.now(UTC)
    tenant, _ = site.snapshots.current()
    with Configuration(site.database).edit(tenant.id, now) as edit:
        for metadata in (
            {"client_id": "service", "grant_types": ["client_credentials"], "scope": "openid"},
            {"client_id": "monitor", "grant_types": [], "introspection": "tenant"},
            {
                "client_id": "spa",
                "redirect_uris": [f"{ORIGIN}/cb"],
                "grant_types": ["authorization_code"],
                "token_endpoint_auth_method": "none",
            },
        ):
            secrets = () if metadata["client_id"] == "spa" else (secret,)
            edit.put_client(ClientRecord(str(metadata["client_id"]), metadata, now, now, secrets))
    site.snapshots.forget()
    return mounts_of(application.app)


def assert_alike(answers: tuple[Answer, Answer]) -> Answer:
    """Assert that they differ in nothing but tokens and times."""
    below, by_flask = answers
    assert below.status == by_flask.status
    assert comparable(below) == comparable(by_flask)
    assert sorted(below.headers) == sorted(by_flask.headers)
    return below


def comparable(answer: Answer) -> object:
    if b"access_token" not in answer.body:
        return answer.body
    return {**answer.json(), "access_token": len(answer.json()["access_token"])}


def access_token(mounts: Mounts) -> str:
    token: str = call(mounts.below, sent("/oauth/token", GRANT)).json()["access_token"]
    return token


@pytest.mark.req("0.4")
def test_a_token_is_issued_alike(mounts: Mounts) -> None:
    answer = assert_alike(mounts.both("/oauth/token", GRANT))

    assert answer.status == 200
    assert answer.header("Cache-Control") == "no-store"
    assert answer.header("X-Content-Type-Options") == "nosniff"
    assert answer.header("X-Request-ID") == REQUEST_ID
    assert answer.json()["token_type"] == "Bearer"


def test_introspection_and_revocation_answer_alike(mounts: Mounts) -> None:
    monitor = {"HTTP_AUTHORIZATION": basic("monitor", SECRET)}
    token = {"token": access_token(mounts)}

    shown = assert_alike(mounts.both("/oauth/introspect", token, **monitor))
    revoked = assert_alike(mounts.both("/oauth/revoke", token))
    hidden = assert_alike(mounts.both("/oauth/introspect", token, **monitor))

    assert shown.json()["active"] is True
    assert (revoked.status, revoked.body) == (200, b"")
    assert revoked.header("Content-Type") is None
    assert hidden.json() == {"active": False}


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"HTTP_AUTHORIZATION": basic("service", "wrong")}, 401),
        ({"HTTP_AUTHORIZATION": basic("nobody", SECRET)}, 401),
        ({"HTTP_AUTHORIZATION": "Bearer x"}, 401),
        ({"HTTP_AUTHORIZATION": "Basic !!!"}, 401),
        ({"HTTP_AUTHORIZATION": None}, 401),
        ({"QUERY_STRING": "grant_type=client_credentials"}, 400),
        ({"CONTENT_TYPE": "application/json"}, 400),
        ({"CONTENT_TYPE": None}, 400),
        ({"CONTENT_LENGTH": None}, 400),
        ({"CONTENT_LENGTH": ""}, 400),
        ({"CONTENT_LENGTH": "0"}, 400),
        ({"CONTENT_LENGTH": "7"}, 400),
        ({"CONTENT_LENGTH": "60000"}, 400),
        ({"CONTENT_LENGTH": "-1"}, 400),
        ({"CONTENT_LENGTH": "99999999"}, 413),
        ({"HTTP_HOST": "other.test"}, 400),
    ],
)
def test_odd_requests_are_refused_alike(
    mounts: Mounts, path: str, changes: Mapping[str, Any], status: int
) -> None:
    answer = assert_alike(mounts.both(path, {**GRANT, "token": "unknown"}, **changes))

    assert answer.status == status


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "changes",
    [
        {"CONTENT_TYPE": f"{FORM.upper()} ; charset=latin-1"},
        {"CONTENT_LENGTH": None, "HTTP_TRANSFER_ENCODING": "chunked"},
        {"wsgi.url_scheme": "https"},
    ],
)
def test_rare_requests_are_taken_alike(
    mounts: Mounts, path: str, changes: Mapping[str, Any]
) -> None:
    answer = assert_alike(mounts.both(path, {**GRANT, "token": "unknown"}, **changes))

    assert answer.status == 200


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"grant_type=client_credentials&grant_type=client_credentials&token=a&token=b",
        b"grant_type=client_credentials&scope=unknown&token=%00",
        b"grant_type=client_credentials&scope=%FF&token=%FF",
        "grant_type=ü&token=ü".encode(),
        b"grant_type=client_credentials&resource=urn:unknown",
        b"client_id=other&grant_type=client_credentials&token=x",
        b"client_secret=x&grant_type=client_credentials&token=x",
        b"&".join(b"a%d=b" % number for number in range(300)),
        b"\x00" * 1000,
    ],
)
def test_odd_bodies_are_refused_alike(mounts: Mounts, path: str, body: bytes) -> None:
    answer = assert_alike(mounts.both(path, body))

    assert answer.status == 400


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "body",
    [
        b"grant_type=unknown&token=a.b.c",
        b"grant_type=authorization_code&code=x&token=awr_x",
    ],
)
def test_other_grants_and_unknown_tokens_are_answered_alike(
    mounts: Mounts, path: str, body: bytes
) -> None:
    answer = assert_alike(mounts.both(path, body))

    assert answer.status == (400 if path == "/oauth/token" else 200)


@pytest.mark.parametrize("path", [*PATHS, "/oauth/token/", "/oauth/tokens"])
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"])
def test_other_methods_are_answered_alike(mounts: Mounts, path: str, method: str) -> None:
    preflight = {"HTTP_ORIGIN": ORIGIN, "HTTP_ACCESS_CONTROL_REQUEST_METHOD": "POST"}

    plain = assert_alike(mounts.both(path, REQUEST_METHOD=method))
    preflighted = assert_alike(mounts.both(path, REQUEST_METHOD=method, **preflight))

    of_ours = 200 if method == "OPTIONS" else 405
    assert plain.status == preflighted.status == (of_ours if path in PATHS else 404)


@pytest.mark.req("BR-12")
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("origin", [ORIGIN, "https://other.test", "null"])
@pytest.mark.parametrize("body", [{}, {**GRANT, "token": "x"}])
def test_other_origins_are_told_alike(
    mounts: Mounts, path: str, origin: str, body: Mapping[str, str]
) -> None:
    answer = assert_alike(mounts.both(path, body, HTTP_ORIGIN=origin))

    may_read = origin == ORIGIN and path != "/oauth/introspect"
    assert answer.header("Access-Control-Allow-Origin") == (ORIGIN if may_read else None)


def test_a_client_beyond_its_limit_is_refused_alike(new_database: NewDatabase) -> None:
    limited = made(new_database("sqlite"), RATE_LIMITING_ENABLED="true", RATE_LIMIT_TOKEN="1/hour")
    access_token(limited)

    below, by_flask = limited.both("/oauth/token", GRANT, HTTP_ORIGIN=ORIGIN)

    assert below.status == by_flask.status == 429
    assert without_seconds(below) == without_seconds(by_flask)
    assert below.json()["error"] == "temporarily_unavailable"


@pytest.mark.req("M4")
def test_a_tenant_beyond_its_limit_is_refused_alike_and_keeps_its_pages(
    new_database: NewDatabase,
) -> None:
    limited = made(
        new_database("sqlite"), RATE_LIMITING_ENABLED="true", RATE_LIMIT_PER_TENANT="1/hour"
    )
    access_token(limited)

    below, by_flask = limited.both("/oauth/introspect", {"token": "x"})

    assert below.status == by_flask.status == 429
    assert '"tenant_machine";q=1;w=3600' in str(below.header("RateLimit-Policy"))
    assert without_seconds(below) == without_seconds(by_flask)
    page = sent("/login", REQUEST_METHOD="GET", CONTENT_LENGTH="0")
    assert call(limited.below, page).status != 429


def without_seconds(answer: Answer) -> tuple[bytes, list[str]]:
    headers = [f"{name}: {value}" for name, value in answer.headers if name != "X-Request-ID"]
    return re.sub(rb"\d+", b"N", answer.body), sorted(re.sub(r"\d+", "N", line) for line in headers)


def test_without_a_database_both_are_unavailable() -> None:
    settings = load_settings(
        {
            "ENVIRONMENT": "development",
            "ISSUER": "http://localhost",
            "SECRET_KEY": KEY,
            "DATABASE_URL": "postgresql://nobody:nothing@127.0.0.1:1/none",
            "RATE_LIMITING_ENABLED": "false",
            "TRUSTED_PROXIES": "127.0.0.1",
        }
    )

    answer = assert_alike(mounts_of(create_app(settings)).both("/oauth/token", GRANT))

    assert answer.status == 503
    assert answer.header("Retry-After")


def test_a_fault_shows_nothing_of_the_inside_in_either(mounts: Mounts) -> None:
    def fails() -> NoReturn:
        raise RuntimeError("secret of the inside")

    site: Site = mounts.app.extensions[EXTENSION]
    mounts.app.extensions[EXTENSION] = replace(site, clock=fails)
    try:
        answer = assert_alike(mounts_of(mounts.app).both("/oauth/token", GRANT))
    finally:
        mounts.app.extensions[EXTENSION] = site

    assert answer.status == 500
    assert answer.json()["error"] == "server_error"
    assert b"inside" not in answer.body


def test_an_endpoint_that_is_switched_off_is_nowhere(new_database: NewDatabase) -> None:
    off = made(
        new_database("sqlite"),
        TRUSTED_PROXIES="127.0.0.1",
        TOKEN_INTROSPECTION_ENABLED="false",
        TOKEN_REVOCATION_ENABLED="false",
    )

    assert assert_alike(off.both("/oauth/introspect", {"token": "x"})).status == 404
    assert assert_alike(off.both("/oauth/revoke", {"token": "x"})).status == 404
    assert assert_alike(off.both("/oauth/token", GRANT)).status == 200


@pytest.mark.req("M11")
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_issuer_of_https_takes_no_secret_in_the_clear(
    new_database: NewDatabase, scheme: str
) -> None:
    secure = made(
        new_database("sqlite"),
        ENVIRONMENT="production",
        ISSUER="https://localhost",
        TRUSTED_PROXIES="127.0.0.1",
    )

    answer = assert_alike(secure.both("/oauth/token", GRANT, **{"wsgi.url_scheme": scheme}))

    assert answer.status == (200 if scheme == "https" else 400)
    assert (answer.header("Strict-Transport-Security") is not None) == (scheme == "https")


@pytest.fixture
def lines(tmp_path: Path) -> Callable[[str], list[dict[str, Any]]]:
    """The lines of an event, which a log that tells of every request has."""
    file = tmp_path / "log"
    configure_logs("INFO", file)
    return lambda event: [
        line
        for text in file.read_text().splitlines()
        if (line := json.loads(text))["event"] == event
    ]


@pytest.mark.req("N3")
@pytest.mark.parametrize("mount", ["below", "by_flask"])
def test_each_answer_is_counted_and_logged(
    mounts: Mounts, mount: str, lines: Callable[[str], list[dict[str, Any]]]
) -> None:
    named = {"endpoint": "oauth_machine.token", "method": "POST", "status": "200"}
    before = REGISTRY.get_sample_value("authwell_requests_total", named) or 0

    call(getattr(mounts, mount), sent("/oauth/token", GRANT))

    assert REGISTRY.get_sample_value("authwell_requests_total", named) == before + 1
    [line] = lines("request")
    assert (line["path"], line["status"]) == ("/oauth/token", 200)
    assert (line["client_id"], line["grant_type"]) == ("service", "client_credentials")


@pytest.mark.parametrize("mount", ["below", "by_flask"])
def test_each_refusal_has_the_line_that_explains_it(
    mounts: Mounts, mount: str, lines: Callable[[str], list[dict[str, Any]]]
) -> None:
    environ = sent("/oauth/token", GRANT, HTTP_AUTHORIZATION=basic("service", "wrong"))

    answer = call(getattr(mounts, mount), environ)

    assert answer.status == 401
    assert answer.header("WWW-Authenticate")
    [line] = lines("refused")
    assert (line["request_id"], line["endpoint"]) == (REQUEST_ID, "/oauth/token")
    assert line["rule"] == "client_authentication"
