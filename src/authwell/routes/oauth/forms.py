"""Reading parameters from HTTP: the form of a body, or the query, never both."""

from urllib.parse import parse_qsl

from flask import request

from authwell.middleware.calls import Call
from authwell.protocol.clients.authentication import EndpointRequest
from authwell.protocol.errors import InvalidRequest
from authwell.protocol.params import Params

FORM = "application/x-www-form-urlencoded"
MAX_FIELDS = 200


def endpoint_request(call: Call) -> EndpointRequest:
    """The POST to a machine endpoint (RFC 6749 section 3.2).

    Raises:
        InvalidRequest: not a form, not UTF-8, or parameters in the URL.
    """
    if call.query:
        raise InvalidRequest(
            "Send the parameters in the body, not in the URL.", rule="parameters_in_query"
        )
    return EndpointRequest(params=form_of(call), authorization=call.authorization)


def form_of(call: Call) -> Params:
    """The parameters of a call's body.

    Raises:
        InvalidRequest: another content type, or not UTF-8.
    """
    if call.media_type != FORM:
        raise _not_a_form()
    return _parse(call.body)


def form_params() -> Params:
    """The parameters of a form body.

    Raises:
        InvalidRequest: another content type, too large, or not UTF-8.
    """
    if request.mimetype != FORM:
        raise _not_a_form()
    # Kept, because a refusal is asked again on a newer configuration.
    body = request.get_data()
    # Werkzeug cuts a body that came in chunks at the limit, without a word.
    if request.content_length is None and len(body) >= (request.max_content_length or 0):
        raise InvalidRequest("The body is too large.", rule="body_too_large")
    return _parse(body)


def query_params() -> Params:
    """The parameters of the URL.

    Raises:
        InvalidRequest: not UTF-8.
    """
    return _parse(request.query_string)


def _not_a_form() -> InvalidRequest:
    return InvalidRequest(f"The content type must be {FORM}.", rule="content_type")


def _parse(encoded: bytes) -> Params:
    try:
        pairs = parse_qsl(
            encoded.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError as error:
        raise InvalidRequest(
            "The parameters cannot be read: not UTF-8, or too many.", rule="parameters_unreadable"
        ) from error
    return Params(pairs)
