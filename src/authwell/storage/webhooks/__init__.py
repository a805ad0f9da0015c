"""Webhooks in the database: endpoints, deliveries, and what is to be sent next."""
