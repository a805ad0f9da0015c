"""The page on which people make an account (REQUIREMENTS.md C1, C12)."""

from typing import assert_never

from flask import Response, request
from flask_babel import gettext

from authwell.identity.people.enrolment import (
    Applicant,
    AwaitsVerification,
    EmailTaken,
    InvalidRegistration,
    Registered,
    RegistrationClosed,
    UsernameTaken,
)
from authwell.middleware import entering, steps
from authwell.middleware.context import authorization_server, current_session, site
from authwell.middleware.pages import language
from authwell.middleware.registrations import enrol, field_sentences
from authwell.middleware.replies import see_other
from authwell.protocol import authentication_context as context
from authwell.protocol.authorization.interaction import LogIn, Register, SelectAccount
from authwell.protocol.authorization.waiting import Waiting
from authwell.routes.people import shared

FIELDS = ("full_name", "username", "email")


def show() -> Response:
    """The page, if making an account may come next."""
    found = _waiting_for_registration()
    if isinstance(found, Response):
        return found
    hint = found.request.login_hint if found is not None else None
    is_address = hint is not None and "@" in hint
    return _page(found, {"email": hint or ""} if is_address else {}, {})


def submit() -> Response:
    """Make the account: go on with it, or say that a mail is on its way."""
    found = _waiting_for_registration()
    if isinstance(found, Response):
        return found
    if found is not None and "cancel" in request.form:
        return steps.cancel(found)
    typed = {name: request.form.get(name, "") for name in FIELDS}
    try:
        return _enrol(found, typed)
    except InvalidRegistration as refused:
        errors = field_sentences(refused)
        return _page(found, typed, {name: " ".join(texts) for name, texts in errors.items()})
    except UsernameTaken:
        taken = gettext("This user name is taken. Choose another one.")
        return _page(found, typed, {"username": taken})
    except EmailTaken:
        taken = gettext("This address has an account. Log in, or choose a new password.")
        return _page(found, typed, {"email": taken})


def show_sent() -> Response:
    """The same for every address."""
    message = gettext(
        "We have sent a mail to the address that you gave. Open its link to go on. "
        "If nothing comes, look among the spam."
    )
    return shared.check_mail(message, shared.waiting_request())


def _enrol(found: Waiting | None, typed: dict[str, str]) -> Response:
    applicant = Applicant(**typed, password=request.form.get("password", ""), locale=language())
    outcome = enrol(applicant, shared.origin(found))
    match outcome:
        case Registered(account):
            now = authorization_server().now
            return entering.enter(found, account, {context.PWD: now})
        case AwaitsVerification():
            return see_other(steps.address("show_registered", found))
        case _:
            assert_never(outcome)


def _waiting_for_registration() -> Waiting | Response | None:
    """The request that waits for this; or where to go instead.

    Raises:
        RegistrationClosed: nobody makes accounts for themselves here.
    """
    if not site().enrolment.is_open(authorization_server()):
        raise RegistrationClosed
    found = shared.waiting_request()
    if found is None:
        return see_other(steps.HOME) if current_session() is not None else None
    step = steps.current_step(found)
    return found if isinstance(step, Register | LogIn | SelectAccount) else steps.go_on(found)


def _page(found: Waiting | None, typed: dict[str, str], field_errors: dict[str, str]) -> Response:
    return shared.page(
        "people/register.html",
        found,
        field_errors,
        action=steps.address("submit_registration", found),
        typed={name: typed.get(name, "") for name in FIELDS},
        password_help=shared.password_help(),
        may_cancel=found is not None,
        log_in=steps.address("login.show_login", found),
    )
