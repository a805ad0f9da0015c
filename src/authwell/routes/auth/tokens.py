"""What every way of logging in by JSON answers with: tokens, or what else must be shown."""

from collections.abc import Mapping
from typing import Any, assert_never

from marshmallow import Schema, fields

from authwell.identity.login.entrance import EnrolmentNeeded, Entered, Entry, SecondFactorNeeded
from authwell.identity.login.first_party import Tokens, issue_tokens
from authwell.middleware.api.accounts import AccountSchema, shown_account
from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem
from authwell.middleware.metrics import count_tokens
from authwell.protocol.errors import InvalidToken
from authwell.protocol.model import Account


class TokensSchema(Schema):
    """A session begun by JSON, or gone on with."""

    access_token = fields.String(required=True)
    token_type = fields.Constant("Bearer", required=True)
    expires_in = fields.Integer(required=True, metadata={"description": "Seconds"})
    refresh_token = fields.String(required=True)
    refresh_expires_in = fields.Integer(required=True, metadata={"description": "Seconds"})
    scope = fields.String(required=True)
    session_id = fields.String(required=True)
    user = fields.Nested(AccountSchema, required=True)


def tokens_for(entry: Entry) -> Mapping[str, Any]:
    """The answer to somebody who came to the entrance by whichever door.

    Raises:
        Problem: a second factor must be shown, or set up, with the `mfa_token` of the problem; or
            the password of the settings must be changed, which is done on a page (K16).
    """
    match entry:
        case Entered(session=session):
            _require_own_password(session.account)
            count_tokens("login")
            return shown_tokens(issue_tokens(authorization_server(), session))
        case SecondFactorNeeded(token=token, methods=methods):
            text = "Show a second factor to finish logging in."
            raise Problem(403, "mfa_required", text, mfa_token=token, methods=list(methods))
        case EnrolmentNeeded(token=token, methods=methods):
            text = "Set up a second factor to finish logging in."
            raise Problem(403, "mfa_enrolment_required", text, mfa_token=token, methods=[*methods])
        case _:
            assert_never(entry)


def _require_own_password(account: Account) -> None:
    if site().first_administrator.must_change(authorization_server(), account):
        text = "Log in at /login and change the password first."
        raise Problem(403, "password_change_required", text)


def shown_tokens(tokens: Tokens) -> Mapping[str, Any]:
    """What `TokensSchema` describes."""
    grant, now = tokens.grant, authorization_server().now
    if grant.account is None:
        raise InvalidToken("its grant is nobody's")
    return {
        **tokens.response,
        "refresh_expires_in": int((grant.expires_at - now).total_seconds()),
        "session_id": grant.session_id,
        "user": shown_account(grant.account.id),
    }
