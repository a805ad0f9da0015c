"""Clients: their metadata (RFC 7591), redirect URIs and authentication."""
