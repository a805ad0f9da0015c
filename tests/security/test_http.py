"""HTTP itself: forwarded headers, framing, paths, methods, banners and error pages."""

import select
import socket
from http.client import HTTPResponse
from urllib.parse import urlsplit

import pytest

from tests.support.raw import exchange, get, post
from tests.support.running import running_site
from tests.support.site import Site

FORM = b"Content-Type: application/x-www-form-urlencoded"


ENDPOINTS = ["token", "introspect", "revoke"]


@pytest.mark.req("HT-01", "0.9")
def test_forwarded_addresses_count_from_trusted_proxies_only(site: Site) -> None:
    for header in (b"X-Forwarded-For: 127.0.0.1", b"Forwarded: for=127.0.0.1", b"X-Real-IP: ::1"):
        assert get(site.issuer, b"/health", header).status == 200
    browser = site.browser()
    browser.headers = {"X-Forwarded-For": "203.0.113.77", "Forwarded": "for=203.0.113.77"}
    site.sign_in(browser=browser)

    rows = site.sql("SELECT address FROM sessions")

    assert not any("203.0.113.77" in str(row["address"]) for row in rows)


@pytest.mark.req("HT-01", "0.9")
def test_the_forwarded_address_of_a_trusted_proxy_is_used(tls_site: Site) -> None:
    tls_site.sign_in()

    rows = tls_site.sql("SELECT address FROM sessions")

    assert {str(row["address"]) for row in rows} == {"192.0.2.10"}


@pytest.mark.req("HT-01")
@pytest.mark.parametrize("value", ["nonsense", "192.0.2.1, x", "' OR 1", "1" * 4000])
def test_an_unreadable_forwarded_address_is_no_crash(tls_site: Site, value: str) -> None:
    response = tls_site.http.get(tls_site.url("health"), headers={"X-Forwarded-For": value})

    assert response.status_code in (200, 400, 431)


@pytest.mark.req("HT-02")
@pytest.mark.parametrize("server", ["granian", "gunicorn"])
def test_a_request_has_one_length(server: str) -> None:
    head = b"POST /oauth/token HTTP/1.1\r\nHost: localhost\r\n" + FORM + b"\r\n"
    both = head + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
    two = head + b"Content-Length: 4\r\nContent-Length: 5\r\n\r\na=b&c"
    odd = head + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"
    smuggled = both + b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"

    with running_site(SERVER=server) as site:
        host = urlsplit(site.issuer).netloc.encode()
        answers = [
            exchange(site.issuer, request.replace(b"Host: localhost", b"Host: " + host), 3)
            for request in (both, two, odd, smuggled)
        ]

    assert all(answer.status in (0, 400, 401, 501) for answer in answers)
    assert not any(b'"status"' in answer.body for answer in answers)


@pytest.mark.req("HT-03")
@pytest.mark.parametrize(
    "path",
    [
        b"/oauth/..;/oauth/clients",
        b"/oauth/../oauth/clients",
        b"/%6fauth/clients/..",
        b"/oauth//clients",
        b"//oauth/clients",
        b"/oauth/clients.",
        b"/oauth/clients;x=1",
        b"/oauth/clients%2f",
        b"/oauth/clients%00",
        b"/OAUTH/CLIENTS",
        b"/oauth/clients/%2e%2e/token",
        b"/static/../../../../etc/passwd",
        b"/static/..%2f..%2f..%2fetc/passwd",
        b"/static/%2e%2e/%2e%2e/app.py",
    ],
)
def test_a_path_has_one_form(site: Site, path: bytes) -> None:
    response = get(site.issuer, path)

    assert response.status in (400, 401, 404, 308)
    assert b"root:" not in response.body
    if response.status == 308:
        assert response.headers["location"].startswith((site.issuer, "/oauth"))


