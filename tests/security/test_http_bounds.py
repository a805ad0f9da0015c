"""What robots, broken and slow clients send: bounds on bytes, fields and time."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import pytest

from tests.support.checks import refused
from tests.support.configuration import secret_of
from tests.support.raw import exchange, get, post
from tests.support.running import running_site
from tests.support.site import Site, authorization_request, basic

FORM = b"Content-Type: application/x-www-form-urlencoded"


ENDPOINTS = ["token", "introspect", "revoke"]


def credentials() -> bytes:
    """The header line of the service."""
    return b"Authorization: " + basic("service", secret_of("service"))["Authorization"].encode()


@pytest.mark.req("HT-04")
@pytest.mark.parametrize("path", ["oauth/token", "oauth/introspect", "oauth/authorize", "login"])
def test_a_body_over_64_kib_is_refused_fast(site: Site, path: str) -> None:
    begun = time.perf_counter()

    response = site.http.post(
        site.url(path),
        content=b"a=" + b"b" * 70_000,
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )

    assert response.status_code in (400, 404, 405, 413)
    assert time.perf_counter() - begun < 1


@pytest.mark.req("HT-04")
@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (
            b"&".join(b"a%d=1" % number for number in range(9000)),
            b"application/x-www-form-urlencoded",
        ),
        (b"&" * 60000, b"application/x-www-form-urlencoded"),
        (b"[" * 60000, b"application/json"),
        (b'{"a":' * 10000, b"application/json"),
        (
            b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n\r\n" * 900,
            b"multipart/form-data; boundary=x",
        ),
    ],
)
def test_many_fields_and_deep_bodies_are_refused_fast(site: Site, body: bytes, kind: bytes) -> None:
    for path in (b"/oauth/token", b"/oauth/introspect", b"/oauth/authorize", b"/oauth/clients"):
        begun = time.perf_counter()
        response = post(site.issuer, path, body, b"Content-Type: " + kind)
        assert 400 <= response.status < 500
        assert time.perf_counter() - begun < 1


@pytest.mark.req("HT-04")
@pytest.mark.parametrize("server", ["granian", "gunicorn"])
def test_a_body_without_a_length_is_bounded_too(server: str) -> None:
    chunk = b"8000\r\n" + b"a" * 0x8000 + b"\r\n"

    with running_site(SERVER=server) as site:
        lines = [
            b"POST /oauth/introspect HTTP/1.1",
            b"Host: " + urlsplit(site.issuer).netloc.encode(),
            FORM,
            credentials(),
            b"Transfer-Encoding: chunked",
            b"Connection: close",
        ]
        body = b"6\r\ntoken=\r\n" + chunk * 40 + b"0\r\n\r\n"
        response = exchange(site.issuer, b"\r\n".join([*lines, b"", body]))

    assert response.status in (0, 400, 411, 413)


@pytest.mark.req("HT-04")
def test_a_huge_header_or_address_is_refused(site: Site) -> None:
    header = get(site.issuer, b"/health", b"X-Large: " + b"a" * 200_000)
    address = get(site.issuer, b"/oauth/authorize?state=" + b"a" * 200_000)

    assert header.status in (0, 200, 400, 413, 431)
    assert address.status in (0, 400, 413, 414, 431)


@pytest.mark.req("HT-05")
def test_slow_clients_do_not_stop_the_others(site: Site) -> None:
    parts = urlsplit(site.issuer)
    slow = [socket.create_connection((parts.hostname, parts.port)) for _ in range(60)]
    try:
        for connection in slow:
            connection.sendall(b"POST /oauth/token HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n")
        begun = time.perf_counter()
        with ThreadPoolExecutor(4) as pool:
            statuses = list(
                pool.map(lambda _: site.http.get(site.url("health")).status_code, range(8))
            )
        elapsed = time.perf_counter() - begun
    finally:
        for connection in slow:
            connection.close()

    assert statuses == [200] * 8
    assert elapsed < 5


@pytest.mark.req("HT-06", "0.5")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(
    "body",
    [
        b"grant_type=client_credentials&scope=\x00",
        b"grant_type=client_credentials%00",
        b"grant_type=%ff%fe",
        b"\xff\xfe=\xff",
        b"grant_type=%zz",
        b"grant_type=%",
        b"token=%00&token_type_hint=%00",
        b"{}",
        b"",
        b"grant_type",
        b"grant_type=client_credentials&grant_type=client_credentials",
        b"token=a&token=b",
    ],
)
def test_bad_bytes_and_escapes_are_json_errors(site: Site, endpoint: str, body: bytes) -> None:
    response = post(site.issuer, f"/oauth/{endpoint}".encode(), body, FORM, credentials())

    assert response.status in (200, 400, 401)
    assert response.status == 400 or b"token" in body or b"grant_type" in body
    if response.status != 200:
        assert response.headers["content-type"].startswith("application/json")
        assert b"Traceback" not in response.body


@pytest.mark.req("HT-06")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize(
    "kind",
    ["application/json", "text/plain", "multipart/form-data", "application/xml", "\u00e4", ""],
)
def test_a_wrong_content_type_is_invalid_request(site: Site, endpoint: str, kind: str) -> None:
    body = b'{"grant_type":"client_credentials","token":"x"}'
    header = b"Content-Type: " + kind.encode()

    response = post(site.issuer, f"/oauth/{endpoint}".encode(), body, header, credentials())

    assert response.status in (400, 415)
    assert response.headers["content-type"].startswith("application/json")


@pytest.mark.req("HT-06")
@pytest.mark.parametrize("query", [b"%ff", b"client_id=%00", b"state=%zz", b"\x80", b"&&==", b"a%"])
def test_bad_queries_are_local_pages(site: Site, query: bytes) -> None:
    response = get(site.issuer, b"/oauth/authorize?" + query)

    assert response.status == 400
    assert "location" not in response.headers


@pytest.mark.req("HT-10", "0.7")
def test_without_redis_a_stricter_limit_holds_and_says_so() -> None:
    with running_site(
        REDIS_URL="redis://127.0.0.1:1/0",
        RATE_LIMITING_ENABLED="true",
        RATE_LIMIT_PER_IP="20/minute",
    ) as site:
        statuses = [
            site.http.get(site.endpoint("authorize"), params=authorization_request()).status_code
            for _ in range(25)
        ]
        health = site.http.get(site.url("health")).text
        token = site.token("service", grant_type="client_credentials")

        assert 429 in statuses
        assert statuses.index(429) <= 20
        assert token.status_code == 200
        assert "redis" in health.lower()
        assert "redis" in site.server.log().lower()


@pytest.mark.req("HT-11")
@pytest.mark.parametrize(
    "value",
    [
        "a" * 50_000,
        "@" * 50_000,
        "a@" * 25_000,
        "https://" + "a." * 25_000,
        "(" * 50_000,
        " " * 50_000,
    ],
    ids=["a", "at", "a-at", "labels", "brackets", "spaces"],
)
def test_validators_stay_linear(site: Site, value: str) -> None:
    begun = time.perf_counter()

    for name in ("redirect_uri", "scope", "login_hint", "claims", "ui_locales"):
        request = authorization_request() | {name: value}
        response = site.http.post(site.endpoint("authorize"), data=request)
        assert response.status_code < 500

    assert time.perf_counter() - begun < 2


@pytest.mark.req("HT-06", "HT-09")
def test_an_unsupported_grant_type_is_a_plain_refusal(site: Site) -> None:
    assert refused(
        site.token("web", grant_type="\u00e4\u00df\u0000"),
        "unsupported_grant_type",
        "invalid_request",
    )
