"""People and their administration; never Flask."""
