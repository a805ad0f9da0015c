"""docs/architecture.md tells the truth: the files of its two walks are met in that order."""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask.testing import FlaskClient

from authwell.protocol.pkce import challenge_of
from tests.support.application import CALLBACK, VERIFIER, Application, make_application

SOURCE = Path("src/authwell").resolve()
ARCHITECTURE = Path("docs/architecture.md")


@pytest.fixture
def application(database_url: str) -> Application:
    """The real application with a client and an account that is logged in."""
    return make_application(database_url)


@pytest.mark.req("A10", "0.4")
def test_an_authorization_with_a_session_meets_the_files_in_order(application: Application) -> None:
    browser = application.logged_in()

    met = trace(lambda: application.authorize(browser))

    walk = files_of("authorize")
    assert [name for name in met if name in walk] == walk


@pytest.mark.req("A10")
def test_a_token_request_meets_the_files_in_order(application: Application) -> None:
    browser = application.logged_in()
    location = application.authorize(browser).headers["Location"]
    code = dict(parse_qsl(urlsplit(location).query))["code"]

    met = trace(lambda: redeem(application, browser, code))

    walk = files_of("token")
    assert [name for name in met if name in walk] == walk


def redeem(application: Application, browser: FlaskClient, code: str) -> Any:
    """Redeem the code."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    response = browser.post("/oauth/token", data=form, auth=application.client)
    assert response.status_code == 200, response.text
    return response


def trace(act: Callable[[], Any]) -> list[str]:
    """The files of ours whose functions were called, in the order of their first call."""
    met: dict[str, None] = {}

    def record(frame: FrameType, event: str, _argument: Any) -> None:
        path = Path(frame.f_code.co_filename)
        if event == "call" and SOURCE in path.parents:
            met.setdefault(path.relative_to(SOURCE).as_posix())

    sys.setprofile(record)
    try:
        act()
    finally:
        sys.setprofile(None)
    return list(met)


def files_of(walk: str) -> list[str]:
    """The files that the walk names, in its order."""
    text = ARCHITECTURE.read_text()
    section = re.search(rf"<!-- walk: {walk} -->(.*?)<!-- end -->", text, re.DOTALL)
    assert section is not None
    named = re.findall(r"^\d+\. `([^`]+)`", section[1], re.MULTILINE)
    assert len(named) > 10
    return named


def test_the_challenge_of_the_walk_fits() -> None:
    assert len(challenge_of(VERIFIER)) == 43
