"""Odd requests against each endpoint of a running server: refusals of the right shape, no 5xx."""

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.browser import form_with
from tests.support.configuration import CALLBACK, PASSWORD, client, secret_of
from tests.support.odd import OddRequest, odd_requests
from tests.support.raw import RawResponse, exchange
from tests.support.running import running_site
from tests.support.site import VERIFIER, Site, authorization_request

COUNT = 300

FIELDS: dict[str, tuple[str, str, dict[str, str]]] = {
    "authorize": ("/oauth/authorize", "GET", authorization_request()),
    "authorize by post": ("/oauth/authorize", "POST", authorization_request()),
    "token": (
        "/oauth/token",
        "POST",
        {
            "grant_type": "authorization_code",
            "code": "code_x",
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
            "client_id": "web-post",
            "client_secret": secret_of("web-post"),
        },
    ),
    "refresh": (
        "/oauth/token",
        "POST",
        {
            "grant_type": "refresh_token",
            "refresh_token": "rt_x",
            "scope": "openid",
            "client_id": "web-post",
            "client_secret": secret_of("web-post"),
        },
    ),
    "introspect": (
        "/oauth/introspect",
        "POST",
        {
            "token": "a.b.c",
            "token_type_hint": "access_token",
            "client_id": "web-post",
            "client_secret": secret_of("web-post"),
        },
    ),
    "revoke": (
        "/oauth/revoke",
        "POST",
        {"token": "x", "client_id": "web-post", "client_secret": secret_of("web-post")},
    ),
    "userinfo": ("/oauth/userinfo", "GET", {"schema": "openid"}),
    "userinfo by post": ("/oauth/userinfo", "POST", {"access_token": "a.b.c"}),
    "logout": (
        "/oauth/logout",
        "GET",
        {"id_token_hint": "a.b.c", "post_logout_redirect_uri": CALLBACK, "state": "x"},
    ),
    "logout by post": ("/oauth/logout", "POST", {"id_token_hint": "a.b.c", "client_id": "web"}),
    "jwks": ("/.well-known/jwks.json", "GET", {"a": "b"}),
    "jwks alias": ("/oauth/jwks", "GET", {"a": "b"}),
    "openid metadata": ("/.well-known/openid-configuration", "GET", {"a": "b"}),
    "oauth metadata": ("/.well-known/oauth-authorization-server", "GET", {"a": "b"}),
    "health": ("/health", "GET", {"a": "b"}),
    "home": ("/", "GET", {"a": "b"}),
}

JSON_ONLY = ("/oauth/token", "/oauth/introspect", "/oauth/revoke", "/oauth/clients")


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """The server that gets them all; PostgreSQL takes less text than SQLite does."""
    if request.param == "postgresql":
        request.getfixturevalue("postgresql_url")
    with running_site(request.param) as running:
        yield running


def send(site: Site, request: OddRequest, *more: bytes) -> RawResponse:
    """Send an odd request on a connection of its own."""
    lines = [
        request.method + b" " + request.target + b" HTTP/1.1",
        b"Host: " + urlsplit(site.issuer).netloc.encode(),
        b"Content-Length: " + str(len(request.body)).encode(),
        *request.headers,
        *more,
        b"Connection: close",
    ]
    return exchange(site.issuer, b"\r\n".join([*lines, b"", request.body]))


def complaint(request: OddRequest, response: RawResponse) -> str | None:
    """What is wrong with an answer, if anything."""
    if response.status >= 500:
        return f"{response.status}"
    kind = response.headers.get("content-type", "").partition(";")[0]
    if response.status == 0 or request.method == b"HEAD" or not response.body:
        return None
    if b"Traceback" in response.body or b"<script>alert" in response.body:
        return "shows what it must not"
    if kind.endswith("json"):
        try:
            json.loads(response.body)
        except ValueError:
            return "JSON that is none"
    elif kind == "text/html" and b"</html>" not in response.body:
        return "HTML that is none"
    refused = 400 <= response.status < 500
    path = request.target.partition(b"?")[0].decode()
    if refused and path in JSON_ONLY and "x-request-id" in response.headers and "json" not in kind:
        return f"an error as {kind}"
    return None


