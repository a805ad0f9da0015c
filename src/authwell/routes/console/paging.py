"""Pages of the console's lists: those of the API, with the parameters as a form sends them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import request

from authwell.identity.configuration.problems import Refused
from authwell.middleware import errors
from authwell.middleware.api.bodies import load
from authwell.middleware.api.paging import PageSchema, read_page
from authwell.middleware.pages import below
from authwell.routes.console.reading import problems_of
from authwell.storage.pages import Found, Wanted

Read = Callable[[Wanted, Mapping[str, Any]], Found]


@dataclass(frozen=True, slots=True)
class Listed:
    """A page of a list.

    Attributes:
        query: what was asked for.
        more: where the next page is.
    """

    rows: tuple[Any, ...]
    query: Mapping[str, Any]
    more: str | None


def listed(name: str, schema: PageSchema, read: Read) -> Listed:
    """The page that the address asks for; a field that is empty is no filter.

    Args:
        name: of the list.
        schema: of its parameters.
        read: gets which page is wanted, and the filters.

    Raises:
        Problem: a parameter does not fit, or the cursor is none of this list.
    """
    given = {key: value for key, value in request.args.items() if value.strip()}
    query = load(schema, given)
    page = read_page(f"console.{name}", query)
    found = read(page.wanted, page.filters)
    cursor = page.answer(found, lambda _row: {})["next_cursor"]
    more = f"{below(request.path)}?{urlencode({**given, 'cursor': cursor})}" if cursor else None
    return Listed(found.rows, query, more)


def narrowed(name: str, schema: PageSchema, read: Read) -> Listed:
    """The same for a page that says beside its filters what is wrong with them.

    Raises:
        Refused: a parameter does not fit, or the cursor is none of this list.
    """
    try:
        return listed(name, schema, read)
    except errors.Problem as error:
        raise Refused(problems_of(error)) from error
