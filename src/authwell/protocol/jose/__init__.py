"""Signing and keys (RFC 7515, RFC 7517); the only importer of joserfc."""
