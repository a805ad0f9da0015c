"""`/openapi.json` and `/api/v1/openapi.json`: what the first-party API takes and answers."""

from collections.abc import Iterable
from typing import Final

import orjson
from flask import Blueprint, Flask, Response, request

from authwell.middleware.api.openapi import describe
from authwell.middleware.api.operations import Api
from authwell.middleware.context import authorization_server
from authwell.middleware.limits import limit_api

_SERVER: Final = "https://server.invalid"
PATHS: Final = {"/openapi.json": "", "/api/v1/openapi.json": "/api/v1"}


class _Kept:
    """The document, made once for all tenants but for the address that it is for."""

    def __init__(self, parts: Iterable[Api]) -> None:
        self._parts = parts
        self._template: bytes | None = None

    def document(self, server: str) -> bytes:
        if self._template is None:
            self._template = orjson.dumps(describe(self._parts, _SERVER))
        return self._template.replace(orjson.dumps(_SERVER), orjson.dumps(server))


def add_document(app: Flask, parts: Iterable[Api]) -> None:
    """Let the application tell of these parts; the document is made when first asked for."""
    described = tuple(parts)
    kept = _Kept(described)
    blueprint = Blueprint("openapi", __name__)

    @limit_api
    def show() -> Response:
        server = authorization_server().issuer + PATHS[request.path]
        return Response(kept.document(server), mimetype="application/json")

    for path in PATHS:
        blueprint.add_url_rule(path, endpoint="show", view_func=show)
    app.register_blueprint(blueprint)
