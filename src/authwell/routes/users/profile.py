"""A person's own account: seen, changed and deleted (REQUIREMENTS.md C5, C6, G8 to G12, K17)."""

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validates_schema

from authwell.identity.profiles import Changes, InvalidProfile, Profiles
from authwell.middleware.api.accounts import AccountSchema, shown, shown_account
from authwell.middleware.api.bodies import invalid
from authwell.middleware.api.callers import signed_in
from authwell.middleware.api.confirming import require_password
from authwell.middleware.api.fields import secret, text
from authwell.middleware.api.operations import Needs
from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem
from authwell.protocol.events import EventType
from authwell.routes.users.parts import at_auth, at_users

READ: Final = Needs("read:user")
WRITE: Final = Needs("write:user")
LONGEST_TEXT: Final = 2048
_NAMES: Final = ("full_name", "given_name", "family_name", "locale", "picture")
_SENTENCES: Final[Mapping[str, str]] = {
    "required": "It must not be blank.",
    "too_long": "It is too long.",
    "characters": "It has characters that cannot be shown.",
    "address_of_another": "A user name with an @ must be the account's own e-mail address.",
    "invalid": "It is not in due form.",
}
_REFUSALS: Final = {409: "The user name is taken: `code` is `username_taken`"}


class ProfileSchema(Schema):
    """What is to change; what is left out stays, null removes. Nothing else of an account is here:
    the e-mail address has a way of its own, roles and status are administrators' (AU-14).
    """

    username = text()
    full_name = text(least=0, allow_none=True)
    name = text(least=0, allow_none=True, metadata={"description": "The same as `full_name`"})
    locale = text(35, least=0, allow_none=True, metadata={"description": "Such as de or pt-BR"})
    given_name = text(least=0, allow_none=True)
    family_name = text(least=0, allow_none=True)
    picture = text(LONGEST_TEXT, least=0, allow_none=True, metadata={"description": "https URL"})
    middle_name = text(LONGEST_TEXT, allow_none=True)
    nickname = text(LONGEST_TEXT, allow_none=True)
    profile = text(LONGEST_TEXT, allow_none=True)
    website = text(LONGEST_TEXT, allow_none=True)
    gender = text(LONGEST_TEXT, allow_none=True)
    birthdate = text(10, allow_none=True)
    zoneinfo = text(64, allow_none=True)
    address = fields.Dict(keys=fields.String(), values=text(LONGEST_TEXT), allow_none=True)

    @validates_schema
    def names_agree(self, data: Mapping[str, Any], **_: object) -> None:
        """`name` and `full_name` are one thing."""
        if "name" in data and data["name"] != data.get("full_name", data["name"]):
            raise ValidationError("It differs from full_name, which is the same thing.", "name")


class PasswordSchema(Schema):
    """The present password."""

    password = secret(required=True)


@at_users.add("GET", "/me", answer=AccountSchema, needs=READ)
@at_auth.add("GET", "/me", answer=AccountSchema, needs=READ)
@at_auth.add("GET", "/profile/me", answer=AccountSchema, needs=READ)
def show() -> Mapping[str, Any]:
    """Show the caller's own account."""
    return shown_account(signed_in().account.id)


@at_users.add(
    "PUT", "/me", body=ProfileSchema, answer=AccountSchema, needs=WRITE, refusals=_REFUSALS
)
@at_auth.add(
    "PUT", "/profile/me", body=ProfileSchema, answer=AccountSchema, needs=WRITE, refusals=_REFUSALS
)
def change(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Change what the caller says of themselves; what is left out stays."""
    profiles = Profiles(site().database)
    outcome = profiles.change(authorization_server(), signed_in().account.id, _changes(body))
    if isinstance(outcome, InvalidProfile):
        faults = dict(outcome.faults)
        if faults.get("username") == "taken":
            raise Problem(409, "username_taken", "The user name is taken. Choose another.")
        raise invalid({name: [_SENTENCES[fault]] for name, fault in faults.items()})
    if outcome is None:
        raise Problem(409, "conflict", "Somebody else changed the account. Send it again.")
    return shown(outcome)


@at_users.add("DELETE", "/me", body=PasswordSchema, refusals={403: "The password is wrong"})
@at_auth.add("DELETE", "/profile/me", body=PasswordSchema, refusals={403: "The password is wrong"})
def delete(body: Mapping[str, Any]) -> None:
    """Delete the caller's account; sessions, tokens and keys end at once."""
    require_password(body["password"])
    account = signed_in().account
    event = authorization_server().event(
        EventType.ACCOUNT_DELETED, account=account, data={"by": "owner"}
    )
    site().account_deletion.delete(event)


def _changes(body: Mapping[str, Any]) -> Changes:
    """Null of a text is a blank one, which removes it."""
    sent = dict(body)
    if "name" in sent:
        sent["full_name"] = sent.pop("name")
    known = {name: sent.pop(name) or "" for name in _NAMES if name in sent}
    return Changes(username=sent.pop("username", None), **known, claims=sent)
