"""The refresh token grant (RFC 6749 section 6)."""

from dataclasses import replace

from authwell.protocol import resources, scopes
from authwell.protocol.clients.authentication import EndpointRequest
from authwell.protocol.errors import InvalidGrant, InvalidScope
from authwell.protocol.model import Client
from authwell.protocol.params import Params
from authwell.protocol.ports import RefreshRecord
from authwell.protocol.server import AuthorizationServer
from authwell.protocol.tokens import issue
from authwell.protocol.tokens.refresh import end_family, rotation, successor_for_retry
from authwell.utils.randomness import digest


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
    record = _find(server, client, presented)
    _require_no_replay(server, client, record, presented)
    scope = _narrowed_scope(record, request.params)
    asked = resources.narrowed(server.tenant, client, request.params.resources, record.grant)
    asked = resources.requested(server.tenant, client, asked)
    if record.used_at is not None:
        return _answer_again(server, client, record, presented, scope, asked)
    prepared = issue.prepare(server, client, record.grant, scope, asked, with_refresh_token=True)
    change = rotation(server, client, record, presented, prepared)
    if not server.store.refresh_tokens.rotate(change):
        record = _find(server, client, presented)
        return _answer_again(server, client, record, presented, scope, asked)
    return issue.sign(server, prepared)


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


def _narrowed_scope(record: RefreshRecord, params: Params) -> frozenset[str]:
    """RFC 6749 section 6: the same or less; the refresh token itself keeps all of it."""
    asked = scopes.parse(params.optional("scope")) or record.grant.scope
    if not asked <= record.grant.scope:
        raise InvalidScope("The scope is more than was granted.", rule="scope_widened")
    account = record.grant.account
    # A role that was taken away since takes its scope along.
    return scopes.held_by(account, asked) if account is not None else asked


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
    prepared = issue.prepare(server, client, record.grant, scope, asked, with_refresh_token=False)
    if prepared.new_access_token is not None:
        server.store.access_tokens.issue(server.tenant.id, prepared.new_access_token)
    return issue.sign(server, replace(prepared, refresh_token=successor))
