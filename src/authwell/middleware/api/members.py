"""What is wrong with a member of an account, in sentences for programmers."""

from collections.abc import Mapping
from typing import Final

from authwell.middleware.api.bodies import invalid
from authwell.middleware.errors import Problem

_SENTENCES: Final[Mapping[str, str]] = {
    "required": "It must not be blank.",
    "too_long": "It is too long.",
    "characters": "It has characters that cannot be shown.",
    "address_of_another": "A user name with an @ must be the account's own e-mail address.",
    "invalid": "It is not in due form.",
    "email": "Enter an address such as name@example.com.",
    "unknown_role": "There is no such role.",
}


def invalid_members(faults: Mapping[str, str]) -> Problem:
    """The refusal of members that do not fit.

    Args:
        faults: by member, those of `identity.people.profiles` and of `identity.administration`.
    """
    return invalid({name: [_SENTENCES[fault]] for name, fault in faults.items()})
