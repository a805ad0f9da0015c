"""The audit explorer: what happened, the latest first."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from flask import Response, request
from flask_babel import gettext

from authwell.identity.activity import mark_after, place_of
from authwell.middleware.console_pages import address, needs
from authwell.middleware.context import authorization_server, site
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.pages import list_page
from authwell.routes.console.parts import Field
from authwell.routes.console.rows import event_rows
from authwell.routes.console.words import WORDS
from authwell.storage.audit import AuditLog
from authwell.storage.values import searchable

SECTION = "audit"
PAGE = 50


@blueprint.get("/audit")
@needs("audit:read")
def list_events() -> Response:
    """All of the tenant, or those of one user."""
    user = request.args.get("user", "")
    before, before_id = place_of(request.args.get("before", "")) or _end()
    log, tenant_id = AuditLog(site().database), authorization_server().tenant.id
    if user:
        found = log.list_of_account(
            tenant_id, searchable(user), before=before, before_id=before_id, limit=PAGE + 1
        )
    else:
        found = log.list(tenant_id, before, PAGE + 1)
    more = None
    if len(found) > PAGE:
        query = {"user": user, "before": mark_after(found[PAGE - 1])}
        more = f"{address(SECTION)}?{urlencode(query)}"
    filters = [Field("user", WORDS["user"], value=user)]
    table = event_rows(found[:PAGE], more=more)
    return list_page(SECTION, gettext("Audit"), table, filters=filters)


def _end() -> tuple[datetime, str]:
    return authorization_server().now + timedelta(days=1), ""
