"""The page behind the link of an invitation: who was invited makes an account (THREATS.md RC-10)."""

from flask import Response, request, url_for
from flask_babel import gettext

from authwell.identity.invitations.acceptance import Guest
from authwell.identity.people.enrolment import EmailTaken, InvalidRegistration, UsernameTaken
from authwell.middleware import entering
from authwell.middleware.context import authorization_server, site
from authwell.middleware.metrics import count_account
from authwell.middleware.pages import language
from authwell.middleware.registrations import field_sentences
from authwell.protocol import authentication_context as context
from authwell.routes.people import shared

FIELDS = ("full_name", "username")


def show() -> Response:
    """The form, if the invitation stands."""
    return _page(shared.sent_token(), {}, {})


def submit() -> Response:
    """Make the account, and log in."""
    token, server = shared.sent_token(), authorization_server()
    typed = {name: request.form.get(name, "") for name in FIELDS}
    guest = Guest(**typed, password=request.form.get("password", ""), locale=language())
    try:
        account = site().acceptance.accept(server, token, guest)
    except InvalidRegistration as refused:
        errors = field_sentences(refused)
        return _page(token, typed, {name: " ".join(texts) for name, texts in errors.items()})
    except UsernameTaken:
        taken = gettext("This user name is taken. Choose another one.")
        return _page(token, typed, {"username": taken})
    except EmailTaken:
        taken = gettext("This address has an account. Log in, or choose a new password.")
        return _page(token, typed, {"username": taken})
    count_account()
    return entering.enter(None, account, {context.PWD: server.now})


def _page(token: str, typed: dict[str, str], field_errors: dict[str, str]) -> Response:
    server = authorization_server()
    invitation = site().acceptance.open(server, token)
    return shared.page(
        "people/invitation.html",
        None,
        field_errors,
        action=url_for(".submit_invitation"),
        token=token,
        message=gettext(
            "You are invited to %(tenant)s as %(email)s.",
            tenant=server.tenant.name,
            email=invitation.email,
        ),
        typed={"full_name": "", "username": invitation.email, **typed},
        password_help=shared.password_help(),
    )
