"""The page of the first administrator (REQUIREMENTS.md K16, THREATS.md AU-19).

The handle of the terminal is typed into the form, so no address and no log has it.
"""

from http import HTTPStatus

from flask import Response, request, url_for
from flask_babel import gettext

from authwell.identity.people.desk import InvalidLink
from authwell.identity.people.enrolment import InvalidRegistration, UsernameTaken
from authwell.middleware import entering
from authwell.middleware.context import authorization_server, site
from authwell.middleware.metrics import count_account
from authwell.middleware.pages import error_page
from authwell.middleware.refusals import log_refusal
from authwell.middleware.registrations import field_sentences
from authwell.protocol import authentication_context as context
from authwell.routes.people import shared


def show() -> Response:
    """The form, while there is no administrator."""
    try:
        site().first_administrator.require_missing(authorization_server())
    except InvalidLink as refused:
        return _useless(refused)
    return _page("", {})


def submit() -> Response:
    """Make the account, and log in."""
    server, form = authorization_server(), request.form
    username = form.get("username", "")
    handle, password = form.get("handle", "").strip(), form.get("password", "")
    try:
        account = site().first_administrator.make(server, handle, username, password)
    except InvalidRegistration as refused:
        errors = field_sentences(refused)
        return _page(username, {name: " ".join(texts) for name, texts in errors.items()})
    except UsernameTaken:
        taken = gettext("This user name is taken. Choose another one.")
        return _page(username, {"username": taken})
    except InvalidLink as refused:
        return _useless(refused)
    count_account()
    return entering.enter(None, account, {context.PWD: server.now})


def _useless(refused: InvalidLink) -> Response:
    """400 for every reason in the same words; the log knows which."""
    log_refusal("link_invalid", refused.reason)
    return error_page(
        HTTPStatus.BAD_REQUEST,
        "link_invalid",
        gettext("Nobody can become the first administrator here"),
        gettext("There is an administrator already, or the handle was used or has expired."),
        gettext(
            "Ask an administrator for a role; on the server, `authwell admin bootstrap` prints "
            "another handle or says that there is one already."
        ),
    )


def _page(username: str, field_errors: dict[str, str]) -> Response:
    return shared.page(
        "people/first_administrator.html",
        None,
        field_errors,
        action=url_for(".submit_first_administrator", return_to="/console"),
        username=username,
        password_help=shared.password_help(),
    )
