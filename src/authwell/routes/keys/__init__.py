"""`/keys`: the signing keys of a tenant as an API of ours (docs: API_DOCUMENTATION.md)."""
