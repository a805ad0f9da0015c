"""Errors that no view handles: their shapes, and that they show nothing of the inside."""

import pytest
from flask import Flask, abort, redirect
from flask.testing import FlaskClient
from sqlalchemy import create_engine, text
from sqlalchemy.pool import QueuePool
from werkzeug.wrappers import Response

from authwell.middleware import csrf, errors
from authwell.middleware.errors import Problem
from authwell.protocol.ports import StorageUnavailable
from tests.middleware.application import application
from tests.middleware.wsgi import settings

BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PROGRAM = {"Accept": "application/json"}


def client() -> FlaskClient:
    configuration = settings(ISSUER="http://localhost:5000")
    app: Flask = application(configuration)
    csrf.init_app(app, configuration)
    errors.init_app(app, configuration)
    app.add_url_rule("/oauth/token", view_func=fault, methods=["POST"])
    for view in (fault, away, database, pool, refused, teapot, moved):
        app.add_url_rule(f"/{view.__name__}", view_func=view)
    return app.test_client()


def fault() -> str:
    raise RuntimeError("secret of the inside: SELECT 1")


def away() -> str:
    raise StorageUnavailable("db.internal.host")


def database() -> str:
    with create_engine("postgresql+psycopg2://u:p@127.0.0.1:1/x").connect() as connection:
        return str(connection.execute(text("SELECT 1")))


def pool() -> str:
    engine = create_engine(
        "sqlite://", poolclass=QueuePool, pool_size=1, max_overflow=0, pool_timeout=0.01
    )
    with engine.connect(), engine.connect():
        return "never"


def refused() -> str:
    raise Problem(409, "username_taken", "Choose another user name.", errors={"username": "taken"})


def teapot() -> str:
    abort(418)


def moved() -> Response:
    return redirect("/other", 308)


@pytest.mark.req("HT-12", "M14")
@pytest.mark.parametrize("headers", [BROWSER, PROGRAM, {}])
def test_a_fault_shows_nothing_of_the_inside(headers: dict[str, str]) -> None:
    response = client().get("/fault", headers=headers)

    assert response.status_code == 500
    for word in ("secret", "SELECT", "Traceback", "RuntimeError", ".py"):
        assert word not in response.text


@pytest.mark.req("M14")
def test_a_person_gets_a_page_with_the_code() -> None:
    response = client().get("/nothing/here", headers=BROWSER)

    assert response.status_code == 404
    assert response.mimetype == "text/html"
    assert "not_found" in response.text
    assert "invalid" in response.text.lower() or "error" in response.text.lower()


@pytest.mark.req("M14")
def test_a_program_gets_a_problem() -> None:
    response = client().get("/users/unknown")

    assert response.status_code == 404
    assert response.mimetype == "application/problem+json"
    assert response.json is not None
    assert {"type", "title", "status", "detail", "code", "request_id"} <= response.json.keys()
    assert response.json["code"] == "not_found"


@pytest.mark.req("HT-06", "HT-12", "BR-14")
def test_an_oauth_endpoint_answers_in_the_shape_of_the_standard() -> None:
    response = client().post("/oauth/token", headers=BROWSER)

    assert response.status_code == 500
    assert response.mimetype == "application/json"
    assert response.json is not None
    assert response.json["error"] == "server_error"
    assert response.headers["Cache-Control"] == "no-store"


@pytest.mark.req("HT-07")
@pytest.mark.parametrize("path", ["/oauth/token", "/fault"])
def test_a_wrong_method_is_405_with_allow(path: str) -> None:
    response = client().delete(path, headers=PROGRAM)

    assert response.status_code == 405
    assert response.headers["Allow"]
    assert response.is_json


@pytest.mark.req("ST-02", "ST-06")
@pytest.mark.parametrize("path", ["/away", "/database", "/pool"])
@pytest.mark.parametrize("headers", [BROWSER, PROGRAM, {}])
def test_a_database_that_is_away_is_503_with_retry_after(
    path: str, headers: dict[str, str]
) -> None:
    response = client().get(path, headers=headers)

    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert "internal" not in response.text


def test_a_refusal_of_an_api_keeps_its_members() -> None:
    response = client().get("/refused", headers=BROWSER)

    assert response.status_code == 409
    assert response.json is not None
    assert response.json["code"] == "username_taken"
    assert response.json["errors"] == {"username": "taken"}


def test_a_status_without_a_text_of_ours_keeps_its_status() -> None:
    assert client().get("/teapot", headers=BROWSER).status_code == 418


def test_a_redirect_stays_a_redirect() -> None:
    response = client().get("/moved")

    assert (response.status_code, response.headers["Location"]) == (308, "/other")