def complaints(site: Site, requests: list[OddRequest], *more: bytes) -> list[str]:
    """What was wrong, with the request that shows it."""
    found = []
    for request in requests:
        problem = complaint(request, send(site, request, *more))
        if problem:
            found.append(f"{problem}: {request!r}"[:600])
    return found


@pytest.mark.req("HT-06", "HT-04", "HT-07", "0.5")
@pytest.mark.parametrize("name", FIELDS)
def test_odd_requests_to_an_endpoint_give_no_5xx(site: Site, name: str) -> None:
    path, method, valid = FIELDS[name]

    assert complaints(site, odd_requests(name, COUNT, path, method, valid)) == []


@pytest.mark.req("HT-06", "BR-11")
def test_odd_requests_to_the_login_page_give_no_5xx(site: Site) -> None:
    browser = site.browser()
    form = form_with(site.authorize(browser), "username", "password")
    valid = dict(form.fields) | {"username": "alice", "password": "wrong"}
    target = form.action.removeprefix(site.issuer)
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())

    requests = odd_requests("login", COUNT, target.partition("?")[0], "POST", valid)
    opened = odd_requests("login page", COUNT, target.partition("?")[0], "GET", valid)

    cookie = f"Cookie: {cookies}".encode()
    assert complaints(site, requests, cookie) == []
    assert complaints(site, opened, cookie) == []


@pytest.mark.req("HT-06", "BR-08")
def test_odd_requests_to_the_consent_page_give_no_5xx(site: Site) -> None:
    browser = site.browser()
    page = browser.log_in(site.authorize(browser, "asks", prompt="consent"), "bob", PASSWORD)
    form = form_with(page, "decision")
    valid = dict(form.fields) | {"decision": "allow"}
    target = form.action.removeprefix(site.issuer).partition("?")[0]
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())

    requests = odd_requests("consent", COUNT, target, "POST", valid)

    assert complaints(site, requests, f"Cookie: {cookies}".encode()) == []


@pytest.mark.req("HT-06", "B14", "A12")
@pytest.mark.parametrize(
    "path", ["/oauth/clients", "/oauth/clients/code-only", "/oauth/clients/%00"]
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "GET"])
def test_odd_requests_to_the_clients_api_give_no_5xx(site: Site, path: str, method: str) -> None:
    token = site.client_credentials("admin", scope="admin")
    bearer = f"Authorization: Bearer {token}".encode()
    requests = odd_requests(f"{method} {path}", COUNT // 4, path, method, {"limit": "1"})
    bodies = _odd_json()

    found = complaints(site, requests, bearer)
    for body in bodies if method != "GET" else []:
        request = OddRequest(
            method.encode(), path.encode(), (b"Content-Type: application/json",), body
        )
        found += complaints(site, [request], bearer)

    assert found == []


def _odd_json() -> list[bytes]:
    """Client metadata with every kind of value in every member."""
    values: list[Any] = [
        None,
        True,
        0,
        -1,
        1e300,
        "",
        "\x00",
        "\ud800",
        "x" * 5000,
        [],
        [None],
        {},
        [[]],
        {"a": 1},
    ]
    members = [
        *client("x"),
        "client_uri",
        "logo_uri",
        "access_token_lifetime",
        "profile",
        "unknown",
    ]
    bodies = [json.dumps(client("x") | {name: value}) for name in members for value in values]
    others = [
        "[]",
        "0",
        '"x"',
        "null",
        "{",
        "",
        "[" * 5000,
        '{"client_id":"x","client_id":"y"}',
        "NaN",
    ]
    return [text.encode() for text in [*bodies, *others]]
