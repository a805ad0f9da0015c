"""What the API takes and answers: `/openapi.json` for programs, `/docs` and `/redoc` for people.

`DOCS_ENABLED` says whether they are there (REQUIREMENTS.md N5, K26).
"""

from collections.abc import Iterable
from typing import Final

import orjson
from flask import Blueprint, Flask, Response, request, url_for

from authwell.config.settings import Settings
from authwell.middleware.api.openapi import describe
from authwell.middleware.api.operations import Api
from authwell.middleware.context import authorization_server
from authwell.middleware.headers import allow_added_styles, allow_fetching
from authwell.middleware.limits.decorators import limit_api
from authwell.middleware.pages import render

_ISSUER: Final = "https://issuer.invalid"
PATHS: Final = {"/openapi.json": "", "/api/v1/openapi.json": "/api/v1"}


class _Kept:
    """The documents, made once for all tenants but for the address that each is for."""

    def __init__(self, parts: Iterable[Api]) -> None:
        self._parts = tuple(parts)
        self._templates: dict[str, bytes] = {}

    def document(self, issuer: str, prefix: str) -> bytes:
        if prefix not in self._templates:
            self._templates[prefix] = orjson.dumps(describe(self._parts, _ISSUER, prefix))
        return self._templates[prefix].replace(_ISSUER.encode(), orjson.dumps(issuer)[1:-1])


def add_documents(app: Flask, parts: Iterable[Api], settings: Settings) -> None:
    """Let the application tell of these parts; a document is made when it is first asked for."""
    if not settings.docs_enabled:
        return
    kept = _Kept(parts)
    blueprint = Blueprint("openapi", __name__)

    @limit_api
    def show() -> Response:
        document = kept.document(authorization_server().issuer, PATHS[request.path])
        return Response(document, mimetype="application/json")

    for path in PATHS:
        blueprint.add_url_rule(path, endpoint="show", view_func=show)
    blueprint.add_url_rule("/docs", view_func=swagger)
    blueprint.add_url_rule("/redoc", view_func=redoc)
    app.register_blueprint(blueprint)


def swagger() -> Response:
    """Swagger UI, by which operations can be tried out."""
    allow_fetching()
    return _page("api/swagger.html")


def redoc() -> Response:
    """Redoc, which is for reading."""
    allow_fetching()
    allow_added_styles()
    return _page("api/redoc.html")


def _page(template: str) -> Response:
    return render(template, document=url_for("openapi.show"))
