"""The authorization endpoint (RFC 6749 section 3.1), from parameters to response."""
