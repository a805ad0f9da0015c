"""The engine's ports over SQLAlchemy Core and Redis, and the transactions."""
