"""The frame of the administrators' pages, and what one must hold to see each.

They call the same functions as the API and ask for the same permissions. Nothing of them needs a
script.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Final, ParamSpec
from urllib.parse import quote

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString
from werkzeug.exceptions import Forbidden

from authwell.identity.administration.administrators import Administrator
from authwell.identity.configuration.authors import Author
from authwell.middleware.context import authorization_server, caller, current_session
from authwell.middleware.csrf import check_csrf
from authwell.middleware.kept_forms import FIELD, has_input, kept, take_kept
from authwell.middleware.limits.decorators import limit_page
from authwell.middleware.notices import forget_notice, take_notice
from authwell.middleware.pages import below, render
from authwell.middleware.recency import confirm_address, confirm_first, is_confirmed, owes_more
from authwell.middleware.replies import see_other
from authwell.middleware.returning import here, log_in_first
from authwell.protocol.access import Held
from authwell.protocol.model import Session
from authwell.storage.registry import ROOT
from authwell.storage.walls import wall

P = ParamSpec("P")
View = Callable[P, Response]

HOME: Final = "console.show_dashboard"
PATH: Final = "/console"
CONFIRMED: Final = f"{PATH}/confirmed"

_ = lazy_gettext


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of the menu; its path is its name below the console."""

    name: str
    title: LazyString
    permission: str
    is_of_root: bool = False
    """Whether only the default tenant has it."""


@dataclass(frozen=True, slots=True)
class Group:
    """Entries of the menu that belong together."""

    title: LazyString
    sections: Sequence[Section]


GROUPS: Final = (
    Group(
        _("People"),
        (
            Section("users", _("Users"), "user:read"),
            Section("roles", _("Roles"), "role:read"),
            Section("groups", _("Groups"), "role:read"),
            Section("permissions", _("Permissions"), "permission:read"),
            Section("sessions", _("Sessions"), "session:read"),
            Section("blocks", _("Blocks"), "block:read"),
        ),
    ),
    Group(
        _("Applications"),
        (
            Section("clients", _("Clients"), "client:read"),
            Section("scopes", _("Scopes"), "resource:read"),
            Section("keys", _("Keys"), "key:read"),
        ),
    ),
    Group(
        _("Events"),
        (
            Section("audit", _("Audit"), "audit:read"),
            Section("webhooks", _("Webhooks"), "webhook:read"),
            Section("integrations", _("Integrations"), "integration:read"),
        ),
    ),
    Group(
        _("Settings"),
        (
            Section("tenants", _("Tenants"), "tenant:manage", is_of_root=True),
            Section("domains", _("Domains"), "policy:read"),
            Section("policy", _("Policy"), "policy:read"),
            Section("branding", _("Branding"), "branding:read"),
        ),
    ),
)
SECTIONS: Final = tuple(section for group in GROUPS for section in group.sections)


_OF_ALL: Final = frozenset(entry.permission for entry in SECTIONS if entry.is_of_root)
"""What is about all tenants; for all else their wall stands (docs/decisions/0015)."""


def guard(blueprint: Blueprint) -> None:
    """Let each view of a blueprint be reached by administrators, and by forms of ours, only."""
    blueprint.before_request(_let_in)


def needs(permission: str, *, recent: bool = False) -> Callable[[View[P]], View[P]]:
    """Demand a permission of whoever looks at the page or sends its form.

    Args:
        permission: `resource_type:action`.
        recent: whether they must have shown just now who they are (THREATS.md MF-05).
    """

    def decorate(view: View[P]) -> View[P]:
        guarded = _confirmed(view) if recent else view

        @wraps(view)
        def checked(*args: P.args, **kwargs: P.kwargs) -> Response:
            if not may(permission):
                raise Forbidden(f"This needs the permission {permission}.")
            if permission in _OF_ALL:
                return guarded(*args, **kwargs)
            with wall(authorization_server().tenant.id):
                return guarded(*args, **kwargs)

        return checked

    return decorate


