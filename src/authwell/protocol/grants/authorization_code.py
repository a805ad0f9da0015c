"""The authorization code grant at the token endpoint (RFC 6749 section 4.1.3, RFC 7636)."""

from dataclasses import replace
from hmac import compare_digest

from authwell.protocol import pkce, resources
from authwell.protocol.clients.authentication import EndpointRequest
from authwell.protocol.errors import InvalidGrant, OAuthError
from authwell.protocol.events import EventType
from authwell.protocol.model import Client
from authwell.protocol.params import Params
from authwell.protocol.records import CodeRecord, PlainRedemption, Redemption
from authwell.protocol.server import AuthorizationServer
from authwell.protocol.tokens import issue
from authwell.utils.randomness import digest, new_secret

MAX_FAILURES = 5
"""Failed attempts that use a code up: a thief guesses the verifier no longer."""


def exchange_code(
    server: AuthorizationServer, client: Client, request: EndpointRequest
) -> issue.TokenResponse:
    """Exchange a code for tokens.

    Raises:
        InvalidGrant: unknown, expired, used, another client's, or its proofs do not fit. A
            second use ends all tokens of the first (RFC 6749 section 4.1.2).
        InvalidRequest: a parameter is missing or malformed.
        InvalidTarget: a resource that the grant does not have.
    """
    value = request.params.required("code")
    plain = _exchange_plainly(server, client, request.params, value)
    if plain is not None:
        return plain
    code = _find_code(server, client, value)
    if code.consumed_at is not None:
        raise _refuse_used(server, client, code)
    asked = _check(server, client, code, request.params)
    prepared = issue.prepare(
        server,
        client,
        code.grant,
        code.grant.scope,
        asked,
        with_refresh_token=issue.wants_refresh_token(client, code.grant.scope),
    )
    redemption = Redemption(
        tenant_id=server.tenant.id,
        client_id=client.client_id,
        code_digest=code.digest,
        grant_id=code.grant.id,
        now=server.now,
        event=server.event(EventType.CODE_REDEEMED, client=client, grant=code.grant),
        refresh_token=prepared.new_refresh_token,
        access_token=prepared.new_access_token,
    )
    if not server.store.codes.redeem(redemption):
        raise _end_replayed(server, client, code)
    return issue.sign(server, prepared, nonce=code.nonce)


def _exchange_plainly(
    server: AuthorizationServer, client: Client, params: Params, value: str
) -> issue.TokenResponse | None:
    """Find and redeem in one statement, where all that could be refused stands in it.

    None if the request must be looked at step by step: it is unusual, or something is wrong.
    """
    redirect_uri = params.optional("redirect_uri")
    challenge = pkce.challenge_by(params.optional("code_verifier"))
    if redirect_uri is None or challenge is None or params.resources:
        return None
    # Its key may be missing, and that must be found before the code is used up.
    if client.id_token_encryption is not None:
        return None
    # The row of an opaque token must come with the code's use.
    if not resources.is_always_signed(server.tenant, client):
        return None
    wants_refresh_token = issue.wants_refresh_token(client, frozenset())
    if not wants_refresh_token and "refresh_token" in client.grant_types:
        return None
    refresh = new_secret(issue.REFRESH_PREFIX) if wants_refresh_token else None
    redemption = PlainRedemption(
        tenant_id=server.tenant.id,
        client_id=client.client_id,
        code_digest=digest(value),
        redirect_uri=redirect_uri,
        code_challenge=challenge,
        now=server.now,
        event=server.event(EventType.CODE_REDEEMED, client=client),
        refresh_digest=digest(refresh) if refresh else None,
    )
    code = server.store.codes.redeem_plain(redemption)
    if code is None:
        return None
    prepared = issue.prepare(
        server, client, code.grant, code.grant.scope, (), with_refresh_token=False
    )
    return issue.sign(server, replace(prepared, refresh_token=refresh), nonce=code.nonce)


def _find_code(server: AuthorizationServer, client: Client, value: str) -> CodeRecord:
    code = server.store.codes.find(server.tenant.id, digest(value), server.now)
    if code is None:
        raise InvalidGrant("The code is unknown or expired.", rule="code_unknown")
    if code.client_id != client.client_id:
        server.store.codes.count_failure(server.tenant.id, code.digest, server.now)
        raise InvalidGrant(
            "The code is unknown or expired.",
            reason=f"the code belongs to {code.client_id}, not to {client.client_id}",
            rule="code_of_other_client",
        )
    return code


def _check(
    server: AuthorizationServer, client: Client, code: CodeRecord, params: Params
) -> tuple[str, ...]:
    """Every check before the one write; a failed proof is counted. The resources asked for."""
    try:
        _require_same_redirect_uri(code, params.optional("redirect_uri"))
        pkce.prove_possession(params.optional("code_verifier"), code.code_challenge)
    except OAuthError:
        server.store.codes.count_failure(server.tenant.id, code.digest, server.now)
        raise
    _require_alive(server, code)
    asked = resources.narrowed(server.tenant, client, params.resources, code.grant)
    return resources.requested(server.tenant, client, asked)


def _require_same_redirect_uri(code: CodeRecord, sent: str | None) -> None:
    if code.redirect_uri is None and sent is None:
        return
    same = compare_digest((code.redirect_uri or "").encode(), (sent or "").encode())
    if not same:
        raise InvalidGrant(
            "redirect_uri differs from that of the authorization request.",
            rule="redirect_uri_differs",
        )


def _require_alive(server: AuthorizationServer, code: CodeRecord) -> None:
    if code.expires_at <= server.now:
        raise InvalidGrant("The code is unknown or expired.", rule="code_expired")
    if code.grant.ended is not None:
        raise InvalidGrant(
            "The grant has ended.", reason=f"ended: {code.grant.ended}", rule="grant_ended"
        )


def _refuse_used(server: AuthorizationServer, client: Client, code: CodeRecord) -> InvalidGrant:
    """A code that failed too often ends nothing; one that was redeemed ends its tokens."""
    if code.failed_attempts >= MAX_FAILURES:
        return InvalidGrant("The code is unknown or expired.", rule="code_failed_too_often")
    return _end_replayed(server, client, code)


def _end_replayed(server: AuthorizationServer, client: Client, code: CodeRecord) -> InvalidGrant:
    # A code seen twice may be stolen, so its tokens end too (RFC 6749 section 4.1.2).
    event = server.event(EventType.CODE_REPLAYED, client=client, grant=code.grant)
    server.store.grants.revoke(server.tenant.id, code.grant.id, "code_replayed", server.now, event)
    return InvalidGrant("The code was used before.", rule="code_replayed")
