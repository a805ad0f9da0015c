"""The page of the first administrator (REQUIREMENTS.md K16, THREATS.md AU-19).

The handle of the terminal is typed into the form, so no address and no log has it.
"""

from flask import Response, request, url_for
from flask_babel import gettext

from authwell.identity.people.enrolment import InvalidRegistration, UsernameTaken
from authwell.middleware import entering
from authwell.middleware.context import authorization_server, site
from authwell.middleware.metrics import count_account
from authwell.middleware.registrations import field_sentences
from authwell.protocol import authentication_context as context
from authwell.routes.people import shared


def show() -> Response:
    """The form, while there is no administrator."""
    site().first_administrator.require_missing(authorization_server())
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
    count_account()
    return entering.enter(None, account, {context.PWD: server.now})


def _page(username: str, field_errors: dict[str, str]) -> Response:
    return shared.page(
        "people/first_administrator.html",
        None,
        field_errors,
        action=url_for(".submit_first_administrator", return_to="/console"),
        username=username,
        password_help=shared.password_help(),
    )
