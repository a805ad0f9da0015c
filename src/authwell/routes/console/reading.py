"""Forms of the console, read by the same schemas as bodies of the API."""

from collections.abc import Mapping
from typing import Any

import orjson
from flask_babel import gettext
from marshmallow import Schema

from authwell.identity.configuration.problems import Problem, Refused
from authwell.middleware import errors
from authwell.middleware.api.bodies import load
from authwell.utils.foreign_json import parse_json


def read_form(schema: Schema, typed: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, as the schema reads it.

    Raises:
        Refused: a field does not fit.
    """
    try:
        return load(schema, typed)
    except errors.Problem as error:
        raise Refused(problems_of(error)) from error


def problems_of(error: errors.Problem) -> list[Problem]:
    """What a schema found, by member."""
    told = error.members.get("errors")
    found = told.items() if isinstance(told, dict) else ()
    return [Problem(name, sentences[0]) for name, sentences in found]


def read_json(name: str, text: str) -> dict[str, Any]:
    """The JSON object in a field; an empty field is an empty one.

    Raises:
        Refused: it is none.
    """
    try:
        found = parse_json(text) if text.strip() else {}
    except orjson.JSONDecodeError as error:
        raise Refused([Problem(name, gettext("This is not JSON."))]) from error
    if not isinstance(found, dict):
        raise Refused([Problem(name, gettext("This is not a JSON object."))])
    return found