def confirm_and_keep() -> Response:
    """Ask who it is; what was typed is kept until then, and asks for nobody to type it again."""
    if not has_input():
        return confirm_first(request.path)
    return console_page(
        "console/confirm.html",
        _section(),
        status=HTTPStatus.FORBIDDEN,
        heading=gettext("Confirm it is you"),
        about=gettext(
            "Your last login is more than a few minutes ago, so nothing was done yet. What you "
            "have typed is kept on this page for an hour."
        ),
        kept=kept(),
        kept_name=FIELD,
        confirm=below(confirm_address(CONFIRMED)),
    )


def _confirmed(view: View[P]) -> View[P]:
    """As `require_recent_login`, but nothing that was typed is lost."""

    @wraps(view)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> Response:
        return view(*args, **kwargs) if is_confirmed() else confirm_and_keep()

    return guarded


def _section() -> str:
    """The entry of the menu that the path belongs to."""
    name = request.path.removeprefix(f"{PATH}/").partition("/")[0]
    return name if any(entry.name == name for entry in SECTIONS) else "overview"


def may(permission: str) -> bool:
    """Whether whoever looks at the page holds a permission."""
    return held().covers([permission])


def held() -> Held:
    """All that whoever looks at the page holds."""
    server = authorization_server()
    return server.store.access.of(server.tenant, administrator().account)


def acting() -> Administrator:
    """The same, as those who administer people know them."""
    return Administrator(administrator().account.id, held())


def is_root() -> bool:
    """Whether this is the console of the default tenant, which looks after all others."""
    return authorization_server().tenant.slug == ROOT


def administrator() -> Session:
    """The session of whoever looks at the page; there is one behind `guard`.

    Raises:
        LookupError: the view is not guarded.
    """
    session = current_session()
    if session is None:
        raise LookupError("Only guarded views know who is logged in.")
    return session


def author() -> Author:
    """Who changes something, for the audit log."""
    who, now = administrator().account.id, authorization_server().now
    return Author(who, now, caller(), held().is_superuser)


def address(*segments: str) -> str:
    """The path of a page of the console, for links."""
    return url_for(HOME) + _below(segments)


def go(*segments: str) -> Response:
    """To a page of the console, after a form."""
    return see_other(PATH + _below(segments))


def console_page(
    template: str, section: str, *, status: HTTPStatus | int = HTTPStatus.OK, **values: object
) -> Response:
    """A page in the frame.

    Args:
        template: one that extends `console/layout.html`.
        section: the entry of the menu that it belongs to.
        status: of HTTP.
        values: what the template shows.
    """
    account = administrator().account
    page = render(
        template,
        status=status,
        display="console",
        console=url_for(HOME),
        account_url=url_for("account.show_overview"),
        logout_url=url_for("oauth_end_session.logout"),
        groups=_menu(),
        section=section,
        account_name=account.full_name or account.username,
        notice=take_notice(),
        searched=request.args.get("find", ""),
        **values,
    )
    return forget_notice(page)


def _menu() -> list[Group]:
    """What whoever looks at the page may see."""
    shown = [
        Group(group.title, [entry for entry in group.sections if _is_shown(entry)])
        for group in GROUPS
    ]
    return [group for group in shown if group.sections]


def _is_shown(entry: Section) -> bool:
    return may(entry.permission) and (is_root() or not entry.is_of_root)


def _below(segments: Iterable[str]) -> str:
    return "".join(f"/{quote(segment, safe='')}" for segment in segments)


@limit_page
def _let_in() -> Response | None:
    session = current_session()
    if session is None:
        return log_in_first()
    if not any(map(_is_shown, SECTIONS)):
        raise Forbidden("This is for administrators.")
    is_form = request.method not in ("GET", "HEAD", "OPTIONS")
    if is_form and not take_kept():
        check_csrf()
    if owes_more(session):
        return confirm_and_keep() if is_form else confirm_first(here())
    return None
