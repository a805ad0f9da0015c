"""What the pages of roles, groups, permissions and grants share."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import TypeVar

from flask import Response
from flask_babel import gettext

from authwell.identity.access.rules import AccessRefused, Giver
from authwell.identity.configuration.problems import NotFound, Problem, Refused
from authwell.middleware.api.fields import text
from authwell.middleware.api.paging import PageSchema, sorted_by
from authwell.middleware.console_pages import administrator, go, held
from authwell.middleware.context import authorization_server
from authwell.middleware.notices import notify
from authwell.routes.console.pages import answered, form_page
from authwell.routes.console.paging import Listed
from authwell.routes.console.parts import Field
from authwell.storage.access.records import GroupRecord, PermissionRecord, RoleRecord, TypeRecord

R = TypeVar("R", RoleRecord, GroupRecord, PermissionRecord, TypeRecord)


class NamedPageSchema(PageSchema):
    """Which page of things with names."""

    sort = sorted_by("name", default="name")
    q = text(255)


def name_filter(page: Listed) -> Field:
    """The filter of such a list."""
    return Field("q", gettext("Begins with"), value=page.query.get("q", ""))


def giver() -> Giver:
    """Who administers."""
    account = administrator().account
    return Giver(authorization_server(), account.id, held(), account)


def tenant_id() -> str:
    """The tenant of this console."""
    return authorization_server().tenant.id


@contextmanager
def refusing() -> Iterator[None]:
    """What the services refuse, as the console's forms show it."""
    try:
        yield
    except AccessRefused as error:
        if error.code == "not_found":
            raise NotFound("object", str(error)) from error
        raise Refused([Problem("", str(error), error.code)]) from error


def one_of(found: Collection[R], thing_id: str) -> R:
    """The record with that id.

    Raises:
        NotFound: there is none.
    """
    for record in found:
        if record.id == thing_id:
            return record
    raise NotFound("object", thing_id)


def sure_page(section: str, name: str, back: str, refused: Refused | None = None) -> Response:
    """Ask before something is deleted."""
    heading = gettext("Delete")
    return form_page(section, heading, back, about=name, is_grave=True, refused=refused)


def deleted(
    section: str, name: str, back: str, delete: Callable[[], object], *place: str
) -> Response:
    """Delete it, or ask again with what that was refused for.

    Args:
        section: of the menu.
        name: of what is deleted.
        back: where Cancel leads.
        delete: does it.
        place: where one is led then; without one, the section.
    """

    def act() -> Response:
        with refusing():
            delete()
        return notify(go(*(place or (section,))), "console_done")

    return answered(act, lambda refused: sure_page(section, name, back, refused))
