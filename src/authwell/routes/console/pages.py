"""The three pages that nearly all of the console is: a list, one thing, and a form."""

from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus

from flask import Response, request
from flask_babel import gettext

from authwell.identity.configuration.problems import Refused
from authwell.middleware.console_pages import console_page
from authwell.middleware.pages import below
from authwell.routes.console.parts import Act, Fact, Field, Table, Text
from authwell.routes.console.versions import changed_meanwhile
from authwell.utils.versions import ChangedMeanwhile


def list_page(
    section: str,
    heading: Text,
    table: Table,
    *,
    about: Text | None = None,
    filters: Sequence[Field] = (),
    links: Sequence[Act | None] = (),
    refused: Refused | None = None,
) -> Response:
    """Many things of one kind, which may be filtered.

    Args:
        section: of the menu.
        heading: what they are.
        table: some of them.
        about: what else is said below the heading.
        filters: by what they may be narrowed.
        links: to what may be done.
        refused: what is wrong with the filters.
    """
    error, field_errors = _told(refused, filters, {})
    return console_page(
        "console/list.html",
        section,
        status=HTTPStatus.BAD_REQUEST if refused else HTTPStatus.OK,
        heading=heading,
        about=about,
        table=table,
        filters=filters,
        error=error,
        field_errors=field_errors,
        action=below(request.path),
        links=_given(links),
    )


def show_page(
    section: str,
    heading: Text,
    known: Sequence[Fact],
    *,
    about: Text | None = None,
    links: Sequence[Act | None] = (),
    tables: Sequence[Table] = (),
    secrets: Sequence[tuple[Text, str]] = (),
) -> Response:
    """One thing, what belongs to it, and what can be done with it.

    Args:
        section: of the menu.
        heading: its name.
        known: of it.
        about: what else is said below the heading.
        links: to what may be done.
        tables: of what belongs to it.
        secrets: what each is and its value, shown this once.
    """
    return console_page(
        "console/show.html",
        section,
        heading=heading,
        about=about,
        known=[fact for fact in known if any(cell.text or cell.at for cell in fact.cells)],
        links=_given(links),
        tables=tables,
        secrets=secrets,
    )


def form_page(
    section: str,
    heading: Text,
    back: str,
    fields: Sequence[Field] = (),
    *,
    label: Text | None = None,
    about: Text | None = None,
    is_grave: bool = False,
    refused: Refused | None = None,
    names: Mapping[str, str] | None = None,
) -> Response:
    """A form, with what is wrong in it.

    Args:
        section: of the menu.
        heading: says what is done.
        back: where Cancel leads.
        fields: none: it only asks whether one is sure.
        label: of its button; without it the heading.
        about: what it means.
        is_grave: whether something ends that cannot be brought back.
        refused: what the form was refused for.
        names: fields by the member that a problem is about, where they are called otherwise.
    """
    error, field_errors = _told(refused, fields, names or {})
    return console_page(
        "console/form.html",
        section,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK,
        heading=heading,
        about=about,
        fields=fields,
        label=label or heading,
        back=back,
        is_grave=is_grave,
        error=error,
        field_errors=field_errors,
    )


def answered(act: Callable[[], Response], again: Callable[[Refused], Response]) -> Response:
    """What a form does, or the form again with what it was refused for."""
    try:
        return act()
    except Refused as refused:
        return again(refused)
    except ChangedMeanwhile:
        return again(changed_meanwhile())


def lines(text: str) -> list[str]:
    """A value for each line that is not empty."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def save() -> str:
    """The label of most forms."""
    return str(gettext("Save"))


def _given(links: Sequence[Act | None]) -> list[Act]:
    return [link for link in links if link is not None]


def _told(
    refused: Refused | None, fields: Sequence[Field], names: Mapping[str, str]
) -> tuple[str | None, dict[str, str]]:
    """Problems beside their fields, the others together above."""
    if refused is None:
        return None, {}
    known = {item.name for item in fields}
    beside: dict[str, str] = {}
    others = []
    for problem in refused.problems:
        member = problem.path.partition(".")[0].partition("[")[0]
        name = names.get(member, member)
        if name in known:
            beside.setdefault(name, str(problem))
        else:
            others.append(str(problem))
    return (" ".join(others) or None), beside
