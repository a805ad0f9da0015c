"""What people see of clients that nobody stands behind (docs/decisions/0012)."""

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.identity.configuration.configuring import alice
from tests.routes.registration.portal import (
    CALLBACK,
    Portal,
    error_of,
)

PAGES = {
    "client_name": "<b>Bank</b>",
    "logo_uri": "https://logos.example/a.png",
    "policy_uri": "https://app.example/policy",
    "tos_uri": "https://app.example/terms",
}


def ask(portal: Portal, made: dict[str, Any], browser: FlaskClient) -> TestResponse:
    parameters = {
        "client_id": made["client_id"],
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid",
    }
    return browser.get("/oauth/authorize", query_string=parameters, follow_redirects=True)


@pytest.mark.req(
    "oidcc-registration-logo-uri", "oidcc-registration-policy-uri", "oidcc-registration-tos-uri"
)
def test_the_login_page_shows_logo_policy_and_terms(portal: Portal) -> None:
    made = portal.post(**PAGES).get_json()

    page = ask(portal, made, portal.browser)

    policy = page.headers["Content-Security-Policy"]
    assert '<img src="https://logos.example/a.png"' in page.text
    assert 'href="https://app.example/policy"' in page.text
    assert 'href="https://app.example/terms"' in page.text
    assert "img-src 'self' data: https://logos.example;" in policy + ";"


@pytest.mark.req("RU-18")
def test_the_logo_of_a_stranger_is_a_picture_of_one_origin_and_learns_no_address(
    portal: Portal,
) -> None:
    made = portal.post(logo_uri="https://Logos.example:443/a.png?x=;script-src").get_json()

    page = ask(portal, made, portal.browser)

    policy = page.headers["Content-Security-Policy"] + ";"
    image = re.search(r"<img [^>]*>", page.text)
    assert "img-src 'self' data: https://logos.example;" in policy
    assert policy.count("logos.example") == 1
    assert image is not None
    assert 'referrerpolicy="no-referrer"' in image[0]


@pytest.mark.req("RU-18")
@pytest.mark.parametrize("host", ["*", "*.example", "a.example;script-src", "a.example,b"])
def test_a_logo_opens_no_more_than_its_origin(portal: Portal, host: str) -> None:
    made = portal.post(logo_uri=f"https://{host}/a.png").get_json()

    page = ask(portal, made, portal.browser)

    assert "img-src 'self' data:;" in page.headers["Content-Security-Policy"] + ";"


@pytest.mark.req("RU-18")
@pytest.mark.parametrize("member", ["logo_uri", "logo_uri#nl"])
def test_the_logo_of_a_stranger_comes_by_https_alone(portal: Portal, member: str) -> None:
    response = portal.post(**{member: "http://logos.example/a.png"})

    assert error_of(response) == (400, "invalid_client_metadata")


def test_a_page_without_a_logo_loads_pictures_from_nowhere(portal: Portal) -> None:
    page = ask(portal, portal.post().get_json(), portal.browser)

    assert "img-src 'self' data:;" in page.headers["Content-Security-Policy"] + ";"


@pytest.mark.req("DR-05", "DR-03")
def test_consent_is_asked_and_says_that_nobody_checked_the_client(portal: Portal) -> None:
    portal.here.apply({"accounts": [alice(password="Correct-Horse-7-Battery")]})
    made = portal.post(**PAGES).get_json()
    client_id = made["client_id"]
    trusted = {**portal.kept(client_id), "consent": "implicit"}
    portal.here.apply({"clients": [trusted]})
    browser = portal.browser
    login = ask(portal, made, browser)
    token = re.search(r'name="csrf_token" value="([^"]+)"', login.text)
    assert token is not None

    page = browser.post(
        login.request.full_path,
        data={
            "csrf_token": token[1],
            "username": "alice",
            "password": "Correct-Horse-7-Battery",
        },
        follow_redirects=True,
    )

    assert page.request.path == "/consent"
    assert "Not verified" in page.text
    assert "&lt;b&gt;Bank&lt;/b&gt;" in page.text
    assert "<b>Bank" not in page.text
    assert "<b>app.example</b>" in page.text
