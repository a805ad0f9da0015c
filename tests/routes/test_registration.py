"""Clients that register themselves (OpenID Connect Registration, RFC 7591) and manage it (RFC 7592)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authwell.app import create_app
from tests.conftest import NewDatabase
from tests.identity import configuring
from tests.identity.configuring import NOW, Desk, desk

PATH = "/oauth/register"
CALLBACK = "https://app.example/cb"
OPEN = {"registration": "open"}


@dataclass
class Portal:
    """The endpoint in the hands of a stranger."""

    app: Flask
    here: Desk
    now: datetime = NOW

    @property
    def browser(self) -> FlaskClient:
        return self.app.test_client()

    def policy(self, **policy: Any) -> None:
        self.here.apply({"tenants": [{"slug": "default", "policy": policy}]})

    def post(self, token: str | None = None, **members: Any) -> TestResponse:
        body = {"redirect_uris": [CALLBACK], **members}
        sent = {name: value for name, value in body.items() if value is not ...}
        return self.browser.post(PATH, json=sent, headers=_bearer(token))

    def call(self, method: str, made: dict[str, Any], **more: Any) -> TestResponse:
        token = more.pop("token", made["registration_access_token"])
        path = made["registration_client_uri"].removeprefix("https://id.example")
        path = "/" + path.split("://")[-1].partition("/")[2]
        return self.browser.open(path, method=method, headers=_bearer(token), **more)


def _bearer(token: str | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
def portal(new_database: NewDatabase) -> Iterator[Portal]:
    url = new_database("sqlite")
    here = desk(url)
    settings = configuring.settings(url, RATE_LIMITING_ENABLED="false", LOG_LEVEL="ERROR")
    app = create_app(settings, lambda: NOW)
    yield Portal(app, here)
    here.database.close()


def test_a_client_registers_reads_changes_and_deletes_itself(portal: Portal) -> None:
    portal.policy(**OPEN)

    made = portal.post(client_name="App").get_json()
    read = portal.call("GET", made)
    changed = portal.call(
        "PUT", made, json={"client_id": made["client_id"], "redirect_uris": [CALLBACK + "2"]}
    )
    gone = portal.call("DELETE", changed.get_json())
    after = portal.call("GET", changed.get_json())

    assert made["client_secret_expires_at"] == 0
    assert made["grant_types"] == ["authorization_code"]
    assert read.status_code == 200
    assert read.get_json()["client_name"] == "App"
    assert changed.status_code == 200
    assert changed.get_json()["redirect_uris"] == [CALLBACK + "2"]
    assert "client_name" not in changed.get_json()
    assert gone.status_code == 204
    assert after.status_code == 401
