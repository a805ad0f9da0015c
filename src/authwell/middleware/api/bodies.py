"""Reading requests to the first-party API: JSON, or a form where a document asks for it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import orjson
from flask import request
from marshmallow import Schema, ValidationError
from werkzeug.datastructures import MultiDict

from authwell.middleware.application import ZeroCharacter
from authwell.middleware.errors import Problem
from authwell.utils.foreign_json import NO_JSON, parse_json

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"


def read_body(schema: Schema, *, forms: bool, without: str | None = None) -> dict[str, Any]:
    """The members of the body, each of its type.

    Args:
        schema: what may be in it; anything else is refused (THREATS.md AU-14).
        forms: whether it may be a form.
        without: a member that somebody else has read.

    Raises:
        Problem: another media type, no JSON object, or a member that does not fit.
    """
    if request.mimetype == JSON:
        return load(schema, _without(without, _json()))
    if forms and request.mimetype == FORM:
        return load(schema, _without(without, _form()))
    if not request.content_length and not request.mimetype:
        return load(schema, {})
    wanted = f"{JSON} or {FORM}" if forms else JSON
    raise Problem(415, "unsupported_media_type", f"Send the body as {wanted}.")


def read_query(schema: Schema) -> dict[str, Any]:
    """The parameters of the URL.

    Raises:
        Problem: one does not fit, is unknown or is repeated.
    """
    return load(schema, _singles(lambda: request.args))


def load(schema: Schema, sent: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a schema.

    Raises:
        Problem: with every finding, by member.
    """
    try:
        loaded: dict[str, Any] = schema.load(sent)
    except ValidationError as error:
        raise invalid(dict(_sentences(error.messages))) from error
    return loaded


def invalid(errors: Mapping[str, list[str]]) -> Problem:
    """The refusal of a request whose members do not fit."""
    member, sentences = next(iter(errors.items()))
    return Problem(400, "invalid_request", f"{member}: {sentences[0]}", errors=dict(errors))


def _without(name: str | None, sent: Mapping[str, Any]) -> dict[str, Any]:
    return {member: value for member, value in sent.items() if member != name}


def _json() -> dict[str, Any]:
    try:
        parsed = parse_json(request.get_data(cache=False))
    except orjson.JSONDecodeError as error:
        raise Problem(400, "malformed_json", NO_JSON) from error
    if not isinstance(parsed, dict):
        raise Problem(400, "malformed_json", "The body must be an object.")
    return parsed


def _form() -> dict[str, str]:
    return _singles(lambda: request.form)


def _singles(sent: Callable[[], MultiDict[str, str]]) -> dict[str, str]:
    """One value for each name (RFC 6749 section 3.2 says so of forms; it is as good here)."""
    try:
        lists = sent().lists()
    except ZeroCharacter as error:
        raise invalid(
            {name[:100]: ["It has the character U+0000."] for name in error.names}
        ) from error
    values = {}
    for name, found in lists:
        if len(found) != 1:
            raise invalid({name[:100]: ["It is repeated."]})
        values[name] = found[0]
    return values


def _sentences(messages: Any, path: str = "") -> Iterator[tuple[str, list[str]]]:
    """The findings of a schema by the path of the member, however deep."""
    if isinstance(messages, dict):
        for name, inner in messages.items():
            # Names of unknown members are the sender's.
            step = str(name)[:100]
            yield from _sentences(inner, f"{path}.{step}" if path else step)
    else:
        yield path, [str(message) for message in messages]
