"""`/auth/webauthn`: passkeys by JSON (REQUIREMENTS.md E11).

What `begin` answers names its ceremony, and who completes it sends that along: the value is what
binds a challenge to the program that asked for it (THREATS.md PA-02).
"""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validates_schema

from authwell.identity.login.entrance import Entry, Pending, Shown
from authwell.identity.login.password import LONGEST_NAME
from authwell.identity.passkeys.authentication import Proven
from authwell.identity.passkeys.errors import PasskeyRefused
from authwell.identity.passkeys.keyring import FactorNeeded, entry
from authwell.identity.passkeys.names import LONGEST, InvalidName
from authwell.identity.passkeys.registration import NewPasskey
from authwell.middleware.api.callers import signed_in
from authwell.middleware.api.fields import Flag, secret, text
from authwell.middleware.api.recent import RECENT, require_recent_login
from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem
from authwell.middleware.limits.decorators import limit_address
from authwell.middleware.metrics import count_login, log_with
from authwell.routes.auth.part import api
from authwell.routes.auth.tokens import TokensSchema, tokens_for
from authwell.utils.randomness import new_secret

UNKNOWN = "The account has no such passkey"


class NewPasskeySchema(Schema):
    """How the passkey is to be used."""

    passwordless = Flag(
        metadata={
            "description": "Whether it must log in alone: it is found without a name, and "
            "verifies its user. Default: preferred, not demanded"
        }
    )


class CeremonySchema(Schema):
    """A ceremony that has begun; it ends after five minutes."""

    ceremony = fields.String(required=True, metadata={"description": "Sent when it is completed"})
    public_key = fields.Dict(
        required=True,
        data_key="publicKey",
        metadata={"description": "For `navigator.credentials`, its bytes as base64url"},
    )


class PasskeyRegistrationSchema(Schema):
    """What the browser made."""

    ceremony = secret(required=True)
    credential = fields.Dict(
        required=True, metadata={"description": "The credential as its `toJSON()` writes it"}
    )
    name = text(LONGEST, required=True)


class PasskeySchema(Schema):
    """A passkey; nothing in it is secret."""

    id = fields.String(required=True)
    name = fields.String(required=True)
    created_at = fields.DateTime(required=True)
    last_used_at = fields.DateTime(required=True, allow_none=True)
    transports = fields.List(fields.String(), required=True)
    aaguid = fields.String(required=True, metadata={"description": "The authenticator's model"})
    attestation = fields.String(required=True, metadata={"description": "none or packed"})
    is_discoverable = fields.Boolean(required=True)
    is_backup_eligible = fields.Boolean(required=True)
    is_backed_up = fields.Boolean(required=True)


class RegisteredPasskeySchema(PasskeySchema):
    """A passkey that was registered just now."""

    backup_codes = fields.List(
        fields.String(),
        required=True,
        metadata={"description": "Shown this once, with the account's first second factor"},
    )


class PasskeysSchema(Schema):
    """All of the account, the oldest first."""

    credentials = fields.List(fields.Nested(PasskeySchema), required=True)


class PasskeyNameSchema(Schema):
    """Another name."""

    name = text(LONGEST, required=True)


class BeginPasskeyLoginSchema(Schema):
    """Nothing for a passkey that is found by itself; else a name, or the login that waits."""

    username = text(LONGEST_NAME)
    mfa_token = secret()

    @validates_schema
    def _one_of_them(self, data: Mapping[str, Any], **_: Any) -> None:
        if len(data) > 1:
            raise ValidationError("Send username or mfa_token.", "mfa_token")


class PasskeyLoginSchema(Schema):
    """What the browser answered."""

    ceremony = secret(required=True)
    credential = fields.Dict(
        required=True, metadata={"description": "The credential as its `toJSON()` writes it"}
    )
    mfa_token = secret()


