"""`/auth/mfa`: codes of an app and backup codes by JSON (REQUIREMENTS.md E1 to E6)."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields

from authwell.identity.factors.checks import LONGEST_CODE, Proven, Refused
from authwell.identity.factors.demands import is_mandatory
from authwell.identity.factors.second_factors import Added
from authwell.identity.factors.totp import Setup
from authwell.identity.login.entrance import Entry, Pending
from authwell.middleware.api.callers import signed_in
from authwell.middleware.api.fields import secret, text
from authwell.middleware.api.recent import confirm_caller
from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem
from authwell.middleware.limits.decorators import limit_address
from authwell.middleware.metrics import count_second_factor, log_with
from authwell.protocol import authentication_context as context
from authwell.protocol.model import Account
from authwell.routes.auth.part import api
from authwell.routes.auth.tokens import TokensSchema, tokens_for

CONFIRM = "Neither is the login recent, nor is `code` or `password` right"
WAITING = "No login waits under this token, or the code is wrong"
_PROBLEMS = {
    "account_locked": (429, "Too many codes were wrong. Wait a while."),
    "wrong_code": (401, "The code is wrong, or was used before."),
    "not_started": (409, "Set the app up first."),
    "not_enrolled": (409, "The account has no such factor."),
    "already_enrolled": (409, "The account has an app. Remove it first."),
    "mfa_required": (409, "The account needs a second factor. Add another one first."),
}


class ConfirmationSchema(Schema):
    """Needed unless the login is recent: a code if there is a second factor, else the password."""

    code = text(LONGEST_CODE)
    password = secret()


class CodeSchema(Schema):
    """What the app shows."""

    code = text(LONGEST_CODE, required=True)


class WaitingSchema(Schema):
    """A login that waits, by the `mfa_token` of its refusal."""

    mfa_token = secret(required=True)


class VerificationSchema(WaitingSchema):
    """Its second factor: a code of the app, or a backup code."""

    code = text(LONGEST_CODE, required=True)


class SetupSchema(Schema):
    """What an authenticator app needs; it counts when a first code has confirmed it."""

    secret = fields.String(required=True, metadata={"description": "Base32, without spaces"})
    otpauth_uri = fields.String(required=True)
    qr_code = fields.String(required=True, metadata={"description": "SVG as a `data:` URI"})


class BackupCodesSchema(Schema):
    """Codes that are shown this once; empty if the account had some."""

    backup_codes = fields.List(fields.String(), required=True)


class StatusSchema(Schema):
    """What the account has."""

    enabled = fields.Boolean(required=True)
    required = fields.Boolean(
        required=True, metadata={"description": "Whether the account may not go without"}
    )
    methods = fields.List(fields.String(), required=True)
    passkeys = fields.Integer(required=True)
    backup_codes_left = fields.Integer(required=True)


class EnrolledTokensSchema(TokensSchema):
    """The tokens of the login, and the backup codes of its new factor."""

    backup_codes = fields.List(fields.String(), required=True)


@api.add("GET", "/mfa/status", answer=StatusSchema)
def show_mfa_status() -> Mapping[str, Any]:
    """Tell which second factors the caller's account has."""
    server, account = authorization_server(), signed_in().account
    enrolled = site().second_factors.enrolled(server, account)
    has = {"totp": enrolled.totp, "passkey": enrolled.passkeys > 0}
    return {
        "enabled": enrolled.any,
        "required": is_mandatory(site().database, server.tenant, account),
        "methods": [name for name, is_there in has.items() if is_there],
        "passkeys": enrolled.passkeys,
        "backup_codes_left": enrolled.backup_codes,
    }


