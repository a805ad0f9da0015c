"""What the operations on blocks take and answer."""

from datetime import timedelta
from typing import Any, Final

from marshmallow import Schema, fields, validate

from authwell.identity.administration.blocks import KINDS
from authwell.identity.administration.shown import moment
from authwell.middleware.api.fields import Moment, text
from authwell.middleware.api.paging import PageSchema, sorted_by
from authwell.storage.login.guards import FOREVER
from authwell.storage.statements import Row

LONGEST: Final = 255
LONGEST_REASON: Final = 200
_ADDRESS: Final = "address/"
_IS_KIND: Final = validate.OneOf(KINDS)


class QuerySchema(PageSchema):
    """Which page of blocks."""

    sort = sorted_by("created_at", default="-created_at")
    kind = fields.String(validate=_IS_KIND, metadata={"description": "Of this kind only"})
    value = text(LONGEST, metadata={"description": "Of exactly this network, account or client"})


class NewBlockSchema(Schema):
    """What is to be shut out."""

    kind = fields.String(required=True, validate=_IS_KIND)
    value = text(
        LONGEST,
        required=True,
        metadata={"description": "An address or network, the id of an account, or a client_id"},
    )
    reason = text(LONGEST_REASON, least=0, load_default="")
    expires_at = Moment(
        allow_none=True,
        load_default=None,
        metadata={"description": "When it is lifted by itself; null: not before somebody does"},
    )


class BlockSchema(Schema):
    """A block."""

    id = fields.String(required=True)
    kind = fields.String(required=True)
    value = fields.String(required=True)
    reason = fields.String(required=True)
    created_by = fields.String(required=True)
    created_at = fields.DateTime(required=True)
    expires_at = fields.DateTime(required=True, allow_none=True)


class BlocksSchema(Schema):
    """A page of them."""

    blocks = fields.List(fields.Nested(BlockSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class LockQuerySchema(PageSchema):
    """Which page of locks."""

    sort = sorted_by("locked_until", default="-locked_until")
    account_id = text(36, metadata={"description": "Of this account only"})


class LockSchema(Schema):
    """What failed attempts have locked."""

    kind = fields.String(required=True, metadata={"description": "`address` or `account`"})
    value = fields.String(required=True, metadata={"description": "Its address or id"})
    attempts = fields.String(
        required=True, metadata={"description": "What was tried: `password`, `second_factor`, ..."}
    )
    failures = fields.Integer(required=True)
    locked_at = fields.DateTime(required=True)
    locked_until = fields.DateTime(
        required=True,
        allow_none=True,
        metadata={"description": "null: until somebody unlocks it"},
    )


class LocksSchema(Schema):
    """A page of them."""

    locks = fields.List(fields.Nested(LockSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class UnlockSchema(Schema):
    """An address that may try again."""

    address = text(64, required=True, metadata={"description": "As the list of locks has it"})


def shown_lock(row: Row) -> dict[str, Any]:
    """A lock as the API shows it."""
    of_account = row.account_id is not None
    what, _, rest = row.subject.rpartition("/") if of_account else row.subject.partition("/")
    return {
        "kind": "account" if of_account else "address",
        "value": row.account_id if of_account else rest,
        "attempts": what.partition("/")[0] if of_account else "any",
        "failures": row.failures,
        "locked_at": moment(row.locked_at),
        "locked_until": None if row.locked_until >= _NEVER else moment(row.locked_until),
    }


_NEVER: Final = FOREVER - timedelta(days=1)
