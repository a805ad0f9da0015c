"""What the administration of people refuses, beside the fields of the console's forms."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString

from authwell.identity.administration.entries import InvalidEntry
from authwell.identity.configuration.problems import Problem, Refused
from authwell.identity.people.desk import WeakPassword
from authwell.middleware.api.administering import administering
from authwell.middleware.weaknesses import sentences
from authwell.storage.errors import Conflict

_ = lazy_gettext

_SENTENCES: Final[Mapping[str, LazyString]] = {
    "required": _("Enter a user name."),
    "too_long": _("This is too long."),
    "characters": _("This has characters that cannot be shown."),
    "address_of_another": _("A user name may have an @ only if it is your own email address."),
    "email": _("This is no email address."),
    "unknown_role": _("You may give only roles that hold no more than you do."),
}


@contextmanager
def telling_of_people() -> Iterator[None]:
    """Turn it into what a form shows; what no field is about is a problem, as in the API.

    Raises:
        Refused: a member does not fit, or is another's.
        Problem: as `administering`.
    """
    with administering():
        try:
            yield
        except InvalidEntry as wrong:
            found = [Problem(name, str(_SENTENCES[fault])) for name, fault in wrong.faults.items()]
            raise Refused(found) from wrong
        except WeakPassword as weak:
            raise Refused([Problem("password", " ".join(sentences(weak.weaknesses)))]) from weak
        except Conflict as taken:
            raise Refused([_taken(taken)]) from taken


def _taken(conflict: Conflict) -> Problem:
    if conflict.concerns("email_canonical"):
        return Problem("email", gettext("This address has an account already."))
    if conflict.concerns("username_canonical"):
        return Problem("username", gettext("This user name is taken. Choose another."))
    raise conflict
