"""The Flask blueprints."""
