"""The signing keys of a tenant over time."""
