"""What API calls are refused with (RFC 9457), beside what `middleware.errors` answers of itself.

A token that does not open is a problem wherever no blueprint of the protocol says otherwise, so
an endpoint that somebody adds cannot forget it.
"""

from flask import Blueprint, Flask, Response

from authwell.config.settings import Settings
from authwell.identity.configuration.problems import SuperusersOnly
from authwell.middleware.bearer import bearer_error
from authwell.middleware.errors import problem
from authwell.middleware.refusals import log_refusal
from authwell.protocol.errors import BearerError
from authwell.storage.errors import Conflict
from authwell.utils.versions import ChangedMeanwhile


def init_app(app: Flask, _settings: Settings) -> None:
    """Answer bad tokens and keys, other versions, and what only superusers may write."""
    app.register_error_handler(BearerError, unauthorized)
    app.register_error_handler(ChangedMeanwhile, changed_meanwhile)
    app.register_error_handler(SuperusersOnly, superusers_only)


def register(blueprint: Blueprint) -> None:
    """Let the blueprint answer what is no error elsewhere."""
    blueprint.register_error_handler(Conflict, conflict)


def unauthorized(error: BearerError) -> Response:
    """The challenge of RFC 6750 section 3, with a problem for a body."""
    challenge = bearer_error(error).headers["WWW-Authenticate"]
    text = error.description or "Send an access token."
    response = problem(int(error.status), error.code or "missing_token", text)
    response.headers["WWW-Authenticate"] = challenge
    return response


def conflict(_error: Conflict) -> Response:
    """409: somebody else wrote the same thing at the same moment."""
    log_refusal("conflict", "the same thing was written at the same moment")
    return problem(409, "conflict", "Somebody else changed it. Read it and send the request again.")


def superusers_only(error: SuperusersOnly) -> Response:
    """403: it holds more than whoever would change it."""
    log_refusal("forbidden", error.reason)
    return problem(403, "forbidden", error.reason)


def changed_meanwhile(_error: ChangedMeanwhile) -> Response:
    """412: what the caller has seen is not what is there now (RFC 9110 section 13.1.1)."""
    log_refusal("changed_meanwhile", "If-Match names another version")
    text = "Somebody has changed it since you read it. Read it again, then send your change."
    return problem(412, "changed_meanwhile", text)
