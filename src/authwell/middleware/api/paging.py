"""Pages of the API's lists: `limit`, `cursor`, `sort` and filters by fixed names.

A cursor is sealed, and bound to its tenant, list, order and filters: whoever makes one up, or
takes one elsewhere, is refused before anything is read (THREATS.md TN-10, AU-16).
"""

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from marshmallow import Schema, fields, validate

from authwell.middleware.api.bodies import invalid
from authwell.middleware.context import authorization_server, site
from authwell.storage.pages import Found, Key, Wanted
from authwell.storage.statements import Row
from authwell.utils.sealing import CannotOpen

MOST: Final = 200
DEFAULT: Final = 50
LONGEST_CURSOR: Final = 4096

_PURPOSE: Final = "cursors"
_OF_PAGES: Final = frozenset({"limit", "cursor", "sort"})


class Limit(fields.Integer):
    """How many at most, in plain digits."""

    def _validated(self, value: Any) -> int:
        text = str(value)
        if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MOST):
            raise self.make_error("invalid", input=value)
        return int(text[:9])

    def __init__(self) -> None:
        super().__init__(
            load_default=DEFAULT,
            metadata={"description": "How many at most", "minimum": 1, "maximum": MOST},
            error_messages={"invalid": f"It must be a number from 1 to {MOST}."},
        )


class PageSchema(Schema):
    """Which page; a list adds its `sort` and its filters."""

    limit = Limit()
    cursor = fields.String(
        validate=validate.Length(1, LONGEST_CURSOR),
        metadata={"description": "`next_cursor` of the page before; all else must be the same"},
    )


def sorted_by(*orders: str, default: str) -> fields.String:
    """The parameter `sort` of a list.

    Args:
        orders: their names; each can be had the other way round.
        default: the one of a list that is asked for without.
    """
    choices = [name for order in orders for name in (order, f"-{order}")]
    return fields.String(
        load_default=default,
        validate=validate.OneOf(choices),
        metadata={"description": "With `-` from the last to the first"},
    )


@dataclass(frozen=True, slots=True)
class Page:
    """A page that somebody asked for.

    Attributes:
        wanted: which one.
        filters: by name, what it is narrowed to.
    """

    wanted: Wanted
    filters: Mapping[str, Any]
    _name: str = field(repr=False)
    _bound: str = field(repr=False)

    def answer(self, found: Found, shown: Callable[[Row], Mapping[str, Any]]) -> dict[str, Any]:
        """The list by its name, and `next_cursor`, which is null on the last page."""
        cursor = _sealed(found.next, self._bound) if found.next is not None else None
        return {self._name: [shown(row) for row in found.rows], "next_cursor": cursor}


def read_page(name: str, query: Mapping[str, Any]) -> Page:
    """What a `PageSchema` let through.

    Args:
        name: of the list, and of the member that it is in.
        query: the parameters.

    Raises:
        Problem: the cursor is none of this list.
    """
    filters = {key: value for key, value in query.items() if key not in _OF_PAGES}
    tenant_id, sort = authorization_server().tenant.id, query["sort"]
    bound = orjson.dumps([tenant_id, name, sort, sorted(filters.items())]).decode()
    cursor = query.get("cursor")
    after = _opened(cursor, bound) if cursor is not None else None
    return Page(Wanted(sort, query["limit"], after), filters, name, bound)


def _sealed(key: Key, bound: str) -> str:
    sealed = site().sealer.seal(orjson.dumps(key), _PURPOSE, bound)
    return urlsafe_b64encode(sealed).rstrip(b"=").decode()


def _opened(cursor: str, bound: str) -> Key:
    try:
        sealed = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
        return tuple(orjson.loads(site().sealer.open(sealed, _PURPOSE, bound)))
    except (CannotOpen, UnicodeEncodeError, binascii.Error) as error:
        text = "Take it from the page before, with the same filters and order."
        raise invalid({"cursor": [text]}) from error
