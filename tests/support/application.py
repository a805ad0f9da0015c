"""The real application in this process, with a trusted client and an account."""

import re
from base64 import b64encode
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from authwell.app import create_app
from authwell.config.settings import load_settings
from authwell.identity.passwords.hashing import Passwords
from authwell.middleware.context import EXTENSION, Site
from authwell.protocol.model import Event
from authwell.protocol.pkce import challenge_of
from authwell.storage.configuration.edit import Configuration
from authwell.storage.configuration.rows import ClientRecord
from authwell.storage.login.credentials import Credentials
from authwell.storage.people.accounts import AccountRecord, Accounts
from authwell.utils.randomness import new_id

CALLBACK = "http://127.0.0.1:9/cb"
VERIFIER = "v" * 43
SECRET = "s" * 43
PASSWORD = "a password of many words"


@dataclass(frozen=True, slots=True)
class Application:
    """The application and what is in its database."""

    app: Flask
    site: Site

    @property
    def client(self) -> tuple[str, str]:
        """The client's id and secret."""
        return ("web", SECRET)

    def logged_in(self) -> FlaskClient:
        """A browser in which alice has logged in."""
        browser = self.app.test_client()
        page = browser.get("/login").text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token is not None
        form = {"csrf_token": token[1], "username": "alice", "password": PASSWORD}
        assert browser.post("/login", data=form).status_code == 303
        return browser

    def authorize(self, browser: FlaskClient, **changes: str) -> TestResponse:
        """An authorization request."""
        parameters = {
            "client_id": "web",
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid offline_access",
            "state": "s",
            "code_challenge": challenge_of(VERIFIER),
            "code_challenge_method": "S256",
        }
        return browser.get("/oauth/authorize", query_string=parameters | changes)


def make_application(database_url: str, **environ: str) -> Application:
    """The application on a migrated database."""
    settings = load_settings(
        {
            "ENVIRONMENT": "development",
            "ISSUER": "http://localhost",
            "DATABASE_URL": database_url,
            "SECRET_KEY": "0123456789abcdef" * 4,
            "KEY_ENCRYPTION_KEY": b64encode(bytes(range(32))).decode(),
            "RATE_LIMITING_ENABLED": "false",
            **environ,
        }
    )
    app = create_app(settings)
    site: Site = app.extensions[EXTENSION]
    _fill(site)
    return Application(app, site)


def _fill(site: Site) -> None:
    tenant, _ = site.snapshots.current()
    now = datetime.now(UTC)
    metadata = {
        "client_id": "web",
        "redirect_uris": [CALLBACK],
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": "openid profile email offline_access",
        "consent": "implicit",
    }
    with Configuration(site.database).edit(tenant.id, now) as edit:
        secret = site.secrets.keep(SECRET)
        edit.put_client(ClientRecord("web", metadata, now, now, (secret,)))
    account = AccountRecord(
        id=new_id(now),
        tenant_id=tenant.id,
        username="alice",
        username_canonical="alice",
        created_at=now,
        updated_at=now,
    )
    event = Event("account.created", tenant.id, now, account_id=account.id)
    Accounts(site.database).add(account, event)
    hashed = Passwords(parallel=1).hash(PASSWORD)
    event = Event("password.set", tenant.id, now, account_id=account.id)
    Credentials(site.database).set_password(tenant.id, account.id, hashed, event)
