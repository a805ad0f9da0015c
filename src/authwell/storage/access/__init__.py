"""Roles, permissions, groups and grants of resources: read for checks, and edited."""
