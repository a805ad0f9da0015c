"""Roles, permissions, resource types, groups, grants, and the decision about them."""
