"""The configuration as data: read it, plan the changes, apply them, export it (DESIGN.md 6)."""
