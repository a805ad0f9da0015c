"""Registrations by page and by JSON: their limits, and why one was refused, in words."""

from flask_babel import gettext

from authwell.identity.people.enrolment import (
    Applicant,
    AwaitsVerification,
    EmailTaken,
    FieldCode,
    InvalidRegistration,
    Registered,
    UsernameTaken,
)
from authwell.identity.people.verification import Origin
from authwell.middleware.context import authorization_server, site
from authwell.middleware.limits.charges import check_registrations, count_registration
from authwell.middleware.limits.mails import mail_allowed
from authwell.middleware.metrics import count_account
from authwell.middleware.weaknesses import sentences


def enrol(applicant: Applicant, origin: Origin) -> Registered | AwaitsVerification:
    """Register under the limits; see `Enrolment.register`.

    A form that was not filled in well does not count: people try again at once.
    """
    check_registrations()
    tells_owner = mail_allowed("register", applicant.email)
    try:
        outcome = site().enrolment.register(
            authorization_server(), applicant, origin, tells_owner=tells_owner
        )
    except (UsernameTaken, EmailTaken):
        count_registration()
        raise
    count_registration()
    count_account()
    return outcome


def field_sentences(refused: InvalidRegistration) -> dict[str, list[str]]:
    """The sentences for each field."""
    found = {name: [_sentence(code)] for name, code in refused.fields.items()}
    if refused.weaknesses and "password" not in found:
        found["password"] = sentences(refused.weaknesses)
    return found


def _sentence(code: FieldCode) -> str:
    match code:
        case "missing":
            text = gettext("Fill this in.")
        case "too_long":
            text = gettext("This is too long.")
        case "characters":
            text = gettext("Use letters, digits and . _ - + ' only.")
        case "unprintable":
            text = gettext("Use letters and signs that can be printed.")
        case "email":
            text = gettext("Enter an address such as name@example.com.")
        case "name_is_address":
            text = gettext("Use a name without @, or the email address itself.")
    return str(text)
