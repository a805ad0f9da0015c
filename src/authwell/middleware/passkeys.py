"""Forms that ask the browser for a passkey, and what they send."""

from dataclasses import dataclass

import orjson
from flask import Response, jsonify, request
from werkzeug.exceptions import BadRequest

from authwell.identity.passkeys.errors import PasskeyRefused
from authwell.identity.passkeys.party import is_possible
from authwell.middleware.context import authorization_server
from authwell.middleware.headers import allow_fetching

FIELD = "credential"


@dataclass(frozen=True, slots=True)
class PasskeyForm:
    """Where the form gets its options, and where it is posted to."""

    action: str
    options: str


def passkey_form(action: str, options: str) -> PasskeyForm | None:
    """The form for a page of this request; None where browsers make no passkeys."""
    if not is_possible(authorization_server()):
        return None
    allow_fetching()
    return PasskeyForm(action, options)


def posted_credential() -> object:
    """What `navigator.credentials` returned, as the script posts it.

    Raises:
        PasskeyRefused: it is not JSON.
    """
    try:
        return orjson.loads(request.form.get(FIELD, "").encode("utf-8", "replace"))
    except orjson.JSONDecodeError as error:
        raise PasskeyRefused("passkey_unreadable") from error


def options_response(options: object) -> Response:
    """The options of a ceremony; each is for one attempt."""
    response = jsonify(options)
    response.headers["Cache-Control"] = "no-store"
    return response


def no_options() -> BadRequest:
    """Nothing that the script could go on with."""
    return BadRequest("A passkey cannot be used here now. Reload the page.")