@api.add(
    "POST",
    "/mfa/setup",
    body=ConfirmationSchema,
    answer=SetupSchema,
    refusals={403: CONFIRM, 409: "The account has an app"},
)
def set_up_mfa(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Make the secret of an authenticator app."""
    confirm_caller(body)
    return _set_up(signed_in().account)


@api.add(
    "POST",
    "/mfa/enable",
    body=CodeSchema,
    answer=BackupCodesSchema,
    refusals={401: "The code is wrong", 409: "Nothing was set up", 429: "Too many were wrong"},
)
def enable_mfa(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Let the app count, because it made this code; the backup codes are shown this once."""
    return {"backup_codes": list(_enable(signed_in().account, body["code"]).backup_codes)}


@api.add(
    "POST",
    "/mfa/disable",
    body=ConfirmationSchema,
    refusals={403: CONFIRM, 409: "There is no app, or the account may not go without"},
)
def disable_mfa(body: Mapping[str, Any]) -> None:
    """Remove the app."""
    confirm_caller(body)
    refused = site().second_factors.remove_totp(authorization_server(), signed_in().account)
    if refused is not None:
        raise _problem(refused)


@api.add(
    "POST",
    "/mfa/backup-codes/regenerate",
    body=ConfirmationSchema,
    answer=BackupCodesSchema,
    refusals={403: CONFIRM, 409: "There is no second factor"},
)
def renew_backup_codes(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Make ten new backup codes; all before are worthless."""
    confirm_caller(body)
    outcome = site().second_factors.renew_backup_codes(authorization_server(), signed_in().account)
    if isinstance(outcome, Refused):
        raise _problem(outcome)
    return {"backup_codes": list(outcome.backup_codes)}


@api.add(
    "POST",
    "/mfa/verify",
    body=VerificationSchema,
    answer=TokensSchema,
    needs=None,
    limit=limit_address,
    refusals={401: WAITING, 429: "Too many codes were wrong"},
)
def verify_mfa(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Finish a login by its second factor."""
    pending = _pending(body["mfa_token"], enrols=False)
    outcome = site().second_factors.check(authorization_server(), pending.account, body["code"])
    if isinstance(outcome, Refused):
        raise _refused_code(outcome)
    count_second_factor("success")
    return tokens_for(_go_on(pending, outcome))


@api.add(
    "POST",
    "/mfa/enrolment/begin",
    body=WaitingSchema,
    answer=SetupSchema,
    needs=None,
    limit=limit_address,
    refusals={401: WAITING},
)
def begin_enrolment(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Make the secret of an app for a login that needs one."""
    return _set_up(_pending(body["mfa_token"], enrols=True).account)


@api.add(
    "POST",
    "/mfa/enrolment/complete",
    body=VerificationSchema,
    answer=EnrolledTokensSchema,
    needs=None,
    limit=limit_address,
    refusals={401: WAITING, 409: "Nothing was set up", 429: "Too many codes were wrong"},
)
def complete_enrolment(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Let the app count, and finish the login."""
    pending = _pending(body["mfa_token"], enrols=True)
    added = _enable(pending.account, body["code"])
    proven = Proven({context.OTP: authorization_server().now})
    tokens = tokens_for(_go_on(pending, proven))
    return {**tokens, "backup_codes": list(added.backup_codes)}


def _set_up(account: Account) -> Mapping[str, Any]:
    made = site().second_factors.start_totp(authorization_server(), account)
    if not isinstance(made, Setup):
        raise _problem(made)
    return {
        "secret": made.secret.replace(" ", ""),
        "otpauth_uri": made.uri,
        "qr_code": made.qr_code,
    }


def _enable(account: Account, code: str) -> Added:
    outcome = site().second_factors.confirm_totp(authorization_server(), account, code)
    if isinstance(outcome, Refused):
        raise _refused_code(outcome)
    count_second_factor("success")
    return outcome


def _pending(token: str, *, enrols: bool) -> Pending:
    """The login that waits for this, begun by a program.

    Raises:
        Problem: there is none.
    """
    pending = site().entrance.pending(authorization_server(), token)
    if pending is None or pending.enrols is not enrols or not _takes_codes(pending):
        raise _not_waiting()
    log_with(account_id=pending.account.id)
    return pending


def _takes_codes(pending: Pending) -> bool:
    return not {"totp", "backup_code"}.isdisjoint(pending.asked)


def _go_on(pending: Pending, proven: Proven) -> Entry:
    entry = site().entrance.go_on(authorization_server(), pending, proven.methods)
    if entry is None:
        raise _not_waiting()
    return entry


def _not_waiting() -> Problem:
    return Problem(401, "invalid_mfa_token", "No login waits for a code here. Log in again.")


def _refused_code(refused: Refused) -> Problem:
    count_second_factor("locked" if refused.reason == "account_locked" else "failure")
    return _problem(refused)


def _problem(refused: Refused) -> Problem:
    status, sentence = _PROBLEMS[refused.reason]
    return Problem(status, refused.reason, sentence)
