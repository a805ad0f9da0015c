"""The JSON of the clients API: types on the way in, no secrets on the way out.

What a value means is decided by `protocol.clients.metadata`, as for every other way in.
"""

from datetime import datetime
from typing import Any

from marshmallow import INCLUDE, Schema, fields, validate

from authwell.identity.configuration.export import client_entry, origin
from authwell.middleware.api.fields import ProblemSchema, text
from authwell.middleware.api.paging import PageSchema, sorted_by
from authwell.storage.configuration.rows import ClientRecord

READ_ONLY = (
    "client_id_issued_at",
    "updated_at",
    "client_secret_expires_at",
    "registered_by",
    "used_at",
)
"""Members of an answer that come back in a PUT and are no wishes."""


def _text() -> fields.String:
    return fields.String(allow_none=True)


def _texts() -> fields.List[str]:
    return fields.List(fields.String(), allow_none=True)


def _flag() -> fields.Boolean:
    return fields.Boolean(allow_none=True, truthy={True}, falsy={False})


def _seconds() -> fields.Integer:
    return fields.Integer(allow_none=True, strict=True)


class ClientSchema(Schema):
    """A client on the way in; null takes a member away. Unknown names are told later, with the
    nearest known one.
    """

    class Meta:
        """Keep what is not listed."""

        unknown = INCLUDE

    client_id = _text()
    client_secret = fields.String()
    status = fields.String(validate=validate.OneOf(["active", "disabled"]))
    client_name = _text()
    redirect_uris = _texts()
    post_logout_redirect_uris = _texts()
    grant_types = _texts()
    response_types = _texts()
    token_endpoint_auth_method = _text()
    token_endpoint_auth_signing_alg = _text()
    jwks = fields.Dict(allow_none=True)
    jwks_uri = _text()
    application_type = _text()
    scope = _text()
    contacts = _texts()
    client_uri = _text()
    logo_uri = _text()
    policy_uri = _text()
    tos_uri = _text()
    software_id = _text()
    software_version = _text()
    software_statement = _text()
    initiate_login_uri = _text()
    subject_type = _text()
    sector_identifier_uri = _text()
    id_token_signed_response_alg = _text()
    id_token_encrypted_response_alg = _text()
    id_token_encrypted_response_enc = _text()
    userinfo_signed_response_alg = _text()
    userinfo_encrypted_response_alg = _text()
    userinfo_encrypted_response_enc = _text()
    request_object_signing_alg = _text()
    request_object_encryption_alg = _text()
    request_object_encryption_enc = _text()
    request_uris = _texts()
    require_signed_request_object = _flag()
    default_max_age = _seconds()
    require_auth_time = _flag()
    default_acr_values = _texts()
    backchannel_logout_uri = _text()
    backchannel_logout_session_required = _flag()
    frontchannel_logout_uri = _text()
    frontchannel_logout_session_required = _flag()
    profile = _text()
    consent = _text()
    introspection = _text()
    allowed_resources = _texts()
    password_grant = _flag()
    access_token_format = _text()
    access_token_signing_alg = _text()
    access_token_lifetime = _seconds()
    refresh_retry_seconds = _seconds()


class ShownClientSchema(ClientSchema):
    """A client as it is kept, without secrets (RFC 7591 section 3.2.1)."""

    client_id = fields.String(required=True)
    status = fields.String(required=True)
    client_id_issued_at = fields.Integer(required=True)
    updated_at = fields.DateTime(required=True)
    registered_by = fields.String(
        required=True,
        metadata={"description": "`administrator`, or how it registered itself"},
    )
    used_at = fields.DateTime(
        metadata={"description": "When a client that registered itself was first used"}
    )

    class Meta:
        """Other members are shown as they were given; the secret never is."""

        unknown = INCLUDE
        exclude = ("client_secret",)


class NewClientSchema(ShownClientSchema):
    """The same with the secret that was made just now, if one was."""

    class Meta:
        """Other members are shown as they were given."""

        unknown = INCLUDE

    client_secret = fields.String()
    client_secret_expires_at = fields.Integer()


class ClientsSchema(Schema):
    """A page of clients."""

    clients = fields.List(fields.Nested(ShownClientSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class QuerySchema(PageSchema):
    """Which page of clients."""

    sort = sorted_by("client_id", default="client_id")
    status = fields.String(validate=validate.OneOf(("active", "disabled")))
    q = text(255, metadata={"description": "How their `client_id` begins"})


class FindingSchema(Schema):
    """One thing that is wrong."""

    member = fields.String(required=True)
    code = fields.String(required=True)
    detail = fields.String(required=True)


class ClientProblemSchema(ProblemSchema):
    """A refusal that names what is wrong with a client."""

    errors = fields.List(fields.Nested(FindingSchema))  # type: ignore[assignment]


class RotationSchema(Schema):
    """How a secret is rotated."""

    overlap_seconds = fields.Integer(
        strict=True, load_default=86_400, validate=validate.Range(0, 365 * 86_400)
    )


def shown(client: ClientRecord) -> dict[str, Any]:
    """A client on the way out (RFC 7591 section 3.2.1), never with a secret."""
    return {
        **client_entry(client),
        **origin(client),
        "client_id_issued_at": _seconds_of(client.created_at),
        "updated_at": client.updated_at.isoformat(),
    }


def shown_once(client: ClientRecord, secret: str | None) -> dict[str, Any]:
    """The same with the secret that was made just now."""
    if secret is None:
        return shown(client)
    # Zero means never (RFC 7591 section 3.2.1).
    return {**shown(client), "client_secret": secret, "client_secret_expires_at": 0}


def _seconds_of(moment: datetime) -> int:
    return int(moment.timestamp())
