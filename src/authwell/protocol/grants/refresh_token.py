"""The refresh token grant (RFC 6749 section 6)."""

from dataclasses import replace

from authwell.protocol import resources, scopes
from authwell.protocol.clients.authentication import EndpointRequest
from authwell.protocol.errors import InvalidGrant, InvalidScope
from authwell.protocol.model import Client
from authwell.protocol.params import Params
from authwell.protocol.records import RefreshRecord
from authwell.protocol.server import AuthorizationServer
from authwell.protocol.tokens import issue
from authwell.protocol.tokens.refresh import end_family, rotation, successor_for_retry
from authwell.utils.randomness import digest, new_secret


def refresh(
    server: AuthorizationServer, client: Client, request: EndpointRequest
) -> issue.TokenResponse:
    """Exchange a refresh token for new tokens; the old one is used up.

    Raises:
        InvalidGrant: unknown, expired, another client's, or replayed (then its family ends).
        InvalidScope: more than was granted.
        InvalidTarget: a resource that the grant does not have.
    """
    presented = request.params.required("refresh_token")
    plain = _refresh_plainly(server, client, request.params, presented)
    if plain is not None:
        return plain
    record = _find(server, client, presented)
    _require_no_replay(server, client, record, presented)
    scope = _narrowed_scope(server, record, request.params)
    asked = resources.narrowed(server.tenant, client, request.params.resources, record.grant)
    asked = resources.requested(server.tenant, client, asked)
    if record.used_at is not None:
        return _answer_again(server, client, record, presented, scope, asked)
    prepared = issue.prepare(server, client, record.grant, scope, asked, with_refresh_token=False)
    successor = new_secret(issue.REFRESH_PREFIX)
    change = rotation(server, client, presented, successor)
    change = replace(
        change, event=change.event.about(record.grant), access_token=prepared.new_access_token
    )
    if not server.store.refresh_tokens.rotate(change):
        record = _find(server, client, presented)
        return _answer_again(server, client, record, presented, scope, asked)
    return issue.sign(server, replace(prepared, refresh_token=successor))


def _refresh_plainly(
    server: AuthorizationServer, client: Client, params: Params, presented: str
) -> issue.TokenResponse | None:
    """Find and use up in one statement, where all that could be refused stands in it.

    None if the request must be looked at step by step: it asks for less than was granted, or the
    token is not one that simply stands. A client without a retry window goes step by step too,
    because an opaque access token is kept after the rotation here; and one whose ID tokens are
    encrypted, because its key may be missing.
    """
    if "scope" in params or params.resources or not client.refresh_retry:
        return None
    if client.id_token_encryption is not None:
        return None
    successor = new_secret(issue.REFRESH_PREFIX)
    record = server.store.refresh_tokens.rotate_plain(
        rotation(server, client, presented, successor)
    )
    if record is None:
        return None
    return _answer_with(
        server, client, record, successor, _narrowed_scope(server, record, params), ()
    )


def _find(server: AuthorizationServer, client: Client, presented: str) -> RefreshRecord:
    record = server.store.refresh_tokens.find(server.tenant.id, digest(presented), server.now)
    if record is None:
        raise InvalidGrant("The refresh token is unknown or expired.", rule="refresh_token_unknown")
    if record.client_id != client.client_id:
        raise InvalidGrant(
            "The refresh token is unknown or expired.",
            reason=f"it belongs to {record.client_id}, not to {client.client_id}",
            rule="refresh_token_of_other_client",
        )
    if record.expires_at <= server.now:
        raise InvalidGrant("The refresh token is unknown or expired.", rule="refresh_token_expired")
    if record.grant.ended is not None:
        raise InvalidGrant(
            "The grant has ended.", reason=f"ended: {record.grant.ended}", rule="grant_ended"
        )
    return record


def _require_no_replay(
    server: AuthorizationServer, client: Client, record: RefreshRecord, presented: str
) -> None:
    """Before the rest is read: a replay ends the family whatever else is wrong with it."""
    if record.used_at is None:
        return
    if successor_for_retry(server, client, record, presented) is None:
        raise end_family(server, client, record)


def _narrowed_scope(
    server: AuthorizationServer, record: RefreshRecord, params: Params
) -> frozenset[str]:
    """RFC 6749 section 6: the same or less; the refresh token itself keeps all of it."""
    asked = scopes.parse(params.optional("scope")) or record.grant.scope
    if not asked <= record.grant.scope:
        raise InvalidScope("The scope is more than was granted.", rule="scope_widened")
    account = record.grant.account
    # A role that was taken away since takes its scope along.
    return scopes.held_by(server, account, asked) if account is not None else asked


def _answer_again(
    server: AuthorizationServer,
    client: Client,
    record: RefreshRecord,
    presented: str,
    scope: frozenset[str],
    asked: tuple[str, ...],
) -> issue.TokenResponse:
    """A token that is used already: a retry gets the same successor, a replay ends the family."""
    successor = successor_for_retry(server, client, record, presented)
    if successor is None:
        raise end_family(server, client, record)
    return _answer_with(server, client, record, successor, scope, asked)


def _answer_with(
    server: AuthorizationServer,
    client: Client,
    record: RefreshRecord,
    successor: str,
    scope: frozenset[str],
    asked: tuple[str, ...],
) -> issue.TokenResponse:
    """The response with a successor that is kept already."""
    prepared = issue.prepare(server, client, record.grant, scope, asked, with_refresh_token=False)
    if prepared.new_access_token is not None:
        server.store.access_tokens.issue(server.tenant.id, prepared.new_access_token)
    return issue.sign(server, replace(prepared, refresh_token=successor))
