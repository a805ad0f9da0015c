"""Logging in: what one shows, what is counted, and the session that comes of it."""
