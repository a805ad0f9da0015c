"""The issuer of a tenant: below the server's own, or a host of the tenant's (RFC 8414 section 2)."""

from dataclasses import replace
from datetime import datetime

from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.configuration.edit import Configuration
from authwell.storage.configuration.rows import TenantRecord

BELOW = "/t/"
"""What stands between the server's issuer and a slug."""


def issuer_below(server: str, slug: str) -> str:
    """The issuer of a tenant that has no host of its own.

    Args:
        server: the issuer of the default tenant.
    """
    return f"{server}{BELOW}{slug}"


def has_own_host(record: TenantRecord) -> bool:
    """Whether the tenant is found by its host, and not below the server's."""
    return not record.issuer.endswith(f"{BELOW}{record.slug}")


def set_issuer(
    configuration: Configuration, record: TenantRecord, issuer: str, now: datetime
) -> TenantRecord:
    """Give a tenant another issuer; tokens of the one before are nobody's from then on."""
    moved = replace(record, issuer=issuer, updated_at=now)
    with configuration.edit(record.id, now) as edit:
        edit.set_tenant(moved)
        edit.record(
            Event(
                type=EventType.TENANT_ISSUER_CHANGED,
                tenant_id=record.id,
                at=now,
                data={"from": record.issuer, "to": issuer},
            )
        )
    return moved


def follow_server(
    configuration: Configuration, record: TenantRecord, server: str, now: datetime
) -> TenantRecord:
    """The tenant below the server's present issuer, which ISSUER may have changed."""
    issuer = issuer_below(server, record.slug)
    if has_own_host(record) or record.issuer == issuer:
        return record
    return set_issuer(configuration, record, issuer, now)
