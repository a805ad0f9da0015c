"""Logging in by a link in a mail: asking for one, opening it, and confirming it where one asked.

Opening the address changes nothing, because programs that look through mail open it too; a form
uses the link up (THREATS.md RC-04).
"""

from http import HTTPStatus

from flask import Response, abort, request
from flask_babel import gettext

from authwell.identity.login.magic_links import Asked, MagicLinkRefused
from authwell.middleware import csrf, entering, returning, steps
from authwell.middleware.context import authorization_server, site
from authwell.middleware.limits.mails import mail_allowed
from authwell.middleware.metrics import count_login, log_with
from authwell.middleware.pages import error_page, render
from authwell.middleware.replies import see_other
from authwell.middleware.returning import go_back
from authwell.protocol import authentication_context as context
from authwell.protocol.authorization.waiting import Waiting
from authwell.protocol.model import Account
from authwell.routes.login import login

LONGEST_EMAIL = 320


def show() -> Response:
    """The page of the link in the mail, or the one that asks for the address."""
    _require_offered()
    token = request.args.get("token")
    if token is not None:
        return _opened(token)
    found = login.waiting_request()
    if not login.is_next(found):
        return steps.go_on(found) if found else go_back()
    return _ask(found)


def send() -> Response:
    """Send one, and say the same for every address."""
    _require_offered()
    found = login.waiting_request()
    if not login.is_next(found):
        return steps.go_on(found) if found else go_back()
    email = request.form.get("email", "").strip()
    if "@" not in email or len(email) > LONGEST_EMAIL:
        return _ask(found, email[:LONGEST_EMAIL], gettext("Enter your email address."))
    asked = Asked(email, csrf.browser(), _onward(found), mail_allowed("magic_link", email))
    asking = site().magic_links.send(authorization_server(), asked)
    site().outbox_bell.set()
    address = steps.address("show_magic_link_sent", found)
    return see_other(f"{address}{'&' if '?' in address else '?'}asking={asking}")


def show_sent() -> Response:
    """Where the person is to look, and what they may type if they opened it elsewhere."""
    _require_offered()
    found = login.waiting_request()
    if not login.is_next(found):
        return steps.go_on(found) if found else go_back()
    return _sent(found, request.args.get("asking", ""))


def confirm() -> Response:
    """Log in by the code that the link showed elsewhere."""
    _require_offered()
    found = login.waiting_request()
    if not login.is_next(found):
        return steps.go_on(found) if found else go_back()
    asking = request.form.get("asking", "")
    try:
        account = site().magic_links.confirm(
            authorization_server(), asking, request.form.get("code", ""), csrf.browser()
        )
    except MagicLinkRefused:
        count_login("failure")
        sentence = gettext("This code is wrong, or too old. Try again, or ask for a new link.")
        return _sent(found, asking, sentence)
    return _enter(found, account)


def use() -> Response:
    """Log in by the link, or show its code if it was asked for elsewhere."""
    _require_offered()
    server, token = authorization_server(), request.form.get("token", "")
    links = site().magic_links
    try:
        if links.opens_here(server, token, csrf.browser()):
            account = links.use(server, token, csrf.browser())
        else:
            return render("magic_link/elsewhere.html", code=links.show_code(server, token))
    except MagicLinkRefused as refusal:
        return _refused(refusal)
    found = login.waiting_request()
    return _enter(found if login.is_next(found) else None, account)


def _opened(token: str) -> Response:
    try:
        is_here = site().magic_links.opens_here(authorization_server(), token, csrf.browser())
    except MagicLinkRefused as refusal:
        return _refused(refusal)
    if not is_here:
        return render("magic_link/elsewhere.html", code=None, token=token)
    found = login.waiting_request()
    action = steps.address("use_magic_link", found)
    return steps.page("magic_link/here.html", found, action=action, token=token)


def _ask(found: Waiting | None, email: str = "", error: str | None = None) -> Response:
    return steps.page(
        "magic_link/ask.html",
        found,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        action=steps.address("send_magic_link", found),
        login=steps.address("show_login", found),
        email=email,
        field_errors={"email": error} if error else {},
    )


def _sent(found: Waiting | None, asking: str, error: str | None = None) -> Response:
    return steps.page(
        "magic_link/sent.html",
        found,
        status=HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK,
        action=steps.address("confirm_magic_link", found),
        again=steps.address("show_magic_link", found),
        asking=asking,
        field_errors={"code": error} if error else {},
    )


def _enter(found: Waiting | None, account: Account) -> Response:
    count_login("success")
    log_with(account_id=account.id)
    return entering.enter(found, account, {context.LINK: authorization_server().now})


def _onward(found: Waiting | None) -> dict[str, str]:
    """What the link carries, so that whoever opens it goes on where they were."""
    if found is not None:
        return {steps.PARAMETER: found.id}
    page_of_ours = returning.wanted()
    return {returning.PARAMETER: page_of_ours} if page_of_ours else {}


def _refused(refusal: MagicLinkRefused) -> Response:
    count_login("failure")
    return error_page(
        HTTPStatus.BAD_REQUEST,
        refusal.rule,
        gettext("This link does not work any more"),
        gettext("It was used, or it is too old."),
        gettext("Go back to where you wanted to log in, and ask for a new one."),
    )


def _require_offered() -> None:
    if not site().magic_links.are_offered(authorization_server().tenant):
        abort(HTTPStatus.NOT_FOUND)
