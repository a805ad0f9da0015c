"""`/openapi.json` and `/api/v1/openapi.json`: what the first-party API takes and answers."""

from collections.abc import Iterable
from typing import Final

import orjson
from flask import Blueprint, Flask, Response, request

from authwell.middleware.api.openapi import describe
from authwell.middleware.api.operations import Api
from authwell.middleware.context import authorization_server
from authwell.middleware.limits import limit_api

PATHS: Final = {"/openapi.json": "", "/api/v1/openapi.json": "/api/v1"}


def add_document(app: Flask, parts: Iterable[Api]) -> None:
    """Let the application tell of these parts; the document is made when first asked for."""
    described = tuple(parts)
    kept: dict[str, bytes] = {}
    blueprint = Blueprint("openapi", __name__)

    @limit_api
    def show() -> Response:
        server = authorization_server().issuer + PATHS[request.path]
        if server not in kept:
            kept[server] = orjson.dumps(describe(described, server))
        return Response(kept[server], mimetype="application/json")

    for path in PATHS:
        blueprint.add_url_rule(path, endpoint="show", view_func=show)
    app.register_blueprint(blueprint)
