"""The page of another password (REQUIREMENTS.md C10, THREATS.md AU-18)."""

from collections.abc import Mapping
from http import HTTPStatus

from flask import Response, request
from flask_babel import gettext
from werkzeug.exceptions import Conflict

from authwell.identity.factors.recency import RECENT
from authwell.identity.passwords.change import AccountGone
from authwell.identity.passwords.policy import password_policy
from authwell.identity.people.desk import WeakPassword
from authwell.identity.people.names import canonical_username
from authwell.middleware.account_pages import account_page, person
from authwell.middleware.context import (
    authorization_server,
    owes_password,
    set_session_cookie,
    site,
)
from authwell.middleware.limits.charges import check_logins, count_failed_login
from authwell.middleware.notices import notify
from authwell.middleware.replies import see_other
from authwell.middleware.weaknesses import sentences
from authwell.protocol.authentication_context import PWD
from authwell.storage.login.credentials import Credentials

SECURITY = "/account/security"


def show() -> Response:
    """The form."""
    return _page({})


def change() -> Response:
    """Change it, or say what is wrong; all other sessions end, and this one gets a new cookie."""
    new = request.form.get("new_password", "")
    if not new:
        return _page({"new_password": gettext("Enter a new password.")})
    if asks_for_present() and not _confirms(request.form.get("present_password", "")):
        return _page({"present_password": gettext("This is not your password.")})
    session = person()
    try:
        cookie = site().password_change.change(
            authorization_server(), session.account.id, new, session
        )
    except WeakPassword as refused:
        return _page({"new_password": " ".join(sentences(refused.weaknesses))})
    except AccountGone as gone:
        raise Conflict from gone
    response = see_other(SECURITY)
    if cookie is not None:
        set_session_cookie(response, cookie)
    return notify(response, "password_changed")


def has_password() -> bool:
    """Whether the person has one at all."""
    tenant_id, account_id = authorization_server().tenant.id, person().account.id
    return Credentials(site().database).find_password(tenant_id, account_id) is not None


def asks_for_present() -> bool:
    """Whether the present one has to be shown: not if it was in the last minutes, or there is none."""
    now, shown = authorization_server().now, person().methods.get(PWD)
    return (shown is None or now - shown > RECENT) and has_password()


def _confirms(password: str) -> bool:
    """Compare it under the limits and the guard of a login."""
    account = person().account
    name = canonical_username(account.username)
    check_logins(name)
    if site().login.confirms(authorization_server(), account, password):
        return True
    count_failed_login(name)
    return False


def _about() -> str:
    """What the change means; more than usual for the account of the settings (K16)."""
    if not owes_password():
        text = gettext("You stay logged in here. All other sessions end.")
    elif site().first_administrator.exists(authorization_server()):
        text = gettext(
            "This password is from the settings, and others may know it. There is an "
            "administrator already, so the change gives you no role: ask them for one."
        )
    else:
        text = gettext(
            "This password is from the settings, and others may know it. When you have changed "
            "it, you are the administrator."
        )
    return str(text)


def _page(field_errors: Mapping[str, str]) -> Response:
    account = person().account
    policy = password_policy(site().settings, authorization_server().tenant)
    only = not site().second_factors.enrolled(authorization_server(), account).any
    return account_page(
        "account/password.html",
        "security",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if field_errors else HTTPStatus.OK,
        field_errors=field_errors,
        username=account.username,
        asks_for_present=asks_for_present(),
        about=_about(),
        may_leave=not owes_password(),
        least=policy.least(only_factor=only),
    )
