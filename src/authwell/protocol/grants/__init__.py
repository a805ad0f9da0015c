"""The grants of the token endpoint (RFC 6749 section 3.2), one module each."""
