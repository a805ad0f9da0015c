"""Suspicious activity: a table of rules, each with an action that a tenant may change."""
