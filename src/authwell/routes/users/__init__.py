"""`/users/me` and its older names: a person's own account."""
