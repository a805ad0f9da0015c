"""`/auth/register` (REQUIREMENTS.md C1, K34, K41)."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from authwell.identity.people.enrolment import Applicant, Registered
from authwell.identity.people.verification import Origin
from authwell.middleware.account_problems import telling
from authwell.middleware.api.accounts import AccountSchema, shown_account
from authwell.middleware.api.fields import secret, text
from authwell.middleware.limits.decorators import limit_address
from authwell.middleware.pages import language
from authwell.middleware.registrations import enrol
from authwell.routes.auth.part import api


class RegisterSchema(Schema):
    """Who it will be. Nothing else of an account is here (THREATS.md AU-14)."""

    username = text(320, required=True)
    email = text(320, required=True)
    password = secret(required=True)
    full_name = text(least=0, allow_none=True)
    name = text(least=0, allow_none=True, metadata={"description": "The same as `full_name`"})

    @validates_schema
    def names_agree(self, data: Mapping[str, Any], **_: object) -> None:
        """`name` and `full_name` are one thing (K17)."""
        if "name" in data and data["name"] != data.get("full_name", data["name"]):
            raise ValidationError("It differs from full_name, which is the same thing.", "name")


class RegisteredSchema(Schema):
    """What every registration is answered with, whether an account was made or not."""

    message = fields.String(required=True)
    username = fields.String(required=True)
    email = fields.String(required=True)
    verification_required = fields.Boolean(required=True)
    user = fields.Nested(
        AccountSchema,
        required=True,
        allow_none=True,
        metadata={"description": "The account; null while its address has to be verified"},
    )


@api.add(
    "POST",
    "/register",
    body=RegisterSchema,
    answer=RegisteredSchema,
    status=201,
    needs=None,
    limit=limit_address,
    refusals={
        403: "Only administrators make accounts: `code` is `registration_closed`",
        409: "The user name is taken: `code` is `username_taken`. The address is: `email_taken`, "
        "where addresses are not verified; else its owner is written to and this answers 201",
        429: "RATE_LIMIT_REGISTER is reached",
        503: "Too many passwords are being hashed; `Retry-After` says when to come back",
    },
)
def register(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Make an account."""
    applicant = Applicant(
        username=body["username"],
        email=body["email"],
        password=body["password"],
        full_name=body.get("full_name") or body.get("name"),
        locale=language(),
    )
    with telling():
        outcome = enrol(applicant, Origin())
    is_usable = isinstance(outcome, Registered)
    return {
        "message": "The account can be used." if is_usable else "A mail is on its way.",
        "username": applicant.username.strip(),
        "email": applicant.email.strip(),
        "verification_required": not is_usable,
        "user": shown_account(outcome.account.id) if isinstance(outcome, Registered) else None,
    }
