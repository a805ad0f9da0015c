"""The registration endpoint in the hands of a stranger."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from authwell.identity.clients import initial_access
from authwell.identity.clients.initial_access import Wish
from authwell.models.audit import audit_events
from authwell.storage.statements import Statement
from tests.identity.configuration.configuring import NOW, Desk
from tests.support.assertions import new_key

PATH = "/oauth/register"
CALLBACK = "https://app.example/cb"
OPEN = {"registration": "open"}
CLASSIC = {"profiles": ["oauth21", "oidc_classic"]}
EVENTS = Statement(select(audit_events).order_by(audit_events.c.id))
TRUSTED = "https://trusted.example"
KEY = new_key("ES256")


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

    def token(self, **wish: Any) -> str:
        state = self.here.configurator.state()
        lasting = Wish(timedelta(hours=1), **wish)
        return initial_access.create(self.here.database, state, lasting, self.here.author)[1]

    def kept(self, client_id: str) -> dict[str, Any]:
        return dict(self.here.configurator.client(client_id).metadata)

    def events(self, client_id: str) -> list[str]:
        rows = self.here.database.all(EVENTS, {})
        return [row.type for row in rows if row.client_id == client_id]

    def post(self, token: str | None = None, **members: Any) -> TestResponse:
        body = {"redirect_uris": [CALLBACK], **members}
        sent = {name: value for name, value in body.items() if value is not ...}
        return self.browser.post(PATH, json=sent, headers=_bearer(token))

    def call(self, method: str, made: dict[str, Any], **more: Any) -> TestResponse:
        token = more.pop("token", made["registration_access_token"])
        path = urlsplit(made["registration_client_uri"]).path
        return self.browser.open(path, method=method, headers=_bearer(token), **more)


def _bearer(token: str | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token}"}


def error_of(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]
