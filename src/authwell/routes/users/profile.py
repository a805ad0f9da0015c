"""A person's own account: seen, changed and deleted (REQUIREMENTS.md C5, C6, G8 to G12, K17)."""

from collections.abc import Mapping
from typing import Any, Final

from authwell.middleware.api.accounts import AccountSchema, shown_account
from authwell.middleware.api.callers import signed_in
from authwell.middleware.api.operations import Needs
from authwell.routes.users.parts import at_auth, at_users

READ: Final = Needs("read:user")


@at_users.add("GET", "/me", answer=AccountSchema, needs=READ)
@at_auth.add("GET", "/me", answer=AccountSchema, needs=READ)
@at_auth.add("GET", "/profile/me", answer=AccountSchema, needs=READ)
def show() -> Mapping[str, Any]:
    """Show the caller's own account."""
    return shown_account(signed_in().account.id)
