"""`/auth/login`, `/auth/refresh`, `/auth/logout` (REQUIREMENTS.md C2 to C4, B20, K40)."""

from collections.abc import Mapping
from typing import Any

from flask import Response
from marshmallow import Schema, fields

from authwell.identity.login.entrance import Shown
from authwell.identity.login.first_party import renew_tokens
from authwell.identity.login.password import LONGEST_NAME, LoginFailed
from authwell.identity.people.names import canonical_username
from authwell.middleware.api.callers import signed_in
from authwell.middleware.api.fields import secret, text
from authwell.middleware.api.operations import LEAVING
from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem
from authwell.middleware.limits.charges import check_logins, count_failed_login
from authwell.middleware.limits.decorators import limit_address
from authwell.middleware.metrics import count_login, count_refused_login, count_tokens, log_with
from authwell.protocol.errors import InvalidGrant
from authwell.protocol.model import Account
from authwell.routes.auth.part import api
from authwell.routes.auth.tokens import TokensSchema, shown_tokens, tokens_for


class LoginSchema(Schema):
    """Name and password; with the members of RFC 6749 section 4.3 that document 1 sends along."""

    username = text(
        LONGEST_NAME, required=True, metadata={"description": "User name or e-mail address"}
    )
    password = secret(required=True)
    grant_type = fields.String(
        metadata={"description": "Of forms made for OAuth's password flow; ignored"}
    )
    scope = fields.String(metadata={"description": "As `grant_type`"})


class RefreshSchema(Schema):
    """The refresh token of the last answer."""

    refresh_token = secret(required=True)


@api.add(
    "POST",
    "/login",
    body=LoginSchema,
    forms=True,
    answer=TokensSchema,
    needs=None,
    limit=limit_address,
    refusals={
        401: "Name and password do not belong together, or the account cannot log in",
        403: "A second factor is needed: `code` is `mfa_required`; or the password must be changed "
        "on the page of the login first: `password_change_required`",
        503: "Too many passwords are being checked; `Retry-After` says when to come back",
    },
)
def log_in(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Log in by name and password."""
    account = _authenticate(body["username"], body["password"])
    server = authorization_server()
    return tokens_for(site().entrance.enter(server, Shown(account, {"pwd": server.now})))


@api.add(
    "POST",
    "/refresh",
    body=RefreshSchema,
    forms=True,
    answer=TokensSchema,
    needs=None,
    limit=limit_address,
    refusals={401: "The refresh token is unknown, used, expired or ended"},
)
def refresh(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Exchange a refresh token for new tokens; the old one is used up."""
    server = authorization_server()
    try:
        tokens = renew_tokens(server, body["refresh_token"])
    except InvalidGrant as error:
        raise Problem(401, error.rule, "Log in again.") from error
    count_tokens("refresh_token")
    site().sessions.note_use(server, tokens.grant)
    return shown_tokens(tokens)


@api.add("POST", "/logout", needs=LEAVING)
def log_out() -> Response | None:
    """End the session of the access token, and all its tokens at once."""
    server, caller = authorization_server(), signed_in()
    if caller.grant is not None:
        site().sessions.end_with_grant(server, caller.grant)
    return None


def _authenticate(username: str, password: str) -> Account:
    """Under the limit of failed logins by account and address (K48).

    Raises:
        Problem: for every reason the same.
    """
    name = canonical_username(username)
    check_logins(name)
    outcome = site().login.authenticate(authorization_server(), username, password)
    if isinstance(outcome, LoginFailed):
        count_failed_login(name)
        count_refused_login(outcome.reason)
        raise Problem(
            401, "invalid_credentials", "The name and the password do not belong together."
        )
    count_login("success")
    log_with(account_id=outcome.id)
    return outcome
