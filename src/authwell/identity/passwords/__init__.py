"""Passwords: hashed, judged, changed."""
