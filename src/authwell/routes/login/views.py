"""`/login` and what follows: GET shows a page, POST acts on its form."""

from flask import Blueprint, Response

from authwell.middleware.csrf import check_csrf
from authwell.middleware.limits.decorators import limit_page
from authwell.routes.login import (
    consent,
    create_account,
    enrol_factor,
    errors,
    login,
    magic_link,
    passkey,
    second_factor,
    select_account,
)

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


@blueprint.get("/magic-link")
@limit_page
def show_magic_link() -> Response:
    """Ask for an address, or show what the link of a mail does."""
    return magic_link.show()


@blueprint.post("/magic-link")
@limit_page
def use_magic_link() -> Response:
    """Use a link up."""
    check_csrf()
    return magic_link.use()


@blueprint.post("/magic-link/send")
@limit_page
def send_magic_link() -> Response:
    """Send a link."""
    check_csrf()
    return magic_link.send()


@blueprint.get("/magic-link/sent")
@limit_page
def show_magic_link_sent() -> Response:
    """Tell where to look, and ask for the code of a link that was opened elsewhere."""
    return magic_link.show_sent()


@blueprint.post("/magic-link/sent")
@limit_page
def confirm_magic_link() -> Response:
    """Check that code."""
    check_csrf()
    return magic_link.confirm()


@blueprint.get("/step-up")
@limit_page
def show_step_up() -> Response:
    """Lead to the page of the factor that a request wants beside."""
    return second_factor.step_up()


@blueprint.get("/second-factor")
@limit_page
def show_second_factor() -> Response:
    """Ask for it."""
    return second_factor.show()


@blueprint.post("/second-factor")
@limit_page
def submit_second_factor() -> Response:
    """Check a code."""
    check_csrf()
    return second_factor.submit()


@blueprint.post("/second-factor/passkey/options")
@limit_page
def begin_factor_passkey() -> Response:
    """Begin to show a passkey."""
    check_csrf()
    return second_factor.passkey_options()


@blueprint.post("/second-factor/passkey")
@limit_page
def submit_factor_passkey() -> Response:
    """Check it."""
    check_csrf()
    return second_factor.submit_passkey()


@blueprint.get("/second-factor/enrol")
@limit_page
def show_enrolment() -> Response:
    """Let a second factor be set up, because the login needs one."""
    return enrol_factor.show()


@blueprint.post("/second-factor/enrol")
@limit_page
def submit_enrolment() -> Response:
    """Confirm an app."""
    check_csrf()
    return enrol_factor.submit()


@blueprint.post("/second-factor/enrol/passkey/options")
@limit_page
def begin_new_passkey() -> Response:
    """Begin to make a passkey."""
    check_csrf()
    return enrol_factor.passkey_options()


@blueprint.post("/second-factor/enrol/passkey")
@limit_page
def submit_new_passkey() -> Response:
    """Keep it."""
    check_csrf()
    return enrol_factor.submit_passkey()


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
