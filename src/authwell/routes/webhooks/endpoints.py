"""`/webhook-endpoints`: who is told of which events, and by which secret they know that it is us."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from authwell.identity.webhooks.catalogue import OFFERED
from authwell.middleware.api.administrators import author
from authwell.middleware.api.operations import permission
from authwell.middleware.api.paging import PageSchema, read_page, sorted_by
from authwell.middleware.context import authorization_server
from authwell.middleware.errors import Problem
from authwell.routes.webhooks import part
from authwell.routes.webhooks.part import MISSING, api, refusing, tenant_id, webhooks
from authwell.routes.webhooks.schemas import (
    EndpointChangeSchema,
    EndpointSchema,
    EndpointsSchema,
    EventTypesSchema,
    MadeEndpointSchema,
    NewEndpointSchema,
    RotationSchema,
    TestedSchema,
    shown,
)
from authwell.storage.webhooks.endpoints import read_endpoint

_TAKEN = {409: "The name is taken, or there are as many as a tenant may have"}
_CHANGED = {409: "Another endpoint has this name", 412: "It was changed meanwhile"}


class QuerySchema(PageSchema):
    """Which page of endpoints."""

    sort = sorted_by("name", default="name")


@api.add("GET", "", needs=permission("webhook", "read"), query=QuerySchema, answer=EndpointsSchema)
def list_webhook_endpoints(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """A page of endpoints by name."""
    page = read_page("webhook_endpoints", query)
    found = webhooks().page(tenant_id(), page.wanted)
    return page.answer(found, lambda row: shown(read_endpoint(row)))


@api.add(
    "POST",
    "",
    needs=permission("webhook", "create"),
    body=NewEndpointSchema,
    answer=MadeEndpointSchema,
    status=201,
    refusals=_TAKEN,
)
def create_webhook_endpoint(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Make an endpoint; its secret is in this answer only."""
    with refusing():
        made = webhooks().create(tenant_id(), body, author())
    return {**shown(made.endpoint), "secret": made.secret}


@api.add("GET", "/event-types", needs=permission("webhook", "read"), answer=EventTypesSchema)
def list_event_types() -> Mapping[str, Any]:
    """List the types of events that may be sent, and what each says."""
    types = [{"type": kind, "members": sorted(members)} for kind, members in OFFERED.items()]
    return {"event_types": types}


@api.add(
    "GET",
    "/<endpoint_id>",
    needs=permission("webhook", "read"),
    answer=EndpointSchema,
    refusals=MISSING,
    versioned=True,
)
def show_webhook_endpoint(endpoint_id: str) -> Mapping[str, Any]:
    """One endpoint."""
    return shown(part.endpoint(endpoint_id))


@api.add(
    "PUT",
    "/<endpoint_id>",
    needs=permission("webhook", "update"),
    body=EndpointChangeSchema,
    answer=EndpointSchema,
    refusals={**MISSING, **_CHANGED},
    versioned=True,
)
def change_webhook_endpoint(endpoint_id: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Change an endpoint; what is left out stays. Enabled again, it gets events from now on."""
    found = part.seen_endpoint(endpoint_id)
    with refusing():
        return shown(webhooks().update(found, body, author()))


@api.add(
    "DELETE",
    "/<endpoint_id>",
    needs=permission("webhook", "delete"),
    refusals={**MISSING, 412: "It was changed meanwhile"},
)
def delete_webhook_endpoint(endpoint_id: str) -> None:
    """Delete an endpoint with its log."""
    webhooks().delete(part.seen_endpoint(endpoint_id), author())


@api.add(
    "POST",
    "/<endpoint_id>/rotate-secret",
    needs=permission("webhook", "update"),
    body=RotationSchema,
    answer=MadeEndpointSchema,
    refusals={**MISSING, 412: "It was changed meanwhile"},
)
def rotate_webhook_secret(endpoint_id: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """A new secret, in this answer only; messages are signed by both for the overlap."""
    found = part.endpoint(endpoint_id)
    overlap = timedelta(seconds=body["overlap_seconds"])
    with refusing():
        made = webhooks().rotate_secret(found, author(), overlap)
    return {**shown(made.endpoint), "secret": made.secret}


@api.add(
    "POST",
    "/<endpoint_id>/test",
    needs=permission("webhook", "update"),
    answer=TestedSchema,
    status=202,
    refusals={**MISSING, 409: "The endpoint is disabled"},
)
def send_test_message(endpoint_id: str) -> Mapping[str, Any]:
    """Send a message of the type `webhook.test`; the log says what became of it."""
    found = part.endpoint(endpoint_id)
    if found.status != "active":
        raise Problem(409, "endpoint_disabled", "The endpoint is disabled; enable it first.")
    slug = authorization_server().tenant.slug
    return {"delivery_id": webhooks().test(found, slug, author())}
