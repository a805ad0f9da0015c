"""Tenants, where they are found, and whom they shut out."""
