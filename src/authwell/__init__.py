"""Authwell, an OAuth 2.0 and OpenID Connect authorization server."""

__version__ = "0.4.0"
