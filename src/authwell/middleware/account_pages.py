"""The frame of the pages on which people look after their account.

Any blueprint may have such pages: `guard` lets nobody in without a session and takes no form
of another place, and `account_page` puts a page into the frame.
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, request
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString

from authwell.middleware.context import current_session, owes_password
from authwell.middleware.csrf import check_csrf
from authwell.middleware.limits.decorators import limit_page
from authwell.middleware.notices import forget_notice, take_notice
from authwell.middleware.pages import render
from authwell.middleware.recency import CONFIRM, confirm_first, owes_more
from authwell.middleware.returning import here, log_in_first
from authwell.protocol.model import Session

_ = lazy_gettext


@dataclass(frozen=True, slots=True)
class Section:
    """One entry of the menu."""

    name: str
    path: str
    title: LazyString
    about: LazyString
    """What one does there, for the overview."""


SECTIONS: Final = (
    Section(
        "profile",
        "/account/profile",
        _("Profile"),
        _("Your name, user name, language and picture."),
    ),
    Section(
        "security",
        "/account/security",
        _("Security"),
        _("Your password, passkeys and second factors."),
    ),
    Section(
        "sessions",
        "/account/sessions",
        _("Sessions and devices"),
        _("Where you are logged in, and how to end it."),
    ),
    Section(
        "applications",
        "/account/applications",
        _("Applications"),
        _("Who has access to your account, and how to take it back."),
    ),
    Section(
        "api-keys",
        "/account/api-keys",
        _("API keys"),
        _("Keys for your own programs."),
    ),
    Section(
        "activity",
        "/account/activity",
        _("Activity"),
        _("What happened with your account, and when."),
    ),
    Section(
        "data",
        "/account/export",
        _("Your data"),
        _("Take it with you, or delete your account."),
    ),
)


def guard(blueprint: Blueprint) -> None:
    """Let each view of a blueprint be reached with a session, and by forms of ours, only."""
    blueprint.before_request(_let_in)


def person() -> Session:
    """The session of whoever looks at the page; there is one behind `guard`.

    Raises:
        LookupError: the view is not guarded.
    """
    session = current_session()
    if session is None:
        raise LookupError("Only guarded views know who is logged in.")
    return session


def account_page(
    template: str, section: str, *, status: HTTPStatus | int = HTTPStatus.OK, **values: object
) -> Response:
    """A page in the frame.

    Args:
        template: one that extends `account/layout.html`.
        section: the entry of the menu that it belongs to.
        status: of HTTP.
        values: what the template shows.
    """
    account = person().account
    page = render(
        template,
        status=status,
        display="account",
        sections=() if owes_password() else SECTIONS,
        section=section,
        account_name=account.full_name or account.username,
        notice=take_notice(),
        **values,
    )
    return forget_notice(page)


@limit_page
def _let_in() -> Response | None:
    session = current_session()
    if session is None:
        return log_in_first()
    if owes_more(session) and not request.path.startswith(CONFIRM):
        return confirm_first(here())
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        check_csrf()
    return None
