"""What these pages share: the token of a link, its browser, and the pages that only say something."""

from collections.abc import Mapping
from http import HTTPStatus

from flask import Response, request
from flask_babel import gettext

from authwell.identity.passwords.policy import PasswordContext, check_password, password_policy
from authwell.identity.people.desk import InvalidLink, WeakPassword
from authwell.identity.people.verification import Origin
from authwell.middleware import csrf, steps
from authwell.middleware.context import authorization_server, site
from authwell.middleware.pages import render
from authwell.middleware.weaknesses import sentences
from authwell.protocol.authorization import waiting
from authwell.protocol.authorization.request import RefusedRequest
from authwell.protocol.authorization.waiting import Waiting
from authwell.protocol.errors import UnsafeRedirect
from authwell.utils.randomness import digest

TOKEN = "token"


def sent_token() -> str:
    """The token of the link: in the address at first, then in the form.

    Raises:
        InvalidLink: there is none, or more than one.
    """
    sent = request.form if request.method == "POST" else request.args
    values = sent.getlist(TOKEN)
    if len(values) != 1:
        raise InvalidLink("no token, or two")
    return values[0]


def browser_digest() -> bytes | None:
    """By which this browser is known again; None if it brings nothing along."""
    secret = csrf.browser_secret()
    return None if secret.is_new else digest(secret.value)


def waiting_request() -> Waiting | None:
    """The request that the address of the page names."""
    return steps.find_waiting() if steps.has_interaction() else None


def origin(found: Waiting | None) -> Origin:
    """What a link of this browser goes on with."""
    return Origin(browser_digest(), found.id if found is not None else None)


def still_waiting(interaction: str | None) -> Waiting | None:
    """The request that a link goes on with, unless it was finished or given up meanwhile."""
    if interaction is None:
        return None
    try:
        return waiting.find(authorization_server(), interaction, csrf.browser())
    except (UnsafeRedirect, RefusedRequest):
        return None


def password_help() -> str:
    """What a new password must be."""
    server = authorization_server()
    policy = password_policy(site().settings, server.tenant)
    return " ".join(sentences(check_password(policy, "", PasswordContext())))


def weak(error: WeakPassword) -> dict[str, str]:
    """The same for one that was refused, beside its field."""
    return {"password": " ".join(sentences(error.weaknesses))}


def page(
    template: str, found: Waiting | None, field_errors: Mapping[str, str], **values: object
) -> Response:
    """A form; 422 with what is wrong with it."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if field_errors else HTTPStatus.OK
    return steps.page(template, found, status=status, field_errors=field_errors, **values)


def said(title: str, message: str, label: str, href: str) -> Response:
    """A page that says something and leads on."""
    return render("people/said.html", title=title, message=message, label=label, href=href)


def check_mail(message: str, found: Waiting | None) -> Response:
    """Say that a mail may have come."""
    again = steps.address("show_resend", found)
    return said(gettext("Check your mail"), message, gettext("Send it again"), again)
