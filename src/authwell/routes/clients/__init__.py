"""`/oauth/clients`: the registry of clients as an API of ours (docs: API_DOCUMENTATION.md)."""
