"""`/auth/email`: verifying the address of an account (REQUIREMENTS.md D2 to D4)."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from authwell.identity.people.verification import Opener
from authwell.middleware.account_problems import telling
from authwell.middleware.api.callers import signed_in
from authwell.middleware.api.fields import secret, text
from authwell.middleware.api.operations import Needs
from authwell.middleware.context import authorization_server, site
from authwell.middleware.limits.decorators import limit_address
from authwell.middleware.limits.mails import mail_allowed
from authwell.routes.auth.part import api


class VerifySchema(Schema):
    """The token of the link."""

    token = secret(required=True)
    password = secret(
        metadata={
            "description": "Replaces the password of the registration. Ask for one wherever the "
            "registration may have been somebody else's"
        }
    )


class AddressSchema(Schema):
    """An e-mail address."""

    email = text(320, required=True)


class MessageSchema(Schema):
    """What was done, for people."""

    message = fields.String(required=True)


class StatusSchema(Schema):
    """Whether the address is verified."""

    email = fields.String(required=True, allow_none=True)
    email_verified = fields.Boolean(required=True)
    verification_required = fields.Boolean(
        required=True,
        metadata={"description": "Whether new accounts wait until theirs is verified"},
    )


@api.add(
    "POST",
    "/email/verify",
    body=VerifySchema,
    answer=StatusSchema,
    needs=None,
    limit=limit_address,
    refusals={400: "The token is worth nothing: `code` is `link_invalid`"},
)
def verify_email(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Verify the address of an account by the token of a mail, which is used up."""
    with telling():
        verified = site().verification.confirm(
            authorization_server(),
            body["token"],
            Opener(is_program=True),
            body.get("password"),
        )
    return _status(verified.account.email, is_verified=verified.account.email_verified)


@api.add(
    "POST",
    "/email/resend-verification",
    body=AddressSchema,
    answer=MessageSchema,
    needs=None,
    limit=limit_address,
)
def resend_verification(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Send the mail again, if the address waits for one; the answer is the same if not."""
    if mail_allowed("verify", body["email"]):
        site().verification.resend(authorization_server(), body["email"])
    return {"message": "If the address waits to be verified, a mail is on its way."}


@api.add("GET", "/email/status", answer=StatusSchema, needs=Needs("read:user"))
def email_status() -> Mapping[str, Any]:
    """Tell whether the caller's address is verified."""
    account = signed_in().account
    return _status(account.email, is_verified=account.email_verified)


def _status(email: str | None, *, is_verified: bool) -> Mapping[str, Any]:
    return {
        "email": email,
        "email_verified": is_verified,
        "verification_required": site().settings.require_email_verification,
    }
