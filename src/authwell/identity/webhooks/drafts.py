"""What an administrator wants of an endpoint, read and checked; the same for every way in."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from authwell.identity.webhooks.catalogue import OFFERED
from authwell.storage.webhooks.endpoints import ALL_TYPES, Status
from authwell.utils import standard_webhooks
from authwell.utils.outgoing import ForbiddenTarget, Outgoing

LONGEST_NAME: Final = 255
LONGEST_URL: Final = 2048
LONGEST_DESCRIPTION: Final = 1024
STATUSES: Final[tuple[Status, ...]] = ("active", "disabled")


class BadEndpoint(Exception):
    """A member does not fit; `problems` says which and why, by member."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        """Keep all of them."""
        super().__init__("; ".join(f"{name}: {text}" for name, text in problems.items()))
        self.problems = dict(problems)


@dataclass(frozen=True, slots=True)
class Draft:
    """The members of an endpoint that are chosen."""

    name: str
    url: str
    event_types: tuple[str, ...]
    description: str = ""
    status: Status = "active"


def read_draft(members: Mapping[str, Any], outgoing: Outgoing) -> Draft:
    """A draft that holds.

    Args:
        members: `name`, `url` and `event_types`, perhaps `description` and `status`.
        outgoing: knows which addresses may be called.

    Raises:
        BadEndpoint: with every finding.
    """
    problems = {
        "name": _line(members.get("name"), LONGEST_NAME, least=1),
        "url": _url(members.get("url"), outgoing),
        "event_types": _types(members.get("event_types")),
        "description": _line(members.get("description", ""), LONGEST_DESCRIPTION),
        "status": _status(members.get("status", "active")),
    }
    found = {name: problem for name, problem in problems.items() if problem is not None}
    if found:
        raise BadEndpoint(found)
    return Draft(
        name=members["name"],
        url=members["url"],
        event_types=tuple(sorted(set(members["event_types"]))),
        description=members.get("description", ""),
        status=members.get("status", "active"),
    )


def check_secret(secret: str) -> None:
    """Check that a secret that was brought along is one of Standard Webhooks.

    Raises:
        BadEndpoint: it is none.
    """
    try:
        standard_webhooks.key_of(secret)
    except standard_webhooks.UnfitSecret as error:
        raise BadEndpoint({"secret": str(error)}) from error


def _line(value: Any, longest: int, least: int = 0) -> str | None:
    if not isinstance(value, str) or not least <= len(value) <= longest:
        return f"must be a text of {least} to {longest} characters"
    if value and (not value.isprintable() or value != value.strip()):
        return "must be a line that neither begins nor ends with a blank"
    return None


def _url(value: Any, outgoing: Outgoing) -> str | None:
    if not isinstance(value, str) or len(value) > LONGEST_URL:
        return f"must be a URL of at most {LONGEST_URL} characters"
    if not value.isascii() or not value.isprintable() or " " in value or "#" in value:
        return "must be a URL of ASCII characters without blanks and fragment"
    try:
        outgoing.check(value)
    except ForbiddenTarget:
        return "must be an https URL of a public address, without a user name"
    return None


def _types(value: Any) -> str | None:
    if not isinstance(value, (list, tuple)) or not value:
        return "must be a list of at least one type of event"
    unknown = [kind for kind in value if kind != ALL_TYPES and kind not in OFFERED]
    if unknown:
        return f"{str(unknown[0])[:64]!r} is no type of event that is offered"
    return None


def _status(value: Any) -> str | None:
    return None if value in STATUSES else f"must be one of {', '.join(STATUSES)}"
