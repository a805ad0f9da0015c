"""The page of names, user name, language and picture."""

from collections.abc import Mapping
from dataclasses import fields
from http import HTTPStatus
from typing import Any, Final

from babel import Locale
from flask import Response, request
from flask_babel import gettext, lazy_gettext
from flask_babel.speaklater import LazyString
from werkzeug.exceptions import Conflict

from authwell.identity.people.profiles import Changes, Fault, InvalidProfile, Profiles, values_of
from authwell.middleware.account_pages import account_page, person
from authwell.middleware.context import authorization_server, site
from authwell.middleware.notices import notify
from authwell.middleware.replies import see_other
from authwell.storage.people.accounts import AccountRecord
from authwell.utils.translations import LANGUAGES

PATH = "/account/profile"
MEMBERS = tuple(member.name for member in fields(Changes))

_ = lazy_gettext
SENTENCES: Final[Mapping[Fault, LazyString]] = {
    "required": _("Enter a user name."),
    "taken": _("This user name is taken. Choose another."),
    "address_of_another": _("A user name may have an @ only if it is your own email address."),
    "too_long": _("This is too long."),
    "characters": _("This has characters that cannot be shown."),
    "invalid": _("This is not an https address."),
}


def show() -> Response:
    """The form as it stands."""
    record = _record()
    return _page(record, values_of(record), {})


def change() -> Response:
    """Save what is in the form, or say what is wrong with it."""
    sent: dict[str, Any] = {name: request.form[name] for name in MEMBERS if name in request.form}
    profiles = Profiles(site().database)
    outcome = profiles.change(authorization_server(), person().account.id, Changes(**sent))
    if outcome is None:
        raise Conflict
    if isinstance(outcome, InvalidProfile):
        record = _record()
        errors = {name: _sentence(name, fault) for name, fault in outcome.faults.items()}
        return _page(record, values_of(record) | sent, errors)
    return notify(see_other(PATH), "profile_saved")


def _record() -> AccountRecord:
    found = Profiles(site().database).find(authorization_server(), person().account.id)
    if found is None:
        raise Conflict
    return found


def _page(
    record: AccountRecord, values: Mapping[str, str], field_errors: Mapping[str, str]
) -> Response:
    return account_page(
        "account/profile.html",
        "profile",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if field_errors else HTTPStatus.OK,
        values=values,
        field_errors=field_errors,
        languages=_languages(values["locale"]),
        email=record.email,
        email_verified=record.email_verified,
    )


def _languages(chosen: str) -> list[tuple[str, str]]:
    """Each language that we speak, by its own name, and the one of the account if it is another."""
    offered = [(tag, Locale.parse(tag).get_display_name(tag) or tag) for tag in LANGUAGES]
    known = {tag for tag, _ in offered}
    return offered if not chosen or chosen in known else [*offered, (chosen, chosen)]


def _sentence(name: str, fault: Fault) -> str:
    if fault == "invalid" and name == "locale":
        return str(gettext("Choose one of the languages."))
    return str(SENTENCES[fault])
