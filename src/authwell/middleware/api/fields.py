"""Fields of the first-party API's schemas: each takes its own type and no other (AU-15)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

LONGEST_SECRET = 4096
"""Of what is only compared; a password that is longer than one may be is refused as wrong."""


def _is_clean(text: str) -> None:
    """No database keeps U+0000 in text, and nobody types the other control characters."""
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        raise ValidationError("Control characters are not allowed.")


def text(most: int = 255, least: int = 1, **options: Any) -> fields.String:
    """A text of so many characters, without control characters."""
    is_long_enough = validate.Length(least, most)
    return fields.String(validate=[is_long_enough, _is_clean], **options)


def secret(**options: Any) -> fields.String:
    """A password or a token, taken as it is."""
    return fields.String(validate=validate.Length(1, LONGEST_SECRET), **options)


class Flag(fields.Boolean):
    """true or false; 0, 1, "yes" and the like are other types."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Moment(fields.AwareDateTime):
    """A time with its time zone, in UTC, where there is one for it."""

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any
    ) -> datetime:
        found = super()._deserialize(value, attr, data, **kwargs)
        try:
            return found.astimezone(UTC)
        except OverflowError as error:
            # In UTC it would be before the year 1, or after 9999.
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE) from error


class ProblemSchema(Schema):
    """What every refusal looks like (RFC 9457)."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    code = fields.String(required=True, metadata={"description": "Stable, for programs."})
    request_id = fields.String(
        required=True, metadata={"description": "For `authwell explain`, and for asking us."}
    )
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.List(fields.String()),
        metadata={"description": "By member of the request, what is wrong with it."},
    )
