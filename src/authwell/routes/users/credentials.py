"""What a person logs in with, changed by themselves (REQUIREMENTS.md G11, THREATS.md AU-18)."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from authwell.identity.passwords.change import AccountGone
from authwell.middleware.account_problems import telling
from authwell.middleware.api.callers import signed_in
from authwell.middleware.api.confirming import require_password
from authwell.middleware.api.fields import secret, text
from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem
from authwell.middleware.limits.mails import mail_allowed
from authwell.routes.users.parts import at_auth, at_users

_WRONG = "The present password is wrong: `code` is `wrong_password`"


class ChangeEmailSchema(Schema):
    """The address that the account shall have, and the present password."""

    new_email = text(320, required=True)
    password = secret(required=True)


class ChangePasswordSchema(Schema):
    """The present password and the one that shall be."""

    current_password = secret(required=True)
    new_password = secret(required=True)


class DoneSchema(Schema):
    """What was done, for people."""

    message = fields.String(required=True)


@at_auth.add(
    "POST",
    "/profile/change-email",
    body=ChangeEmailSchema,
    answer=DoneSchema,
    refusals={403: _WRONG},
)
def change_email(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Send a link to a new address; the account has it once the link was used."""
    require_password(body["password"])
    if mail_allowed("change_email", body["new_email"]):
        with telling(address="new_email"):
            site().email_change.request(
                authorization_server(), signed_in().account.id, body["new_email"]
            )
    return {"message": "A mail is on its way to the new address. Its link changes the address."}


@at_auth.add(
    "POST", "/password", body=ChangePasswordSchema, answer=DoneSchema, refusals={403: _WRONG}
)
@at_users.add(
    "POST", "/me/password", body=ChangePasswordSchema, answer=DoneSchema, refusals={403: _WRONG}
)
def change_password(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Set another password; all sessions and tokens end, the caller's too."""
    require_password(body["current_password"])
    try:
        with telling(chosen="new_password"):
            site().password_change.change(
                authorization_server(), signed_in().account.id, body["new_password"]
            )
    except AccountGone as gone:
        raise Problem(401, "invalid_token", "The account cannot be used.") from gone
    return {"message": "The password was changed, and all sessions have ended. Log in."}
