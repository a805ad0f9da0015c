"""`/webhook-endpoints/{endpoint_id}/deliveries`: what became of each event, and sending it again."""

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validate

from authwell.middleware.api.administrators import author
from authwell.middleware.api.operations import permission
from authwell.middleware.api.paging import PageSchema, read_page, sorted_by
from authwell.middleware.errors import Problem
from authwell.routes.webhooks import part
from authwell.routes.webhooks.part import api, refusing, webhooks
from authwell.routes.webhooks.schemas import (
    DeliveriesSchema,
    DeliverySchema,
    WholeDeliverySchema,
    shown_delivery,
)
from authwell.storage.webhooks.log import read_delivery

_MISSING = {404: "The tenant has no such endpoint or delivery"}


class LogSchema(PageSchema):
    """Which page of the log."""

    sort = sorted_by("created_at", default="-created_at")
    status = fields.String(validate=validate.OneOf(["open", "delivered", "failed"]))


@api.add(
    "GET",
    "/<endpoint_id>/deliveries",
    needs=permission("webhook", "read"),
    query=LogSchema,
    answer=DeliveriesSchema,
    refusals=_MISSING,
)
def list_webhook_deliveries(endpoint_id: str, query: Mapping[str, Any]) -> Mapping[str, Any]:
    """A page of the log of the last 30 days, the latest first unless asked otherwise."""
    endpoint = part.endpoint(endpoint_id)
    page = read_page("deliveries", {**query, "endpoint_id": endpoint.id})
    found = webhooks().deliveries(endpoint, page.wanted, query.get("status"))
    return page.answer(found, lambda row: shown_delivery(read_delivery(row)))


@api.add(
    "GET",
    "/<endpoint_id>/deliveries/<delivery_id>",
    needs=permission("webhook", "read"),
    answer=WholeDeliverySchema,
    refusals=_MISSING,
)
def show_webhook_delivery(endpoint_id: str, delivery_id: str) -> Mapping[str, Any]:
    """One delivery with the message."""
    endpoint = part.endpoint(endpoint_id)
    with refusing():
        found = webhooks().delivery(endpoint, delivery_id)
    return {**shown_delivery(found), "body": found.body}


@api.add(
    "POST",
    "/<endpoint_id>/deliveries/<delivery_id>/replay",
    needs=permission("webhook", "update"),
    answer=DeliverySchema,
    status=202,
    refusals={**_MISSING, 409: "It is still on its way"},
)
def replay_webhook_delivery(endpoint_id: str, delivery_id: str) -> Mapping[str, Any]:
    """Send one again that was delivered or given up; its receiver knows it by its id."""
    endpoint = part.endpoint(endpoint_id)
    with refusing():
        found = webhooks().replay(endpoint, delivery_id, author())
    if found is None:
        raise Problem(409, "conflict", "It is still on its way.")
    return shown_delivery(found)
