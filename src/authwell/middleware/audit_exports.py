"""The answer that all of a tenant's events go out in; an export is an event too."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response

from authwell.identity.audit.export import FORMATS
from authwell.middleware.context import authorization_server, site
from authwell.protocol.events import EventType
from authwell.storage.audit.events import AuditLog
from authwell.storage.audit.views import AuditViews


def exported(query: Mapping[str, Any], actor: str) -> Response:
    """All events that fit, the oldest first, as JSON Lines or CSV.

    Args:
        query: `format`, `security`, and what events are narrowed by.
        actor: who asks.
    """
    filters = dict(query)
    form, only_security = filters.pop("format"), filters.pop("security")
    server = authorization_server()
    views = AuditViews(site().database, server.tenant.id)
    told = {name: str(value) for name, value in query.items()}
    event = server.event(EventType.AUDIT_EXPORTED, data=told)
    AuditLog(site().database).add(replace(event, actor=actor))
    media_type, write = FORMATS[form]
    # Events that come while it is written would never let it end.
    filters["until"] = min(filters.get("until", server.now), server.now)
    rows = views.each(filters, only_security=only_security)
    return Response(
        write(rows),
        mimetype=media_type,
        headers={
            "Cache-Control": "no-store",
            "Content-Disposition": f'attachment; filename="audit.{form}"',
        },
    )
