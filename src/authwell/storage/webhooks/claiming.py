"""Which delivery a worker claims next (THREATS.md WH-06).

A claim takes one delivery: of the endpoint with the fewest that are under way, the one that is due
first and has no earlier one of its subject before it. A tenant has so many places at most, and an
endpoint that rests is passed over.
"""

from typing import Any, Final

from sqlalchemy import and_, bindparam, exists, func, literal_column, or_, select, update

from authwell.models.base import UtcDateTime
from authwell.models.tenants import tenants
from authwell.models.webhooks import webhook_deliveries, webhook_endpoints
from authwell.storage.statements import Statement
from authwell.storage.work.queues import is_ready

PLACES_OF_TENANT: Final = 4
"""Deliveries of one tenant that are under way at once."""

_deliveries = webhook_deliveries
_endpoints = webhook_endpoints
_candidate = webhook_deliveries.alias("candidate")
_earlier = webhook_deliveries.alias("earlier")
_running = webhook_deliveries.alias("running")
_locked = webhook_deliveries.alias("locked")
_NOW: Any = bindparam("now", type_=UtcDateTime())

_IS_FIRST_OF_SUBJECT = ~exists(
    select(literal_column("1")).where(
        _earlier.c.endpoint_id == _candidate.c.endpoint_id,
        _earlier.c.subject == _candidate.c.subject,
        _earlier.c.done_at.is_(None),
        _earlier.c.event_id < _candidate.c.event_id,
    )
)
_IS_OF_ACTIVE_TENANT = exists(
    select(literal_column("1")).where(
        tenants.c.id == _endpoints.c.tenant_id, tenants.c.status == "active"
    )
)
_IS_SERVED = and_(
    _endpoints.c.status == "active",
    or_(_endpoints.c.rests_until.is_(None), _endpoints.c.rests_until <= _NOW),
    _IS_OF_ACTIVE_TENANT,
)


def _under_way(condition: Any) -> Any:
    is_under_way = (_running.c.done_at.is_(None), _running.c.claimed_until > _NOW)
    return (
        select(func.count())
        .select_from(_running)
        .where(condition, *is_under_way)
        .correlate(_endpoints)
        .scalar_subquery()
    )


_next = (
    select(_candidate.c.id)
    .where(
        _candidate.c.endpoint_id == _endpoints.c.id,
        *is_ready(_candidate, "available_at"),
        _IS_FIRST_OF_SUBJECT,
    )
    .order_by(_candidate.c.available_at, _candidate.c.event_id)
    .limit(1)
    .correlate(_endpoints)
    .scalar_subquery()
)
_of_endpoints = (
    select(
        _next.label("id"),
        _under_way(_running.c.endpoint_id == _endpoints.c.id).label("under_way"),
        _endpoints.c.served_at,
    )
    .where(
        _IS_SERVED,
        _under_way(_running.c.tenant_id == _endpoints.c.tenant_id) < PLACES_OF_TENANT,
    )
    .subquery("of_endpoints")
)
_chosen = (
    select(_of_endpoints.c.id)
    .where(_of_endpoints.c.id.is_not(None))
    .order_by(
        _of_endpoints.c.under_way,
        _of_endpoints.c.served_at.is_not(None),
        _of_endpoints.c.served_at,
        _of_endpoints.c.id,
    )
    .limit(1)
    .scalar_subquery()
)

CLAIM = Statement(
    update(_deliveries)
    .where(
        _deliveries.c.id.in_(
            select(_locked.c.id)
            .where(
                _locked.c.id == _chosen,
                # Asked again of the row that was locked: another may have claimed it meanwhile.
                _locked.c.done_at.is_(None),
                or_(_locked.c.claimed_until.is_(None), _locked.c.claimed_until <= _NOW),
            )
            .with_for_update(skip_locked=True)
        )
    )
    .values(
        claimed_until=bindparam("until", type_=UtcDateTime()),
        attempts=_deliveries.c.attempts + 1,
        last_attempt_at=_NOW,
    )
    .returning(*_deliveries.c)
)
READY = (
    select(_deliveries.c.id)
    .select_from(_deliveries.join(_endpoints, _endpoints.c.id == _deliveries.c.endpoint_id))
    .where(*is_ready(_deliveries, "available_at"), _IS_SERVED)
)
"""What a claim may find: it passes over what waits for an earlier one of its subject."""
