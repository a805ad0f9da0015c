"""A person's own account: seen, changed and deleted (REQUIREMENTS.md C5, C6, G8 to G12, K17)."""

from collections.abc import Mapping
from typing import Any, Final

from marshmallow import Schema

from authwell.identity.administration.shown import shown_account as shown
from authwell.identity.people.profiles import InvalidProfile, Profiles
from authwell.middleware.api.accounts import AccountSchema, shown_account
from authwell.middleware.api.callers import signed_in
from authwell.middleware.api.confirming import require_password
from authwell.middleware.api.fields import secret
from authwell.middleware.api.members import invalid_members
from authwell.middleware.api.operations import Needs
from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem
from authwell.protocol.events import EventType
from authwell.routes.users.members import ProfileSchema, changes_of
from authwell.routes.users.parts import at_auth, at_users

READ: Final = Needs("read:user")
WRITE: Final = Needs("write:user")
_REFUSALS: Final = {409: "The user name is taken: `code` is `username_taken`"}


class PasswordSchema(Schema):
    """The present password."""

    password = secret(required=True)


@at_users.add("GET", "/me", answer=AccountSchema, needs=READ)
@at_auth.add("GET", "/me", answer=AccountSchema, needs=READ)
@at_auth.add("GET", "/profile/me", answer=AccountSchema, needs=READ)
def show() -> Mapping[str, Any]:
    """Show the caller's own account."""
    return shown_account(signed_in().account.id)


@at_users.add(
    "PUT", "/me", body=ProfileSchema, answer=AccountSchema, needs=WRITE, refusals=_REFUSALS
)
@at_auth.add(
    "PUT", "/profile/me", body=ProfileSchema, answer=AccountSchema, needs=WRITE, refusals=_REFUSALS
)
def change(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Change what the caller says of themselves; what is left out stays."""
    profiles = Profiles(site().database)
    outcome = profiles.change(authorization_server(), signed_in().account.id, changes_of(body))
    if isinstance(outcome, InvalidProfile):
        faults = dict(outcome.faults)
        if faults.get("username") == "taken":
            raise Problem(409, "username_taken", "The user name is taken. Choose another.")
        raise invalid_members(faults)
    if outcome is None:
        raise Problem(409, "conflict", "Somebody else changed the account. Send it again.")
    return shown(outcome)


@at_users.add("DELETE", "/me", body=PasswordSchema, refusals={403: "The password is wrong"})
@at_auth.add("DELETE", "/profile/me", body=PasswordSchema, refusals={403: "The password is wrong"})
def delete(body: Mapping[str, Any]) -> None:
    """Delete the caller's account; sessions, tokens and keys end at once."""
    require_password(body["password"])
    account = signed_in().account
    event = authorization_server().event(
        EventType.ACCOUNT_DELETED, account=account, data={"by": "owner"}
    )
    site().account_deletion.delete(event)
