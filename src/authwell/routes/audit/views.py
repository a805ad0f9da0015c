"""`/admin/audit` (L2), `/admin/audit/security` (L3) and the export of both."""

from collections.abc import Mapping
from typing import Any

from flask import Response

from authwell.identity.audit.export import FORMATS, shown
from authwell.middleware.api.administrators import administrator
from authwell.middleware.api.operations import Api, permission
from authwell.middleware.api.paging import read_page
from authwell.middleware.audit_exports import exported
from authwell.middleware.context import authorization_server, site
from authwell.routes.audit.schemas import EventsSchema, ExportSchema, QuerySchema
from authwell.storage.audit.views import AuditViews

api = Api("admin_audit", "/admin/audit", prefixes=("/api/v1",))


@api.add("GET", "", needs=permission("audit", "read"), query=QuerySchema, answer=EventsSchema)
def list_all_events(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """A page of the tenant's events, the latest first unless asked otherwise."""
    page = read_page("events", query)
    return page.answer(_views().page(page.wanted, page.filters), shown)


@api.add(
    "GET", "/security", needs=permission("audit", "read"), query=QuerySchema, answer=EventsSchema
)
def list_security_events(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """The same of security-critical events: failures, locks, and changes of what protects."""
    page = read_page("events", {**query, "security": True})
    filters = {name: value for name, value in page.filters.items() if name != "security"}
    return page.answer(_views().page(page.wanted, filters, only_security=True), shown)


@api.add(
    "GET",
    "/export",
    needs=permission("audit", "read"),
    query=ExportSchema,
    produces=tuple(media_type for media_type, _ in FORMATS.values()),
)
def export_events(query: Mapping[str, Any]) -> Response:
    """All events that fit, the oldest first, as JSON Lines or CSV; the export is an event too."""
    return exported(query, administrator().id)


def _views() -> AuditViews:
    return AuditViews(site().database, authorization_server().tenant.id)
