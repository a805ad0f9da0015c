"""Userinfo answers alike below Flask and by Flask (docs/decisions/0009)."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.conftest import NewDatabase
from tests.middleware.wsgi import Answer
from tests.routes.oauth.test_machine import FORM, Mounts, assert_alike, mounts_of
from tests.support.application import CALLBACK, VERIFIER, make_application

PATH = "/oauth/userinfo"


@pytest.fixture(scope="module")
def person(new_database: NewDatabase) -> tuple[Mounts, str]:
    """An application, and an access token of alice."""
    application = make_application(new_database("sqlite"), TRUSTED_PROXIES="127.0.0.1")
    browser = application.logged_in()
    location = application.authorize(browser).headers["Location"]
    form = {
        "grant_type": "authorization_code",
        "code": parse_qs(urlsplit(location).query)["code"][0],
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    response = browser.post("/oauth/token", data=form, auth=application.client)
    return mounts_of(application.app), response.get_json()["access_token"]


def ask(person: tuple[Mounts, str], body: object = b"", **environ: Any) -> Answer:
    """Ask both mounts, by GET with the token in the header."""
    mounts, token = person
    usual = {"REQUEST_METHOD": "GET", "HTTP_AUTHORIZATION": f"Bearer {token}"}
    return assert_alike(mounts.both(PATH, body, **{**usual, **environ}))


def test_a_person_is_told_alike(person: tuple[Mounts, str]) -> None:
    shown = ask(person, HTTP_X_FAPI_INTERACTION_ID="id-1")
    posted = ask(person, REQUEST_METHOD="POST")

    assert shown.status == posted.status == 200
    assert shown.json() == posted.json()
    assert shown.json()["sub"]
    assert shown.header("Cache-Control") == "no-store"
    assert shown.header("Content-Type") == "application/json"
    assert shown.header("x-fapi-interaction-id") == "id-1"
    assert posted.header("x-fapi-interaction-id") is None


def test_a_token_in_a_form_is_read_alike(person: tuple[Mounts, str]) -> None:
    form = {"access_token": person[1]}

    alone = ask(person, form, REQUEST_METHOD="POST", HTTP_AUTHORIZATION=None)
    doubled = ask(person, form, REQUEST_METHOD="POST")

    assert alone.status == 200
    assert doubled.status == 400


@pytest.mark.parametrize(
    ("status", "changes"),
    [
        (401, {"HTTP_AUTHORIZATION": None}),
        (401, {"HTTP_AUTHORIZATION": "Bearer "}),
        (401, {"HTTP_AUTHORIZATION": "Basic eDp5"}),
        (401, {"HTTP_AUTHORIZATION": "Bearer unknown"}),
        (401, {"HTTP_AUTHORIZATION": "Bearer a.b.c"}),
        (401, {"HTTP_AUTHORIZATION": "Bearer \xe9"}),
        (400, {"QUERY_STRING": "access_token=x"}),
        (400, {"QUERY_STRING": "a=%ff&access%5Ftoken="}),
        (200, {"QUERY_STRING": "a=b"}),
        (200, {"HTTP_X_FAPI_INTERACTION_ID": "x" * 200}),
        (200, {"HTTP_X_FAPI_INTERACTION_ID": "a\x07b"}),
        (200, {"CONTENT_TYPE": FORM}),
        (405, {"REQUEST_METHOD": "PUT"}),
    ],
)
def test_odd_requests_are_answered_alike(
    person: tuple[Mounts, str], status: int, changes: Mapping[str, Any]
) -> None:
    answer = ask(person, **changes)

    assert answer.status == status


def test_its_head_is_that_of_flask(person: tuple[Mounts, str]) -> None:
    answer = ask(person, REQUEST_METHOD="HEAD")

    assert (answer.status, answer.body) == (200, b"")
