"""Passkeys: registering, keeping and logging in by public key credentials (WebAuthn Level 3)."""
