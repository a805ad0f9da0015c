"""Reading the bodies of requests to the clients API."""

from collections.abc import Mapping
from typing import Any

import orjson
from flask import request
from marshmallow import Schema, ValidationError

from authwell.identity.configuration.clients import DIGESTS
from authwell.middleware.errors import Problem
from authwell.routes.clients.schemas import READ_ONLY, ClientSchema
from authwell.utils.foreign_json import NO_JSON, parse_json

JSON = ("application/json", "application/merge-patch+json")


def entry() -> dict[str, Any]:
    """The client that the body describes, each value of its type.

    Raises:
        Problem: no JSON object, or a wrong type.
    """
    sent = {name: value for name, value in body().items() if name not in READ_ONLY}
    load(ClientSchema(), sent)
    if DIGESTS in sent:
        raise Problem(400, "unknown_member", f"{DIGESTS} is for `authwell apply` only.")
    return sent


def load(schema: Schema, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a schema.

    Raises:
        Problem: with every finding.
    """
    try:
        loaded: dict[str, Any] = schema.load(sent)
    except ValidationError as error:
        found = [
            {"member": str(name), "code": "invalid_client_metadata", "detail": _sentence(texts)}
            for name, texts in _by_member(error).items()
        ]
        text = f"{found[0]['member']}: {found[0]['detail']}"
        raise Problem(400, "invalid_client_metadata", text, errors=found) from error
    return loaded


def body() -> dict[str, Any]:
    """The JSON object of the body.

    Raises:
        Problem: another content type, or no object.
    """
    if request.mimetype not in JSON:
        raise Problem(415, "unsupported_media_type", "Send the client as application/json.")
    try:
        parsed = parse_json(request.get_data(cache=False))
    except orjson.JSONDecodeError as error:
        raise Problem(400, "malformed_json", NO_JSON) from error
    if not isinstance(parsed, dict):
        raise Problem(400, "malformed_json", "The body must be an object.")
    return parsed


def _by_member(error: ValidationError) -> dict[Any, Any]:
    return error.messages if isinstance(error.messages, dict) else {"": error.messages}


def _sentence(texts: Any) -> str:
    if isinstance(texts, dict):
        return "; ".join(f"{place}: {_sentence(inner)}" for place, inner in texts.items())
    return " ".join(map(str, texts)) if isinstance(texts, list) else str(texts)
