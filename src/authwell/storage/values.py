"""Values of the engine as parameters of statements, by the prefix of their row."""

from collections.abc import Mapping
from typing import Any

from authwell.protocol.model import Event, Grant
from authwell.protocol.records import CodeRecord, NewAccessToken, NewRefreshToken
from authwell.utils.randomness import digest

CODE = "code"
"""`handles.kind` of an authorization code."""

CODE_COLUMNS = (
    *("digest", "tenant_id", "kind", "client_id", "grant_id", "proof_digest"),
    *("data", "created_at", "expires_at", "failed_attempts"),
)
"""What `code_values` gives; a new code has none of the others."""


def event_values(event: Event) -> dict[str, Any]:
    """The audit row, under `event_`; long texts of strangers are cut to what the columns hold."""
    return {
        "event_id": event.id,
        "event_at": event.at,
        "event_tenant_id": event.tenant_id,
        "event_type": str(event.type),
        "event_account_id": event.account_id,
        "event_client_id": event.client_id,
        "event_session_id": event.session_id,
        "event_actor": cut(event.actor, 255),
        "event_address": cut(event.address, 64),
        "event_user_agent": cut(event.user_agent, 512),
        "event_request_id": cut(event.request_id, 64),
        "event_data": dict(event.data),
    }


def grant_values(grant: Grant) -> dict[str, Any]:
    """The row of a new grant, under `grant_`."""
    return {
        "grant_id": grant.id,
        "grant_tenant_id": grant.tenant_id,
        "grant_client_id": grant.client_id,
        "grant_account_id": grant.account.id if grant.account else None,
        "grant_session_id": grant.session_id,
        "grant_sid": grant.sid,
        "grant_scope": joined(grant.scope),
        "grant_resources": list(grant.resources),
        "grant_claims": dict(grant.claims) or None,
        "grant_auth_time": grant.auth_time,
        "grant_amr": list(grant.amr),
        "grant_acr": grant.acr,
        "grant_offline": grant.offline,
        "grant_created_at": grant.created_at,
        "grant_expires_at": grant.expires_at,
        "grant_revoked_at": None,
        "grant_revoked_reason": None,
    }


def code_values(code: CodeRecord) -> dict[str, Any]:
    """The row of a new code, under `code_`."""
    data = {
        "redirect_uri": code.redirect_uri,
        "code_challenge": code.code_challenge,
        "nonce": code.nonce,
    }
    return {
        "code_digest": code.digest,
        "code_tenant_id": code.grant.tenant_id,
        "code_kind": CODE,
        "code_client_id": code.client_id,
        "code_grant_id": code.grant.id,
        "code_proof_digest": proof_digest(code.redirect_uri, code.code_challenge),
        "code_data": data,
        "code_created_at": code.grant.created_at,
        "code_expires_at": code.expires_at,
        "code_failed_attempts": 0,
    }


def proof_digest(redirect_uri: str | None, code_challenge: str | None) -> bytes | None:
    """One digest of both, so that one column of bytes is compared; None if either is missing."""
    if redirect_uri is None or code_challenge is None:
        return None
    return digest(f"{code_challenge} {redirect_uri}")


def refresh_values(
    token: NewRefreshToken, owner: Mapping[str, Any], *, prefix: str = "refresh"
) -> dict[str, Any]:
    """The row of a new refresh token, under `prefix`.

    Args:
        token: what is new.
        owner: `tenant_id`, `client_id`, `grant_id` and `now`.
        prefix: of the parameters' names.
    """
    return {
        f"{prefix}_digest": token.digest,
        f"{prefix}_tenant_id": owner["tenant_id"],
        f"{prefix}_client_id": owner["client_id"],
        f"{prefix}_grant_id": owner["grant_id"],
        f"{prefix}_created_at": owner["now"],
        f"{prefix}_expires_at": token.expires_at,
        f"{prefix}_used_at": None,
        f"{prefix}_successor_digest": None,
        f"{prefix}_sealed_for_retry": None,
    }


def access_values(token: NewAccessToken, tenant_id: str) -> dict[str, Any]:
    """The row of a new opaque access token, under `access_`."""
    return {
        "access_digest": token.digest,
        "access_tenant_id": tenant_id,
        "access_client_id": token.client_id,
        "access_grant_id": token.grant_id,
        "access_scope": joined(token.scope),
        "access_audience": list(token.audience),
        "access_created_at": token.created_at,
        "access_expires_at": token.expires_at,
        "access_revoked_at": None,
    }


def joined(scope: frozenset[str]) -> str:
    """A scope as text, in an order that does not change from run to run."""
    return " ".join(sorted(scope))


def cut(text: str | None, length: int) -> str | None:
    """A text of a stranger as a column can hold it: PostgreSQL knows no U+0000 in text."""
    if text is None:
        return None
    clean = text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    return clean[:length]


def is_text(value: str) -> bool:
    """Whether a column could hold the value at all; a key that it could not is unknown."""
    return "\x00" not in value and value.isprintable()


def searchable(text: str) -> str:
    """A text of a stranger to look for: what no column can hold is replaced, and never found."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")
