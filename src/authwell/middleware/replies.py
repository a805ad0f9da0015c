"""Sending by Flask what was decided: an authorization response, a machine endpoint's answer."""

from flask import Response

from authwell.middleware.calls import Answer
from authwell.middleware.pages import below, render
from authwell.protocol.authorization.response_modes import FormPost, Redirect


def reply(answer: Redirect | FormPost) -> Response:
    """303, so that nothing that was posted travels on (RFC 9700 section 4.12); never stored."""
    if isinstance(answer, FormPost):
        return render("form_post.html", action=answer.action, fields=answer.fields)
    return see_other(answer.location)


def see_other(location: str) -> Response:
    """A 303 that no cache keeps and that tells the next page nothing of this one.

    A path is one of the tenant's own pages.
    """
    headers = {
        "Location": below(location),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
    }
    return Response(status=303, headers=headers)


def response_of(answer: Answer) -> Response:
    """A machine endpoint's answer; Flask is not to name a content type where there is none."""
    response = Response(answer.body, answer.status, list(answer.headers))
    if not answer.body:
        del response.headers["Content-Type"]
    return response
