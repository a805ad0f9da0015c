"""Metadata and keys below Flask, where no error handler of the application is."""

import pytest

from authwell.app import create_app
from authwell.config.settings import load_settings
from tests.middleware.wsgi import SECRET


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/oauth/jwks"])
def test_without_a_snapshot_the_documents_are_unavailable(path: str) -> None:
    settings = load_settings(
        {
            "ENVIRONMENT": "development",
            "ISSUER": "http://localhost",
            "SECRET_KEY": SECRET,
            "DATABASE_URL": "postgresql://nobody:nothing@127.0.0.1:1/none",
            "RATE_LIMITING_ENABLED": "false",
        }
    )

    response = create_app(settings).test_client().get(path)

    assert response.status_code == 503
    assert response.headers["Retry-After"]
