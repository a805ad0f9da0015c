"""Domains of tenants: shown to be theirs, and used to find where somebody logs in."""
