"""The JSON of the keys API: public members only."""

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import Schema, fields, validate

from authwell.identity.administration.shown import moment
from authwell.identity.keys.calendar import Step
from authwell.middleware.api.fields import Flag, text
from authwell.storage.keys import KeyRecord

STATES: Final = ("next", "active", "retiring", "retired")


class KeySchema(Schema):
    """A key pair, without its private part."""

    kid = fields.String(required=True)
    alg = fields.String(required=True)
    use = fields.String(required=True, validate=validate.OneOf(("sig", "enc")))
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    created_at = fields.DateTime(required=True)
    activates_at = fields.DateTime(required=True, allow_none=True)
    activated_at = fields.DateTime(required=True, allow_none=True)
    retiring_at = fields.DateTime(required=True, allow_none=True)
    retired_at = fields.DateTime(required=True, allow_none=True)
    revoked_at = fields.DateTime(
        required=True,
        allow_none=True,
        metadata={"description": "Since when nothing that it signed is believed"},
    )
    public_jwk = fields.Dict(required=True, metadata={"description": "RFC 7517"})


class StepSchema(Schema):
    """What the calendar will do."""

    at = fields.DateTime(required=True)
    action = fields.String(required=True, validate=validate.OneOf(("activate", "retire")))
    alg = fields.String(required=True)
    kid = fields.String(required=True)


class KeysSchema(Schema):
    """All keys, the oldest first, and what is planned for them, the earliest first."""

    keys = fields.List(fields.Nested(KeySchema), required=True)
    calendar = fields.List(fields.Nested(StepSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class FilterSchema(Schema):
    """Which keys."""

    state = fields.String(validate=validate.OneOf(STATES))
    alg = text(32)


class RotationSchema(Schema):
    """Which keys change, and when."""

    alg = text(32, metadata={"description": "Only this algorithm; all if left out"})
    at_once = Flag(
        load_default=False,
        metadata={"description": "Do not wait until every cache has the next key"},
    )


class SignsSchema(Schema):
    """The key that an algorithm is signed with from now on."""

    alg = fields.String(required=True)
    kid = fields.String(required=True)


class RotatedSchema(Schema):
    """What changed."""

    rotated = fields.List(fields.Nested(SignsSchema), required=True)


def shown(key: KeyRecord) -> dict[str, Any]:
    """What `KeySchema` describes."""
    times = {
        name: moment(getattr(key, name))
        for name in (
            *("created_at", "activates_at", "activated_at"),
            *("retiring_at", "retired_at", "revoked_at"),
        )
    }
    return {
        "kid": key.kid,
        "alg": key.alg,
        "use": key.use,
        "state": key.state,
        **times,
        "public_jwk": dict(key.public_jwk),
    }


def shown_step(step: Step) -> Mapping[str, Any]:
    """What `StepSchema` describes."""
    return {"at": moment(step.at), "action": step.action, "alg": step.alg, "kid": step.kid}
