"""`/login`, `/create-account`, `/consent` and `/select-account`: GET shows a page, POST acts on its form."""

from flask import Blueprint, Response

from authwell.middleware.csrf import check_csrf
from authwell.middleware.limits import limit_page
from authwell.routes.login import consent, create_account, errors, login, passkey, select_account

blueprint = Blueprint("login", __name__)
errors.register(blueprint)


@blueprint.get("/login")
@limit_page
def show_login() -> Response:
    """Ask for name and password."""
    return login.show()


@blueprint.post("/login")
@limit_page
def submit_login() -> Response:
    """Check them."""
    check_csrf()
    return login.submit()


@blueprint.post("/login/passkey/options")
@limit_page
def begin_passkey() -> Response:
    """Begin a login by a passkey."""
    check_csrf()
    return passkey.options()


@blueprint.post("/login/passkey")
@limit_page
def submit_passkey() -> Response:
    """Check it."""
    check_csrf()
    return passkey.submit()


@blueprint.get("/create-account")
@limit_page
def show_registration() -> Response:
    """Send the person to the page that makes accounts."""
    return create_account.show()


@blueprint.get("/consent")
@limit_page
def show_consent() -> Response:
    """Ask whether the client may have what it asks for."""
    return consent.show()


@blueprint.post("/consent")
@limit_page
def decide_consent() -> Response:
    """Grant or deny it, and answer the client."""
    check_csrf()
    return consent.decide()


@blueprint.get("/select-account")
@limit_page
def show_accounts() -> Response:
    """Ask whom to go on as."""
    return select_account.show()


@blueprint.post("/select-account")
@limit_page
def choose_account() -> Response:
    """Go on as that account."""
    check_csrf()
    return select_account.choose()
