"""Administering people by the API: who acts, and what is refused, as problems (RFC 9457)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from authwell.identity.administration.administrators import Administrator, NotAllowed, OwnAccount
from authwell.identity.administration.entries import InvalidEntry
from authwell.identity.administration.users import NoSuchUser, WrongStatus
from authwell.identity.people.desk import WeakPassword
from authwell.middleware.api.administrators import administrator
from authwell.middleware.api.bodies import invalid
from authwell.middleware.api.members import invalid_members
from authwell.middleware.errors import Problem
from authwell.middleware.weaknesses import sentences
from authwell.storage.errors import Conflict

REFUSALS: Final = {
    404: "The tenant has no such account",
    409: "`own_account`, `last_superuser`, or the status does not let it be: `wrong_status`",
}


def acting() -> Administrator:
    """Whom the operation let through, as those who administer people know them."""
    found = administrator()
    return Administrator(found.id, found.held)


@contextmanager
def administering() -> Iterator[None]:
    """Turn what administration refuses into problems.

    Raises:
        Problem: what was refused.
    """
    try:
        yield
    except NoSuchUser as gone:
        raise Problem(404, "not_found", "There is no such user.") from gone
    except OwnAccount as own:
        raise Problem(409, "own_account", own.reason) from own
    except NotAllowed as refused:
        raise Problem(403, "forbidden", refused.reason) from refused
    except WrongStatus as unfit:
        text = f"The account is {unfit.status}, or has no address; this cannot be done with it."
        raise Problem(409, "wrong_status", text) from unfit
    except WeakPassword as weak:
        raise invalid({"password": sentences(weak.weaknesses)}) from weak
    except InvalidEntry as wrong:
        raise invalid_members(wrong.faults) from wrong
    except Conflict as taken:
        raise _taken(taken) from taken


def _taken(conflict: Conflict) -> Problem:
    if conflict.concerns("email_canonical"):
        return Problem(409, "email_taken", "The address has an account.")
    if conflict.concerns("username_canonical"):
        return Problem(409, "username_taken", "The user name is taken.")
    return Problem(409, "conflict", "Somebody else changed it. Read it and send it again.")
