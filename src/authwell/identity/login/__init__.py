"""The doors to a session, and the guard before them."""
