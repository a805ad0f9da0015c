"""The operations of `/integrations` and `/webhooks`."""

from authwell.routes.integrations import administration, incoming

apis = (administration.api, incoming.api)
