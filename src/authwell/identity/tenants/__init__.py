"""Tenants: what a new one gets, how they are named, and their life cycle."""
