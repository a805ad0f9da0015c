"""`/auth/api-keys`: a person's own keys (REQUIREMENTS.md J1 to J5).

No key makes, lists or revokes keys: that takes an access token.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from marshmallow import Schema, fields, validate

from authwell.identity.administration.shown import moment
from authwell.identity.people.api_keys import SCOPES, TooManyKeys
from authwell.middleware.api.callers import signed_in
from authwell.middleware.api.fields import text
from authwell.middleware.api.recent import RECENT, require_recent_login
from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem
from authwell.routes.auth.part import api
from authwell.storage.people.api_keys import ApiKeyRecord

LONGEST_DAYS = 3650


class NewApiKeySchema(Schema):
    """A key to be made."""

    name = text(required=True)
    scopes = fields.List(
        fields.String(validate=validate.OneOf(list(SCOPES))),
        required=True,
        validate=validate.Length(1, len(SCOPES)),
    )
    expires_in_days = fields.Integer(strict=True, validate=validate.Range(1, LONGEST_DAYS))


class ApiKeySchema(Schema):
    """A key, without its value."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    hint = fields.String(required=True, metadata={"description": "Its first letters"})
    scopes = fields.List(fields.String(), required=True)
    created_at = fields.DateTime(required=True)
    expires_at = fields.DateTime(required=True, allow_none=True)
    last_used_at = fields.DateTime(
        required=True, allow_none=True, metadata={"description": "To five minutes"}
    )


class MadeApiKeySchema(ApiKeySchema):
    """A key that was made just now, with its value, which is not shown again."""

    api_key = fields.String(required=True)


class ApiKeysSchema(Schema):
    """All keys that were not revoked, the latest first."""

    api_keys = fields.List(fields.Nested(ApiKeySchema), required=True)


@api.add(
    "POST",
    "/api-keys",
    body=NewApiKeySchema,
    answer=MadeApiKeySchema,
    status=201,
    refusals={403: RECENT, 409: "There are as many keys as an account may have"},
)
def create_api_key(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Make a key; its value is in this answer only."""
    # It outlives the login that it is made by (THREATS.md MF-05).
    require_recent_login()
    days = body.get("expires_in_days")
    lifetime = timedelta(days=days) if days is not None else None
    scopes = frozenset(body["scopes"])
    server, account = authorization_server(), signed_in().account
    try:
        made = site().api_keys.create(server, account, body["name"], scopes, lifetime)
    except TooManyKeys as error:
        raise Problem(409, "too_many_api_keys", str(error)) from error
    return {**_shown(made.record), "api_key": made.value}


@api.add("GET", "/api-keys", answer=ApiKeysSchema)
def list_api_keys() -> Mapping[str, Any]:
    """List the keys of the caller's account."""
    found = site().api_keys.list(authorization_server(), signed_in().account)
    return {"api_keys": [_shown(record) for record in found]}


@api.add("DELETE", "/api-keys/<key_id>", refusals={404: "The account has no such key"})
def revoke_api_key(key_id: str) -> None:
    """End a key at once."""
    if not site().api_keys.revoke(authorization_server(), signed_in().account, key_id):
        raise Problem(404, "not_found", "There is no such key, or it was revoked.")


def _shown(record: ApiKeyRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "name": record.name,
        "hint": record.hint,
        "scopes": list(record.scopes),
        "created_at": moment(record.created_at),
        "expires_at": moment(record.expires_at),
        "last_used_at": moment(record.last_used_at),
    }
