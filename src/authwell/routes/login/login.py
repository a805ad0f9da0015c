"""The login page: name and password, for a waiting request or for itself.

Where the tenant's `login_flow` is `identifier_first`, it is two pages: the name, then whatever
proves it. The second is made of the posted name alone, so it looks the same for a name that
nobody has (THREATS.md AU-01), and whoever posts both at once is as far as with one page. At the
default tenant the name may lead to the login page of another one instead.
"""

from dataclasses import dataclass, field
from http import HTTPStatus

from flask import Response, request
from flask_babel import gettext

from authwell.identity.login.flow import login_flow
from authwell.identity.login.password import LoginFailed
from authwell.identity.people.names import canonical_username
from authwell.middleware import entering, steps
from authwell.middleware.context import (
    authorization_server,
    current_session,
    site,
)
from authwell.middleware.leading import hint_of_page, lead_to_own_tenant
from authwell.middleware.limits.charges import check_logins, count_failed_login
from authwell.middleware.metrics import count_login, count_refused_login, log_with
from authwell.middleware.passkeys import PasskeyForm, passkey_form
from authwell.middleware.returning import go_back
from authwell.protocol import authentication_context as context
from authwell.protocol import subjects
from authwell.protocol.authorization.interaction import LogIn, SelectAccount
from authwell.protocol.authorization.waiting import Waiting
from authwell.protocol.model import Account


@dataclass(frozen=True, slots=True)
class LoginForm:
    """What is in the form, and what is wrong with it."""

    username: str = ""
    hinted: Account | None = None
    """The account that a valid `id_token_hint` names: nobody else can answer the request."""
    is_named: bool = False
    """Whether the page before has asked for the name."""
    error: str | None = None
    field_errors: dict[str, str] = field(default_factory=dict)


def show() -> Response:
    """The page, if logging in is what comes next."""
    found = waiting_request()
    if not is_next(found):
        return steps.go_on(found) if found else go_back()
    hinted = hinted_account(found)
    is_named = found is None and bool(hint_of_page())
    return _page(found, LoginForm(_prefill(found, hinted), hinted, is_named))


def submit() -> Response:
    """Log in, or say what was wrong in the same words for every reason."""
    found = waiting_request()
    if found is not None and "cancel" in request.form:
        return steps.cancel(found)
    if not is_next(found):
        return steps.go_on(found) if found else go_back()
    hinted = hinted_account(found)
    username = hinted.username if hinted else request.form.get("username", "").strip()
    if _asks_for_name(hinted) and "password" not in request.form:
        led = lead_to_own_tenant(username) if found is None else None
        return led or _after_name(found, username)
    password = request.form.get("password", "")
    missing = _missing(username, password)
    is_named = bool(username)
    if missing:
        return _page(found, LoginForm(username, hinted, is_named, field_errors=missing))
    outcome = _authenticate(username, password)
    if isinstance(outcome, LoginFailed):
        sentence = gettext("The name and the password do not belong together. Try again.")
        return _page(found, LoginForm(username, hinted, is_named, error=sentence))
    now = authorization_server().now
    return entering.enter(found, outcome, {context.PWD: now})


def refuse_passkey(found: Waiting | None) -> Response:
    """The page again, in the same words for every reason."""
    hinted = hinted_account(found)
    sentence = gettext("This passkey did not log you in. Try again, or use your password.")
    return _page(found, LoginForm(_prefill(found, hinted), hinted, error=sentence))


def _authenticate(username: str, password: str) -> Account | LoginFailed:
    """Compare them, under the limit of failed logins by account and address (K48)."""
    name = canonical_username(username)
    check_logins(name)
    outcome = site().login.authenticate(authorization_server(), username, password)
    if isinstance(outcome, LoginFailed):
        count_failed_login(name)
        count_refused_login(outcome.reason)
    else:
        count_login("success")
        log_with(account_id=outcome.id)
    return outcome


def waiting_request() -> Waiting | None:
    """The request that waits for this login, if there is one."""
    return steps.find_waiting() if steps.has_interaction() else None


def is_next(found: Waiting | None) -> bool:
    """Choosing another account is logging in too; any other step has its own page (BR-11)."""
    if found is None:
        return current_session() is None
    return isinstance(steps.current_step(found), LogIn | SelectAccount)


def hinted_account(found: Waiting | None) -> Account | None:
    """The person of this browser's session, if the client's `id_token_hint` names them.

    Nobody else's name is shown: whoever holds an old ID token would learn it.
    """
    session = current_session()
    if found is None or session is None:
        return None
    known_as = subjects.of(found.request.client, session.account)
    return session.account if known_as == found.request.hinted_subject else None


def _prefill(found: Waiting | None, hinted: Account | None) -> str:
    """Who it will be, as far as client or browser know; whether they exist shows nowhere."""
    if hinted is not None:
        return hinted.username
    if found is None:
        return hint_of_page()
    if found.request.login_hint:
        return found.request.login_hint
    session = current_session()
    if session is not None and isinstance(steps.current_step(found), LogIn):
        return session.account.username
    return ""


def _registration(found: Waiting | None) -> str | None:
    """Where the link to a new account leads, if the tenant has a page for it."""
    if authorization_server().tenant.policy.registration_page is None:
        return None
    return steps.address("show_registration", found)


def _resend(found: Waiting | None) -> str | None:
    """Where a mail is sent again that may be why a password does not log in."""
    is_needed = site().settings.require_email_verification
    return steps.address("people.show_resend", found) if is_needed else None


def _passkey(found: Waiting | None) -> PasskeyForm | None:
    return passkey_form(
        steps.address("submit_passkey", found), steps.address("begin_passkey", found)
    )


def _asks_for_name(hinted: Account | None) -> bool:
    """Whether there is a page before this one on which the name is asked for."""
    flow = login_flow(authorization_server().tenant)
    return flow == "identifier_first" and hinted is None


def _after_name(found: Waiting | None, username: str) -> Response:
    """The second page, whoever is meant; the first again where nobody is."""
    if username:
        return _page(found, LoginForm(username, is_named=True))
    missing = {"username": gettext("Enter your email or user name.")}
    return _page(found, LoginForm(field_errors=missing))


def _part(form: LoginForm) -> str:
    """What the page asks for: `both`, only the `name`, or what proves it (`proof`)."""
    if not _asks_for_name(form.hinted):
        return "both"
    return "proof" if form.is_named else "name"


def _magic_link(found: Waiting | None) -> str | None:
    """Where the link to a login by mail leads, if the tenant has it."""
    if not site().magic_links.are_offered(authorization_server().tenant):
        return None
    return steps.address("show_magic_link", found)


def _missing(username: str, password: str) -> dict[str, str]:
    missing = {}
    if not username:
        missing["username"] = gettext("Enter your email or user name.")
    if not password:
        missing["password"] = gettext("Enter your password.")
    return missing


def _page(found: Waiting | None, form: LoginForm) -> Response:
    refused = form.error is not None or bool(form.field_errors)
    return steps.page(
        "login.html",
        found,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK,
        action=steps.address("submit_login", found),
        part=_part(form),
        other_name=steps.address("show_login", found),
        passkey=_passkey(found),
        magic_link=_magic_link(found),
        username=form.username,
        error=form.error,
        field_errors=form.field_errors,
        may_cancel=found is not None,
        create_account=_registration(found) if form.hinted is None else None,
        recover=steps.address("people.show_recovery", found),
        resend=_resend(found) if form.error is not None else None,
        reauthenticate=form.hinted is not None,
        account_name=steps.name_of(form.hinted) if form.hinted else None,
    )
