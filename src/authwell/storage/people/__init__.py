"""Accounts and what belongs to their owners."""