@pytest.mark.req("HT-03")
@pytest.mark.parametrize(
    "header",
    [b"X-HTTP-Method-Override: DELETE", b"X-Method-Override: DELETE", b"X-HTTP-Method: PUT"],
)
def test_no_header_changes_the_method(site: Site, header: bytes) -> None:
    response = post(site.issuer, b"/oauth/token?_method=DELETE", b"_method=DELETE", FORM, header)

    assert response.status in (400, 401)


@pytest.mark.req("HT-07")
@pytest.mark.parametrize("endpoint", ENDPOINTS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH"])
def test_a_wrong_method_is_405_with_allow(site: Site, endpoint: str, method: str) -> None:
    response = site.http.request(method, site.endpoint(endpoint))

    assert response.status_code == 405
    assert "POST" in response.headers["allow"]


@pytest.mark.req("HT-07")
@pytest.mark.parametrize("method", [b"TRACE", b"TRACK", b"DEBUG", b"CONNECT", b"get", b"PROPFIND"])
def test_odd_methods_are_refused(site: Site, method: bytes) -> None:
    for path in (b"/", b"/oauth/token", b"/oauth/authorize", b"/.well-known/jwks.json"):
        response = get(site.issuer, path, b"X-Secret: 123", method=method)
        assert response.status in (0, 400, 404, 405, 501)
        assert b"X-Secret" not in response.body


@pytest.mark.req("HT-08")
def test_there_is_no_debugger_and_no_banner(site: Site) -> None:
    for path in (
        "?__debugger__=yes&cmd=resource&f=style.css",
        "debug",
        ".env",
        ".git/HEAD",
    ):
        response = site.http.get(site.url(path))
        assert "debugger" not in response.text.lower()
        assert response.status_code in (200, 404)
        banner = response.headers.get("server", "").lower()
        assert not any(word in banner for word in ("werkzeug", "python", "/"))
        assert "x-powered-by" not in response.headers


@pytest.mark.req("HT-08", "N3")
def test_metrics_are_for_those_allowed(tls_site: Site) -> None:
    stranger = tls_site.http.get(tls_site.url("metrics"))
    local = get(f"http://127.0.0.1:{tls_site.server.port}", b"/metrics")

    assert stranger.status_code in (403, 404)
    assert local.status == 200
    assert b"# HELP" in local.body


@pytest.mark.req("HT-12", "0.5")
def test_an_error_page_shows_a_request_id_and_nothing_of_the_inside(site: Site) -> None:
    response = site.authorize(site.browser(), "nobody")

    identifier = response.headers["x-request-id"]
    assert identifier in response.text
    for word in ("Traceback", "sqlalchemy", "SELECT", ".py", "/work", "site-packages"):
        assert word not in response.text


@pytest.mark.req("HT-12", "RT-08")
def test_a_fault_inside_shows_nothing() -> None:
    with running_site() as site:
        site.sql("ALTER TABLE refresh_tokens RENAME TO hidden")
        response = site.token("web", grant_type="refresh_token", refresh_token="rt_" + "A" * 43)

        assert response.status_code in (500, 503)
        assert response.headers["content-type"].startswith("application/json")
        for word in ("refresh_tokens", "sqlite", "Traceback", "SELECT"):
            assert word not in response.text
        assert response.headers["x-request-id"]


@pytest.mark.req("HT-06")
def test_a_refusal_waits_for_the_body_and_leaves_the_connection_usable(site: Site) -> None:
    address = urlsplit(site.issuer)
    head = (
        f"POST /oauth/token HTTP/1.1\r\nHost: {address.netloc}\r\n"
        "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n"
    )

    answers = []
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        for _ in range(3):
            connection.sendall(head.encode())
            # The body is late: an answer that did not wait for it would end the connection.
            early, _, _ = select.select([connection], [], [], 0.2)
            connection.sendall(b"{}")
            response = HTTPResponse(connection)
            response.begin()
            response.read()
            answers.append((early, response.status))

    assert answers == [([], 400)] * 3
