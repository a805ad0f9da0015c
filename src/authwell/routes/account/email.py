"""The page of another e-mail address (REQUIREMENTS.md G11): the link goes to the new one."""

from http import HTTPStatus

from flask import Response, request
from flask_babel import gettext

from authwell.identity.people.email_addresses import InvalidEmail
from authwell.identity.people.email_change import SameEmail
from authwell.middleware.account_pages import account_page, person
from authwell.middleware.context import authorization_server, site
from authwell.middleware.limits.mails import mail_allowed
from authwell.middleware.notices import notify
from authwell.middleware.replies import see_other

PROFILE = "/account/profile"


def show() -> Response:
    """The form."""
    return _page("")


def change() -> Response:
    """Send a link; the same answer whether anybody has the address."""
    sent = request.form.get("email", "").strip()
    try:
        if mail_allowed("change_email", sent):
            site().email_change.request(authorization_server(), person().account.id, sent)
    except InvalidEmail:
        return _page(sent, gettext("This is not an email address."))
    except SameEmail:
        return _page(sent, gettext("This is your address already."))
    return notify(see_other(PROFILE), "email_link_sent")


def _page(email: str, error: str | None = None) -> Response:
    return account_page(
        "account/email.html",
        "profile",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        present=person().account.email,
        email=email,
        field_errors={"email": error} if error else {},
    )
