"""Integrations: other systems that tell a tenant of events (REQUIREMENTS.md J6 to J8)."""
