"""`/invitations`: administrators let people make accounts, by mail (docs: API_DOCUMENTATION.md)."""
