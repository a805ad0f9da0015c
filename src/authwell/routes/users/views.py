"""The operations of a person's own account; whoever adds a module names it here."""

from authwell.routes.users import credentials, profile, sessions
from authwell.routes.users.parts import at_auth, at_users

__all__ = ["at_auth", "at_users", "credentials", "profile", "sessions"]
