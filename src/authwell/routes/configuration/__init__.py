"""`/scopes` and `/oauth/resources`: what clients may ask for (docs: API_DOCUMENTATION.md)."""