@api.add(
    "POST",
    "/webauthn/register/begin",
    body=NewPasskeySchema,
    answer=CeremonySchema,
    refusals={403: RECENT, 409: "There are as many as an account may have"},
)
def begin_passkey_registration(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Begin to register a passkey."""
    require_recent_login()
    ceremony = new_secret("ceremony")
    registration, account = site().passkeys.registration, signed_in().account
    try:
        options = registration.begin(
            authorization_server(), account, ceremony, passwordless=body.get("passwordless", False)
        )
    except PasskeyRefused as refusal:
        raise Problem(409, refusal.rule, "No more passkeys can be added.") from refusal
    return {"ceremony": ceremony, "publicKey": options}


@api.add(
    "POST",
    "/webauthn/register/complete",
    body=PasskeyRegistrationSchema,
    answer=RegisteredPasskeySchema,
    status=201,
    refusals={403: RECENT},
)
def complete_passkey_registration(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Keep the passkey that the browser made."""
    require_recent_login()
    wanted = NewPasskey(body["name"], body["credential"])
    registration, account = site().passkeys.registration, signed_in().account
    try:
        made = registration.complete(authorization_server(), account, body["ceremony"], wanted)
    except PasskeyRefused as refusal:
        raise Problem(400, refusal.rule, "This passkey was not registered.") from refusal
    except InvalidName as error:
        raise _invalid_name() from error
    site().outbox_bell.set()
    return {**entry(made.passkey), "backup_codes": list(made.backup_codes)}


@api.add("GET", "/webauthn/credentials", answer=PasskeysSchema)
def list_passkeys() -> Mapping[str, Any]:
    """List the passkeys of the caller's account."""
    tenant_id, account = authorization_server().tenant.id, signed_in().account
    found = site().passkeys.keyring.list(tenant_id, account.id)
    return {"credentials": [entry(passkey) for passkey in found]}


@api.add(
    "PUT",
    "/webauthn/credentials/<key>",
    body=PasskeyNameSchema,
    answer=PasskeySchema,
    refusals={403: RECENT, 404: UNKNOWN},
)
def rename_passkey(key: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Call a passkey otherwise."""
    require_recent_login()
    server, account = authorization_server(), signed_in().account
    try:
        renamed = site().passkeys.keyring.rename(server, account, key, body["name"])
    except InvalidName as error:
        raise _invalid_name() from error
    if renamed is None:
        raise _unknown()
    return entry(renamed)


@api.add(
    "DELETE",
    "/webauthn/credentials/<key>",
    refusals={403: RECENT, 404: UNKNOWN, 409: "A second factor is needed, and this is the last"},
)
def remove_passkey(key: str) -> None:
    """Remove a passkey; no device is trusted any more."""
    require_recent_login()
    server, account = authorization_server(), signed_in().account
    try:
        removed = site().passkeys.keyring.remove(server, account, key)
    except FactorNeeded as error:
        raise Problem(409, "mfa_required", "Set up another second factor first.") from error
    if removed is None:
        raise _unknown()
    site().outbox_bell.set()


@api.add(
    "POST",
    "/webauthn/authenticate/begin",
    body=BeginPasskeyLoginSchema,
    answer=CeremonySchema,
    needs=None,
    limit=limit_address,
    refusals={401: "No login waits under this `mfa_token`, or not for a passkey"},
)
def begin_passkey_login(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Begin to log in by a passkey, alone or as second factor."""
    server, ceremony = authorization_server(), new_secret("ceremony")
    authentication = site().passkeys.authentication
    if "mfa_token" in body:
        account = _pending(body["mfa_token"]).account
        options = authentication.begin_factor(server, account, ceremony)
    else:
        options = authentication.begin_login(server, ceremony, body.get("username"))
    return {"ceremony": ceremony, "publicKey": options}


@api.add(
    "POST",
    "/webauthn/authenticate/complete",
    body=PasskeyLoginSchema,
    answer=TokensSchema,
    needs=None,
    limit=limit_address,
    refusals={401: "The response proves nothing, or nobody who may log in"},
)
def complete_passkey_login(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Log in by the passkey that answered."""
    try:
        found = _enter(body)
    except PasskeyRefused as refusal:
        count_login("failure")
        raise Problem(401, "invalid_credentials", "This passkey logs nobody in.") from refusal
    count_login("success")
    return tokens_for(found)


def _enter(body: Mapping[str, Any]) -> Entry:
    server, authentication = authorization_server(), site().passkeys.authentication
    ceremony, credential = body["ceremony"], body["credential"]
    if "mfa_token" not in body:
        proven = authentication.complete_login(server, ceremony, credential)
        return site().entrance.enter(server, _shown(proven))
    pending = _pending(body["mfa_token"])
    proven = authentication.complete_factor(server, pending.account, ceremony, credential)
    log_with(account_id=proven.account.id)
    found = site().entrance.go_on(server, pending, proven.methods)
    if found is None:
        raise _not_waiting()
    return found


def _shown(proven: Proven) -> Shown:
    log_with(account_id=proven.account.id)
    return Shown(proven.account, proven.methods)


def _pending(token: str) -> Pending:
    pending = site().entrance.pending(authorization_server(), token)
    if pending is None or pending.enrols or "passkey" not in pending.asked:
        raise _not_waiting()
    return pending


def _not_waiting() -> Problem:
    return Problem(401, "invalid_mfa_token", "No login waits for a passkey here. Log in again.")


def _unknown() -> Problem:
    return Problem(404, "not_found", "There is no such passkey.")


def _invalid_name() -> Problem:
    errors = {"name": ["Choose a name of characters that are shown."]}
    return Problem(400, "invalid_request", "The name cannot be shown.", errors=errors)
