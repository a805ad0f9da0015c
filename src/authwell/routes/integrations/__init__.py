"""`/integrations` and `/webhooks`: other systems that send us events (docs: API_DOCUMENTATION.md)."""
