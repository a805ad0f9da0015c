"""Accounts as administrators write and see them."""

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from authwell.identity.administration.entries import Entry
from authwell.identity.people.names import canonical_email, canonical_username
from authwell.middleware.api.accounts import AccountSchema
from authwell.middleware.api.fields import Flag, secret, text
from authwell.middleware.api.paging import PageSchema, sorted_by
from authwell.protocol.access import ADMIN
from authwell.routes.users.members import ProfileSchema, changes_of

STATUSES: Final = ("pending", "active", "disabled", "deleted")
_OWN: Final = ("email", "is_verified", "roles", "is_superuser", "password")
_CANONICAL: Final = {
    "username": canonical_username,
    "email": lambda email: canonical_email(email) or "",
    "q": canonical_username,
}


class UsersQuery(PageSchema):
    """Which page of accounts."""

    sort = sorted_by("created_at", "username", default="-created_at")
    status = fields.String(
        validate=validate.OneOf(STATUSES),
        metadata={"description": "Deleted ones are shown only if asked for"},
    )
    username = text()
    email = text(320)
    role = text(metadata={"description": "Who has this role themselves"})
    q = text(metadata={"description": "With this user name or e-mail address begins"})


class UserEntrySchema(ProfileSchema):
    """What is to become of an account; what is left out stays, null removes."""

    email = text(320, allow_none=True)
    is_verified = Flag(metadata={"description": "Whether you know that the address is theirs"})
    roles = fields.List(text(), metadata={"description": "All of them anew"})
    is_superuser = Flag(metadata={"description": "Whether `admin` is among the roles"})

    @validates_schema
    def roles_agree(self, data: Mapping[str, Any], **_: object) -> None:
        """`is_superuser` is a role like others."""
        has_role = ADMIN in data.get("roles", ())
        if "roles" in data and data.get("is_superuser", has_role) != has_role:
            raise ValidationError("It differs from roles.", "is_superuser")


class NewUserSchema(UserEntrySchema):
    """A new account: a password, or an address to which a link goes that asks for one."""

    password = secret()

    @validates_schema
    def somebody_can_come_in(self, data: Mapping[str, Any], **_: object) -> None:
        """There must be a way in."""
        if not data.get("password") and not data.get("email"):
            raise ValidationError("Send a password, or an email address.", "email")


class UserSchema(AccountSchema):
    """An account as administrators see it."""

    status = fields.String(required=True, validate=validate.OneOf(STATUSES))
    is_superuser = fields.Boolean(required=True)
    is_locked = fields.Boolean(required=True)
    locked_until = fields.DateTime(required=True, allow_none=True)
    deleted_at = fields.DateTime(required=True, allow_none=True)


class UsersSchema(Schema):
    """A page of accounts."""

    users = fields.List(fields.Nested(UserSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class EndedSessionsSchema(Schema):
    """How many sessions were ended."""

    ended = fields.Integer(required=True)


class TakenFactorsSchema(Schema):
    """What was taken away."""

    passkeys = fields.Integer(required=True)
    authenticator_apps = fields.Integer(required=True)


def filters_of(filters: Mapping[str, Any]) -> dict[str, Any]:
    """Filters as they are looked for: names and addresses in their canonical form."""
    return {
        name: _CANONICAL[name](value) if name in _CANONICAL else value
        for name, value in filters.items()
    }


def entry_of(body: Mapping[str, Any], present: frozenset[str] = frozenset()) -> Entry:
    """What a `UserEntrySchema` let through.

    Args:
        body: its members.
        present: the roles that the account has, of which `is_superuser` is one.
    """
    roles = frozenset(body["roles"]) if "roles" in body else None
    if roles is None and "is_superuser" in body:
        roles = present | {ADMIN} if body["is_superuser"] else present - {ADMIN}
    return Entry(
        profile=changes_of({name: value for name, value in body.items() if name not in _OWN}),
        email=(body["email"] or "") if "email" in body else None,
        email_verified=body.get("is_verified"),
        roles=roles,
    )
