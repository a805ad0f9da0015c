"""The operations of `/auth`; whoever adds a module names it here."""

from authwell.routes.auth import api_keys, audit, export, login, passwordless, webauthn
from authwell.routes.auth.part import api

__all__ = ["api", "api_keys", "audit", "export", "login", "passwordless", "webauthn"]
