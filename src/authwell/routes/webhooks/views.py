"""The operations of `/webhook-endpoints`; whoever adds a module names it here."""

from authwell.routes.webhooks import deliveries, endpoints
from authwell.routes.webhooks.part import api

__all__ = ["api", "deliveries", "endpoints"]
