"""The operations of `/auth`; whoever adds a module names it here."""

from authwell.routes.auth import (
    api_keys,
    audit,
    email,
    export,
    login,
    mfa,
    password_reset,
    passwordless,
    registration,
    webauthn,
)
from authwell.routes.auth.part import api

__all__ = [
    "api",
    "api_keys",
    "audit",
    "email",
    "export",
    "login",
    "mfa",
    "password_reset",
    "passwordless",
    "registration",
    "webauthn",
]
