"""Outgoing webhooks: events of a tenant for receivers that it chose."""
