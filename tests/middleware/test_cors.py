"""CLIENTS.md, CORS: who may read our answers from a page of another origin."""

import pytest
from flask import Flask, abort
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authwell.middleware import cors, errors
from tests.middleware.application import application
from tests.middleware.wsgi import settings

SPA = "https://spa.test"
CONSOLE = "https://console.test"


def client() -> FlaskClient:
    configuration = settings(CORS_ORIGINS=CONSOLE)
    app: Flask = application(configuration)
    errors.init_app(app, configuration)
    cors.init_app(app, configuration, {SPA}.__contains__)
    for path, methods in (
        ("/oauth/token", ["POST"]),
        ("/oauth/userinfo", ["GET", "POST"]),
        ("/oauth/revoke", ["POST"]),
        ("/oauth/introspect", ["POST"]),
        ("/oauth/authorize", ["GET"]),
        ("/oauth/clients", ["GET", "POST"]),
        ("/.well-known/jwks.json", ["GET"]),
        ("/login", ["GET"]),
    ):
        app.add_url_rule(path, path, dict, methods=methods)
    app.add_url_rule("/auth/me", "me", lambda: abort(401))
    return app.test_client()


def send(path: str, origin: str | None, method: str = "GET", **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if origin is not None:
        named["Origin"] = origin
    return client().open(path, method=method, headers=named)


@pytest.mark.req("BR-12")
@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/userinfo", "/oauth/revoke"])
def test_the_origin_of_a_public_client_may_read(path: str) -> None:
    response = send(path, SPA, "POST")

    assert response.headers["Access-Control-Allow-Origin"] == SPA
    assert "Origin" in response.headers["Vary"]
    exposed = response.headers["Access-Control-Expose-Headers"]
    assert "WWW-Authenticate" in exposed
    assert "DPoP-Nonce" in exposed


@pytest.mark.req("BR-12", "EP-08")
@pytest.mark.parametrize(
    "origin", ["https://evil.test", "null", "https://spa.test.evil.test", "*", ""]
)
@pytest.mark.parametrize("path", ["/oauth/token", "/oauth/userinfo", "/auth/me", "/oauth/clients"])
def test_another_origin_may_not(path: str, origin: str) -> None:
    response = send(path, origin, "POST")

    assert "Access-Control-Allow-Origin" not in response.headers
    assert "Origin" in response.headers["Vary"]


@pytest.mark.req("EP-08")
@pytest.mark.parametrize("path", ["/oauth/token", "/.well-known/jwks.json", "/auth/me"])
def test_credentials_are_never_allowed(path: str) -> None:
    for origin in (SPA, CONSOLE):
        assert "Access-Control-Allow-Credentials" not in send(path, origin, "POST").headers


def test_errors_can_be_read_too() -> None:
    wrong_method = send("/oauth/token", SPA, "DELETE")
    refused = send("/auth/me", CONSOLE)

    assert (wrong_method.status_code, refused.status_code) == (405, 401)
    assert wrong_method.headers["Access-Control-Allow-Origin"] == SPA
    assert refused.headers["Access-Control-Allow-Origin"] == CONSOLE


def test_a_preflight_names_methods_and_headers() -> None:
    response = send(
        "/oauth/token",
        SPA,
        "OPTIONS",
        Access_Control_Request_Method="POST",
        Access_Control_Request_Headers="authorization,dpop,content-type",
    )

    assert response.status_code == 200
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    allowed = response.headers["Access-Control-Allow-Headers"].lower()
    assert {"authorization", "dpop", "content-type"} <= set(allowed.split(", "))
    assert int(response.headers["Access-Control-Max-Age"]) > 0


def test_a_preflight_of_a_stranger_allows_nothing() -> None:
    response = send(
        "/oauth/token", "https://evil.test", "OPTIONS", Access_Control_Request_Method="POST"
    )

    assert not any(name.startswith("Access-Control") for name, _ in response.headers)


@pytest.mark.parametrize("origin", ["https://anyone.test", None])
def test_metadata_is_for_everyone(origin: str | None) -> None:
    response = send("/.well-known/jwks.json", origin)

    assert response.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("path", ["/oauth/authorize", "/oauth/introspect", "/login"])
def test_pages_and_endpoints_of_servers_are_for_nobody(path: str) -> None:
    for origin in (SPA, CONSOLE):
        assert not any(name.startswith("Access-Control") for name, _ in send(path, origin).headers)


@pytest.mark.req("M8", "K24")
def test_our_apis_are_for_cors_origins() -> None:
    response = send("/oauth/clients", CONSOLE)

    assert response.headers["Access-Control-Allow-Origin"] == CONSOLE
    assert "Access-Control-Allow-Origin" not in send("/oauth/clients", SPA).headers
