"""`/register`, `/verify-email`, `/recover`, `/reset-password`, `/change-email`, `/undo-email-change`,
`/unlock`, `/invitation`, `/console/first-administrator`.

GET shows a page and changes nothing, so that programs which look at mails can follow each link
(THREATS.md RC-04); POST acts on its form.
"""

from flask import Blueprint, Response

from authwell.identity.administration.first import PATH as FIRST_ADMINISTRATOR
from authwell.middleware.csrf import check_csrf
from authwell.middleware.limits.decorators import limit_page
from authwell.routes.people import (
    change_email,
    errors,
    first_administrator,
    invitation,
    recover,
    register,
    unlock,
    verify_email,
)

blueprint = Blueprint("people", __name__)
errors.register(blueprint)


@blueprint.get("/register")
@limit_page
def show_registration() -> Response:
    """Ask who it will be."""
    return register.show()


@blueprint.post("/register")
@limit_page
def submit_registration() -> Response:
    """Make an account."""
    check_csrf()
    return register.submit()


@blueprint.get("/register/sent")
@limit_page
def show_registered() -> Response:
    """Say that a mail is on its way."""
    return register.show_sent()


@blueprint.get("/verify-email")
@limit_page
def show_verification() -> Response:
    """Show what the link of a mail does."""
    return verify_email.show()


@blueprint.post("/verify-email")
@limit_page
def submit_verification() -> Response:
    """Do it."""
    check_csrf()
    return verify_email.submit()


@blueprint.get("/verify-email/resend")
@limit_page
def show_resend() -> Response:
    """Ask whereto another link shall go."""
    return verify_email.show_resend()


@blueprint.post("/verify-email/resend")
@limit_page
def submit_resend() -> Response:
    """Send it, if the address waits for one."""
    check_csrf()
    return verify_email.submit_resend()


@blueprint.get("/verify-email/done")
@limit_page
def show_verified() -> Response:
    """Say that the address is confirmed."""
    return verify_email.show_done()


@blueprint.get("/recover")
@limit_page
def show_recovery() -> Response:
    """Ask for the address of the account."""
    return recover.show()


@blueprint.post("/recover")
@limit_page
def submit_recovery() -> Response:
    """Send a link, if the address has an account."""
    check_csrf()
    return recover.submit()


@blueprint.get("/recover/sent")
@limit_page
def show_recovery_sent() -> Response:
    """Say that it is on its way, if there is one."""
    return recover.show_sent()


@blueprint.get("/reset-password")
@limit_page
def show_reset() -> Response:
    """Ask for another password."""
    return recover.show_reset()


@blueprint.post("/reset-password")
@limit_page
def submit_reset() -> Response:
    """Set it."""
    check_csrf()
    return recover.submit_reset()


@blueprint.get("/reset-password/done")
@limit_page
def show_reset_done() -> Response:
    """Say that it is set."""
    return recover.show_done()


@blueprint.get("/change-email")
@limit_page
def show_email_change() -> Response:
    """Show what the link of a mail does."""
    return change_email.show()


@blueprint.post("/change-email")
@limit_page
def submit_email_change() -> Response:
    """Do it."""
    check_csrf()
    return change_email.submit()


@blueprint.get("/change-email/done")
@limit_page
def show_email_changed() -> Response:
    """Say that the address is another one now."""
    return change_email.show_done()


@blueprint.get("/undo-email-change")
@limit_page
def show_undo() -> Response:
    """Ask for another password, with which the change is taken back."""
    return change_email.show_undo()


@blueprint.post("/undo-email-change")
@limit_page
def submit_undo() -> Response:
    """Take it back."""
    check_csrf()
    return change_email.submit_undo()


@blueprint.get("/unlock")
@limit_page
def show_unlocking() -> Response:
    """Show what the link of a mail does."""
    return unlock.show()


@blueprint.post("/unlock")
@limit_page
def submit_unlocking() -> Response:
    """Open the account."""
    check_csrf()
    return unlock.submit()


@blueprint.get("/unlock/done")
@limit_page
def show_unlocked() -> Response:
    """Say that it is open."""
    return unlock.show_done()


@blueprint.get("/invitation")
@limit_page
def show_invitation() -> Response:
    """Ask who it will be that was invited."""
    return invitation.show()


@blueprint.post("/invitation")
@limit_page
def submit_invitation() -> Response:
    """Make the account."""
    check_csrf()
    return invitation.submit()


@blueprint.get(FIRST_ADMINISTRATOR)
@limit_page
def show_first_administrator() -> Response:
    """Ask for the handle of the terminal, and who it will be."""
    return first_administrator.show()


@blueprint.post(FIRST_ADMINISTRATOR)
@limit_page
def submit_first_administrator() -> Response:
    """Make the account."""
    check_csrf()
    return first_administrator.submit()
