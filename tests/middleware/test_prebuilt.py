"""Metadata and keys below Flask, where no error handler of the application is."""

import pytest

from authwell.app import create_app
from authwell.config.settings import load_settings
from authwell.middleware.documents import PATHS
from tests.middleware.wsgi import SECRET
from tests.support.application import make_application


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


@pytest.mark.req("1.9", "BR-13", "DC-02")
@pytest.mark.parametrize("path", sorted(PATHS))
def test_the_prebuilt_answer_is_the_blueprint_s(path: str, database_url: str) -> None:
    application = make_application(
        database_url, ENVIRONMENT="production", ISSUER="https://localhost"
    )
    with application.app.test_request_context(path, base_url="https://localhost"):
        by_blueprint = application.app.full_dispatch_request()

    prebuilt = application.app.test_client().get(path, base_url="https://localhost")

    assert prebuilt.data == by_blueprint.data
    for name, value in prebuilt.headers:
        if name != "X-Request-ID":
            assert by_blueprint.headers[name] == value
    assert "max-age" in prebuilt.headers["Strict-Transport-Security"]
