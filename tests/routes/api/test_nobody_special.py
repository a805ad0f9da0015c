"""What a fresh server opens to nobody, and what people see of one another (AU-19, AU-21)."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from authwell.app import create_app
from authwell.config.settings import load_settings
from authwell.middleware.context import EXTENSION, Site
from authwell.protocol.model import Event
from authwell.storage.people.accounts import Accounts
from authwell.utils.randomness import new_id
from tests.parts import databases
from tests.routes.api.talking import Talker

OPENINGS = ("/setup", "/install", "/init", "/admin", "/admin/setup", "/auth/setup", "/bootstrap")
DEFAULTS = ("admin", "administrator", "authwell", "root", "demo", "user", "moderator")
HTTPS = {"base_url": "https://login.example"}


@pytest.fixture
def fresh() -> Iterator[Flask]:
    """A production server that has just been installed."""
    url = databases.create("sqlite")
    settings = load_settings(
        {
            "ENVIRONMENT": "production",
            "ISSUER": "https://login.example",
            "DATABASE_URL": url,
            "SECRET_KEY": "0123456789abcdef" * 4,
            "KEY_ENCRYPTION_KEY": b64encode(bytes(range(32))).decode(),
            "EMAIL_BACKEND": "smtp",
            "SMTP_HOST": "mail.example",
            "EMAIL_FROM": "login@login.example",
            "RATE_LIMITING_ENABLED": "false",
        }
    )
    app = create_app(settings)
    yield app
    app.extensions[EXTENSION].database.close()
    databases.drop(url)


@pytest.mark.req("AU-19")
def test_a_fresh_server_has_no_account_and_no_open_set_up(fresh: Flask) -> None:
    site: Site = fresh.extensions[EXTENSION]
    tenant, _ = site.snapshots.current()
    browser = fresh.test_client()

    assert Accounts(site.database).count(tenant.id) == 0
    for path in OPENINGS:
        assert browser.get(path, **HTTPS).status_code == 404
        assert browser.post(path, json={}, **HTTPS).status_code == 404
    for name in DEFAULTS:
        for password in (name, "password", "Admin123!", ""):
            sent = {"username": name, "password": password}
            answer = browser.post("/auth/login", json=sent, **HTTPS)
            assert answer.status_code in (400, 401), (name, password)


@pytest.mark.req("AU-21", "SE-09")
def test_nobody_sees_others_in_any_list(api: Talker) -> None:
    site = api.application.site
    tenant, _ = site.snapshots.current()
    accounts = Accounts(site.database)
    alice = accounts.find_by_name(tenant.id, "alice")
    assert alice is not None
    bert = replace(alice, id=new_id(), username="bert", username_canonical="bert")
    accounts.add(bert, Event("account.created", tenant.id, alice.created_at, account_id=bert.id))
    token = api.token()
    lists = [
        rule.rule
        for rule in api.application.app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and not rule.arguments
    ]

    answers = {path: api.call("GET", path, token=token) for path in lists}

    assert answers["/sessions"].status_code == answers["/oauth/clients"].status_code == 403
    for path, answer in answers.items():
        assert bert.id not in answer.text, path
        assert "bert" not in answer.text.lower(), path
        assert '"total' not in answer.text, path
