"""A small application with our middleware and none of our routes."""

from types import SimpleNamespace
from typing import Any

from flask import Flask, g
from flask_babel import Babel

from authwell.config.settings import Settings
from authwell.middleware.context import EXTENSION
from authwell.utils.sealing import Sealer

KEY = bytes(range(32))


def application(settings: Settings) -> Flask:
    """An application whose site knows its settings, its sealer and one tenant."""
    app = Flask("authwell", root_path="src/authwell")
    Babel(app)
    app.extensions[EXTENSION] = SimpleNamespace(
        settings=settings, sealer=Sealer(KEY), is_secure=settings.is_https
    )

    @app.before_request
    def tenant() -> None:
        tenant = SimpleNamespace(slug="default", name="Default", people_policy={})
        known: Any = SimpleNamespace(tenant=tenant)
        g.authorization_server = known

    return app
