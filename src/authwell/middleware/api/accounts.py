"""An account as the first-party API shows it, to its owner only."""

from typing import Any

from marshmallow import Schema, fields

from authwell.identity.administration.shown import shown_account as shown
from authwell.middleware.context import authorization_server, site
from authwell.protocol.errors import InvalidToken
from authwell.storage.people.accounts import Accounts


class AccountSchema(Schema):
    """A person's own account."""

    id = fields.String(required=True)
    username = fields.String(required=True)
    email = fields.String(required=True, allow_none=True)
    is_verified = fields.Boolean(
        required=True, metadata={"description": "Whether the e-mail address was shown to be theirs"}
    )
    is_active = fields.Boolean(required=True)
    full_name = fields.String(required=True, allow_none=True)
    name = fields.String(
        required=True, allow_none=True, metadata={"description": "The same as `full_name`"}
    )
    locale = fields.String(required=True, allow_none=True)
    claims = fields.Dict(
        required=True, metadata={"description": "Standard claims of OpenID Connect Core 5.1"}
    )
    roles = fields.List(fields.String(), required=True)
    created_at = fields.DateTime(required=True)
    updated_at = fields.DateTime(required=True)
    last_login = fields.DateTime(required=True, allow_none=True)


def shown_account(account_id: str) -> dict[str, Any]:
    """The account of a session or a token that stands.

    Raises:
        InvalidToken: it was erased since.
    """
    found = Accounts(site().database).find(authorization_server().tenant.id, account_id)
    if found is None:
        raise InvalidToken("its account is gone")
    return shown(found)
