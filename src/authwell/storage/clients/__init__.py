"""Clients: their pages and origins, and those that register themselves."""
