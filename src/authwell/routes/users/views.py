"""The operations on accounts, of administrators and of their owners; whoever adds a module names it here."""

from authwell.routes.users import administration, credentials, profile, sessions
from authwell.routes.users.parts import at_auth, at_users

__all__ = ["administration", "at_auth", "at_users", "credentials", "profile", "sessions"]
