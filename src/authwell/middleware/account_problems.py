"""Refusals of the services of accounts as problems of the JSON API (RFC 9457)."""

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from authwell.identity.people.desk import InvalidLink, WeakPassword
from authwell.identity.people.email_addresses import InvalidEmail
from authwell.identity.people.email_change import SameEmail
from authwell.identity.people.enrolment import (
    EmailTaken,
    InvalidRegistration,
    RegistrationClosed,
    UsernameTaken,
)
from authwell.middleware.api.bodies import invalid
from authwell.middleware.errors import Problem
from authwell.middleware.registrations import field_sentences
from authwell.middleware.weaknesses import sentences


@contextmanager
def telling(chosen: str = "password", address: str = "email") -> Iterator[None]:
    """Turn what a service refuses into a problem.

    Args:
        chosen: the member that the new password came in.
        address: the member that the address came in.

    Raises:
        Problem: what was refused.
    """
    try:
        yield
    except WeakPassword as weak:
        raise invalid({chosen: sentences(weak.weaknesses)}) from weak
    except InvalidRegistration as refused:
        raise invalid(field_sentences(refused)) from refused
    except InvalidEmail as wrong:
        raise invalid({address: ["Enter an address such as name@example.com."]}) from wrong
    except SameEmail as same:
        raise invalid({address: ["The account has this address."]}) from same
    except InvalidLink as link:
        raise Problem(
            HTTPStatus.BAD_REQUEST,
            "link_invalid",
            "The token is unknown, used, expired, or of before a change. Ask for a new one.",
        ) from link
    except UsernameTaken as taken:
        raise Problem(HTTPStatus.CONFLICT, "username_taken", "The user name is taken.") from taken
    except EmailTaken as taken:
        raise Problem(HTTPStatus.CONFLICT, "email_taken", "The address has an account.") from taken
    except RegistrationClosed as closed:
        raise Problem(
            HTTPStatus.FORBIDDEN, "registration_closed", "Administrators make the accounts here."
        ) from closed
