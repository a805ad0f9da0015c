"""What every way of logging in by JSON answers with: tokens, or what else must be shown."""

from collections.abc import Mapping
from typing import Any, assert_never

from marshmallow import Schema, fields

from authwell.identity.entrance import Entered
from authwell.identity.first_party import Tokens, issue_tokens
from authwell.middleware.api.accounts import AccountSchema, shown_account
from authwell.middleware.context import authorization_server
from authwell.middleware.metrics import count_tokens


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


def tokens_for(entered: Entered) -> Mapping[str, Any]:
    """The answer to somebody whom the entrance let in, by whichever door."""
    match entered:
        case Entered(session=session):
            count_tokens("login")
            return shown_tokens(issue_tokens(authorization_server(), session))
        case _:
            assert_never(entered)


def shown_tokens(tokens: Tokens) -> Mapping[str, Any]:
    """What `TokensSchema` describes."""
    grant, now = tokens.grant, authorization_server().now
    if grant.account is None:
        raise LookupError(grant.id)
    return {
        **tokens.response,
        "refresh_expires_in": int((grant.expires_at - now).total_seconds()),
        "session_id": grant.session_id,
        "user": shown_account(grant.account.id),
    }
