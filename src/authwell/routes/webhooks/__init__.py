"""`/webhook-endpoints`: administrators choose who is told of events (docs: API_DOCUMENTATION.md)."""
