"""OAuth 2.0 and OpenID Connect as plain Python: no Flask, no SQL, no settings, no clock."""
