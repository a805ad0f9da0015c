"""`/domains`: what a tenant says is its own, and shows (docs: API_DOCUMENTATION.md)."""
