"""Planning clients: their metadata under the tenant's policy, and their secrets."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from authwell.identity.clients.secrets import ClientSecrets, Owner, UnfitSecret, is_live, rotated
from authwell.identity.configuration import lookups, members
from authwell.identity.configuration.changes import Change, differing
from authwell.identity.configuration.clients import ClientEntry
from authwell.identity.configuration.problems import (
    MISSING,
    Findings,
    Problem,
    Refused,
    did_you_mean,
    join,
)
from authwell.identity.configuration.state import State
from authwell.protocol.clients.metadata import Registration, read_client
from authwell.protocol.clients.readers import InvalidClientMetadata
from authwell.protocol.model import SECRET_METHODS, Client, ClientSecret
from authwell.protocol.policy import Policy
from authwell.storage.configuration.rows import ClientRecord


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a client is checked against: the tenant as it will be."""

    policies: Mapping[str, Policy]
    scopes: frozenset[str]
    resources: frozenset[str]
    """Identifiers, with that of our own APIs."""
    secrets: ClientSecrets
    now: datetime


def plan_client(
    entry: ClientEntry, state: State, around: Surroundings, findings: Findings
) -> Change | None:
    """What makes the stored client as declared; None if it is, or was refused."""
    known = state.clients.find(entry.client_id)
    if findings.has_below(entry.path):
        return None
    owner = Owner(state.tenant.id, entry.client_id)
    secrets = _secrets(entry, known, owner, around, findings)
    client = read_registered(entry.metadata, state.tenant.id, around, entry.path, findings)
    if client is None or secrets is None:
        return None
    _check_scope(client, around, entry.path, findings)
    _check_resources(client, around, entry.path, findings)
    secrets = around.secrets.refitted(secrets, owner, signs=signs(entry.metadata))
    secrets = _fitting_secrets(entry, client, known, secrets, findings)
    if findings.has_below(entry.path):
        return None
    return _change(entry, known, secrets, around.now)


def read_registered(
    metadata: Mapping[str, Any],
    tenant_id: str,
    around: Surroundings,
    path: str,
    findings: Findings,
) -> Client | None:
    """The client that the metadata describe; None if the policy does not allow it."""
    try:
        return read_client(metadata, Registration(tenant_id, around.policies))
    except InvalidClientMetadata as error:
        findings.refuse(join(path, error.member), members.bare(error), error.code)
        return None


def signs(metadata: Mapping[str, Any]) -> bool:
    """Whether the client signs with its secret, which must then be kept readable."""
    return bool(metadata.get("token_endpoint_auth_method") == "client_secret_jwt")


def _secrets(
    entry: ClientEntry,
    known: ClientRecord | None,
    owner: Owner,
    around: Surroundings,
    findings: Findings,
) -> tuple[ClientSecret, ...] | None:
    """The client's secrets as declared; those it has if none are."""
    kept = known.secrets if known is not None else ()
    live = tuple(secret for secret in kept if is_live(secret, around.now))
    if entry.digests is not None:
        for secret in entry.digests:
            if secret.kind == "sealed" and around.secrets.opened(secret, owner) is None:
                place = join(entry.path, "client_secret_digests")
                findings.refuse(place, "has a sealed secret that this server cannot open")
        return kept if set(entry.digests) == set(live) else entry.digests
    if entry.secret is None:
        return kept
    is_signed_with = signs(entry.metadata)
    if around.secrets.is_kept(live, entry.secret, owner, signs=is_signed_with):
        return kept
    try:
        return (around.secrets.keep_for(entry.secret, owner, signs=is_signed_with),)
    except UnfitSecret as error:
        findings.refuse(join(entry.path, "client_secret"), str(error))
        return None


def _fitting_secrets(
    entry: ClientEntry,
    client: Client,
    known: ClientRecord | None,
    secrets: tuple[ClientSecret, ...],
    findings: Findings,
) -> tuple[ClientSecret, ...]:
    declared = entry.secret is not None or entry.digests is not None
    place = join(entry.path, "client_secret")
    if not client.has_secret and declared:
        findings.refuse(place, _no_secret(client.token_endpoint_auth_method))
    if not client.has_secret:
        return ()
    if not secrets:
        hint = "" if known is None else "; `authwell client rotate-secret` makes one"
        findings.refuse(
            place, f"is missing: {client.token_endpoint_auth_method} needs one{hint}", MISSING
        )
    return secrets


def _no_secret(method: str) -> str:
    return f"a client whose token_endpoint_auth_method is {method} has no secret"


def _check_scope(client: Client, around: Surroundings, path: str, findings: Findings) -> None:
    for name in sorted(client.scope - around.scopes):
        hint = did_you_mean(name, around.scopes)
        findings.warn(
            join(path, "scope"),
            f"the scope {name!r} belongs to no resource and has no description{hint}",
        )


def _check_resources(client: Client, around: Surroundings, path: str, findings: Findings) -> None:
    for identifier in sorted(client.allowed_resources - around.resources):
        hint = did_you_mean(identifier, around.resources)
        findings.refuse(
            join(path, "allowed_resources"),
            f"there is no resource {identifier!r}{hint}",
            "invalid_client_metadata",
        )


def _change(
    entry: ClientEntry,
    known: ClientRecord | None,
    secrets: tuple[ClientSecret, ...],
    now: datetime,
) -> Change | None:
    record = ClientRecord(
        client_id=entry.client_id,
        metadata=dict(entry.metadata),
        created_at=known.created_at if known else now,
        updated_at=now,
        secrets=secrets,
        # Whoever was switched off stays off until it is said otherwise.
        status=entry.status or (known.status if known else "active"),
        not_before=known.not_before if known else None,
    )
    after = {**record.metadata, "status": record.status}
    if known is None:
        values = {"record": record}
        return Change("client", "create", entry.client_id, values=values, after=after)
    changed = differing(known.metadata, entry.metadata)
    if set(secrets) != set(known.secrets):
        changed = (*changed, "client_secret")
    if record.status != known.status:
        changed = (*changed, "status")
    if record.status == "disabled" != known.status:
        # What it was given stays dead when it is switched on again.
        record = replace(record, not_before=now)
    if not changed:
        return None
    return Change(
        "client",
        "update",
        entry.client_id,
        changed,
        {"record": record},
        before={**known.metadata, "status": known.status},
        after=after,
    )


def rotation(
    state: State, client_id: str, new: ClientSecret, now: datetime, overlap: timedelta
) -> Change:
    """What gives a client a new secret.

    Raises:
        NotFound: there is no such client.
        Refused: its method needs none.
    """
    known = lookups.client(state, client_id)
    method = known.metadata.get("token_endpoint_auth_method") or "client_secret_basic"
    if method not in SECRET_METHODS:
        raise Refused([Problem("client_secret", _no_secret(method), "invalid_client_metadata")])
    secrets = rotated(known.secrets, new, now, overlap)
    record = replace(known, secrets=secrets, updated_at=now)
    return Change("client", "update", client_id, ("client_secret",), {"record": record})
