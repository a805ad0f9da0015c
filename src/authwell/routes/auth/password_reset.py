"""`/auth/password-reset`: asked for and confirmed at one path, by the members (K11, D6, D7)."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from authwell.identity.people.verification import Origin
from authwell.middleware.account_problems import telling
from authwell.middleware.api.fields import secret, text
from authwell.middleware.context import authorization_server, site
from authwell.middleware.limits.charges import charge_password_reset
from authwell.middleware.limits.decorators import limit_address
from authwell.middleware.limits.mails import mail_allowed
from authwell.routes.auth.part import api

_REFUSALS = {
    400: "The token is worth nothing: `code` is `link_invalid`. Or the password is refused",
    429: "RATE_LIMIT_PASSWORD_RESET is reached",
}


class ResetSchema(Schema):
    """`email` asks for a mail; `token` with a password sets it."""

    email = text(320)
    token = secret()
    password = secret()
    new_password = secret(metadata={"description": "The same as `password`"})

    @validates_schema
    def is_one_of_both(self, data: Mapping[str, Any], **_: object) -> None:
        """Ask or confirm, not a bit of each."""
        asks, passwords = "email" in data, {"password", "new_password"} & data.keys()
        if asks == ("token" in data):
            raise ValidationError("Send either email, or token and password.", "token")
        if asks and passwords:
            raise ValidationError("It belongs to a token.", min(passwords))
        if not asks and len(passwords) != 1:
            raise ValidationError("Send it once, as password or as new_password.", "password")


class ResetRequestSchema(Schema):
    """The address of an account."""

    email = text(320, required=True)


class ResetAnswerSchema(Schema):
    """What was done, for people."""

    message = fields.String(required=True)


@api.add(
    "POST",
    "/password-reset",
    body=ResetSchema,
    answer=ResetAnswerSchema,
    needs=None,
    limit=limit_address,
    refusals=_REFUSALS,
)
@api.add(
    "POST",
    "/password-reset/verify",
    body=ResetSchema,
    answer=ResetAnswerSchema,
    needs=None,
    limit=limit_address,
    refusals=_REFUSALS,
)
def reset_password(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Ask for a mail with a token, or set another password by it."""
    if "email" in body:
        return request_reset(body)
    member = "password" if "password" in body else "new_password"
    with telling(chosen=member):
        site().recovery.confirm(authorization_server(), body["token"], body[member])
    return {"message": "The password was changed, and all sessions have ended. Log in."}


@api.add(
    "POST",
    "/password-reset-request",
    body=ResetRequestSchema,
    answer=ResetAnswerSchema,
    needs=None,
    limit=limit_address,
    refusals={429: _REFUSALS[429]},
)
def request_reset(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Send a token to the address, if it has an account; the answer is the same if not."""
    charge_password_reset(body["email"])
    if mail_allowed("reset", body["email"]):
        site().recovery.request(authorization_server(), body["email"], Origin())
    return {"message": "If the address has an account, a mail is on its way."}
