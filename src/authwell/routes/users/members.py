"""Members of accounts in requests, for their owners and for administrators."""

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import Schema, ValidationError, fields, validates_schema

from authwell.identity.people.profiles import Changes
from authwell.middleware.api.fields import text

LONGEST_TEXT: Final = 2048
_NAMES: Final = ("full_name", "given_name", "family_name", "locale", "picture")


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


def changes_of(body: Mapping[str, Any]) -> Changes:
    """What a `ProfileSchema` let through; null of a text is a blank one, which removes it."""
    sent = dict(body)
    if "name" in sent:
        sent["full_name"] = sent.pop("name")
    known = {name: sent.pop(name) or "" for name in _NAMES if name in sent}
    return Changes(username=sent.pop("username", None), **known, claims=sent)
