"""The sessions API for administrators."""
