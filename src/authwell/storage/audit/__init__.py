"""The audit log: its events, its views and its chain."""
