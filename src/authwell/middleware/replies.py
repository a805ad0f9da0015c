"""Sending an authorization response: a redirect, or a page that posts itself."""

from flask import Response, redirect

from authwell.middleware.pages import render
from authwell.protocol.authorization.response_modes import FormPost, Redirect


def reply(answer: Redirect | FormPost) -> Response:
    """303, so that nothing that was posted travels on (RFC 9700 section 4.12); never stored."""
    if isinstance(answer, FormPost):
        return render("form_post.html", action=answer.action, fields=answer.fields)
    response = see_other(answer.location)
    return response


def see_other(location: str) -> Response:
    """A 303 that no cache keeps and that tells the next page nothing of this one."""
    response = redirect(location, 303, Response)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
