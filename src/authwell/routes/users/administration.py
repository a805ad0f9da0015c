"""`/users` (G1 to G7, G14): administrators see, make, change, shut out and delete accounts."""

from collections.abc import Mapping
from typing import Any, Final

from authwell.identity.administration.entries import NewUser
from authwell.identity.administration.shown import shown_user
from authwell.middleware.api.administering import REFUSALS, acting, administering
from authwell.middleware.api.operations import permission
from authwell.middleware.api.paging import read_page
from authwell.middleware.api.versions import expected
from authwell.middleware.context import authorization_server, site
from authwell.routes.users.parts import at_users
from authwell.routes.users.schemas import (
    EndedSessionsSchema,
    NewUserSchema,
    TakenFactorsSchema,
    UserEntrySchema,
    UserSchema,
    UsersQuery,
    UsersSchema,
    entry_of,
    filters_of,
)

ONE: Final = "/<user_id>"
READ: Final = permission("user", "read")
CREATE: Final = permission("user", "create")
UPDATE: Final = permission("user", "update")
DELETE: Final = permission("user", "delete")
END_SESSIONS: Final = permission("session", "delete")
_TAKEN: Final = {409: "`username_taken` or `email_taken`"}
_CHANGE: Final = {**REFUSALS, 409: f"{_TAKEN[409]}; {REFUSALS[409]}"}


@at_users.add("GET", "", needs=READ, query=UsersQuery, answer=UsersSchema)
def list_users(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """A page of the tenant's accounts; the latest first unless asked otherwise."""
    page = read_page("users", query)
    filters = filters_of(page.filters)
    return page.answer(site().users.page(authorization_server(), page.wanted, filters), shown_user)


@at_users.add(
    "POST",
    "",
    needs=CREATE,
    body=NewUserSchema,
    answer=UserSchema,
    status=201,
    refusals=_TAKEN,
    versioned=True,
)
def create_user(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Make an account; without a password its person is asked for one by mail."""
    new = NewUser(entry_of(body), body.get("password"))
    with administering():
        return site().users.create(authorization_server(), acting(), new)


@at_users.add(
    "GET",
    ONE,
    needs=READ,
    answer=UserSchema,
    refusals={404: REFUSALS[404]},
    versioned=True,
)
def show_user(user_id: str) -> Mapping[str, Any]:
    """One account."""
    with administering():
        return site().users.find(authorization_server(), user_id)


@at_users.add(
    "PUT",
    ONE,
    needs=UPDATE,
    body=UserEntrySchema,
    answer=UserSchema,
    refusals=_CHANGE,
    versioned=True,
)
def change_user(user_id: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Change an account; what is left out stays."""
    server, who = authorization_server(), acting()
    with administering():
        present = frozenset(site().users.find(server, user_id)["roles"])
        return site().users.change(server, who, user_id, entry_of(body, present), expected())


@at_users.add("DELETE", ONE, needs=DELETE, refusals=REFUSALS, versioned=True)
def delete_user(user_id: str) -> None:
    """Delete an account with its sessions, tokens and keys; it can be restored for a while."""
    with administering():
        site().users.delete(authorization_server(), acting(), user_id, expected())


@at_users.add("POST", f"{ONE}/restore", needs=UPDATE, answer=UserSchema, refusals=REFUSALS)
def restore_user(user_id: str) -> Mapping[str, Any]:
    """Give a deleted account back."""
    with administering():
        return site().users.restore(authorization_server(), acting(), user_id)


@at_users.add("POST", f"{ONE}/activate", needs=UPDATE, answer=UserSchema, refusals=REFUSALS)
def activate_user(user_id: str) -> Mapping[str, Any]:
    """Let somebody in who was shut out, or whose address waits to be verified."""
    with administering():
        return site().users.activate(authorization_server(), acting(), user_id, expected())


@at_users.add("POST", f"{ONE}/deactivate", needs=UPDATE, answer=UserSchema, refusals=REFUSALS)
def deactivate_user(user_id: str) -> Mapping[str, Any]:
    """Shut somebody out; their sessions and tokens end at once."""
    with administering():
        return site().users.deactivate(authorization_server(), acting(), user_id, expected())


@at_users.add("POST", f"{ONE}/unlock", needs=UPDATE, answer=UserSchema, refusals=REFUSALS)
def unlock_user(user_id: str) -> Mapping[str, Any]:
    """Open an account that failed attempts have locked."""
    with administering():
        return site().users.unlock(authorization_server(), acting(), user_id)


@at_users.add("POST", f"{ONE}/password-reset", needs=UPDATE, refusals=REFUSALS)
def send_reset(user_id: str) -> None:
    """Send a link with which the person sets another password."""
    with administering():
        site().users.send_reset(authorization_server(), acting(), user_id)


@at_users.add(
    "DELETE",
    f"{ONE}/sessions",
    needs=END_SESSIONS,
    answer=EndedSessionsSchema,
    refusals=REFUSALS,
)
def end_sessions(user_id: str) -> Mapping[str, Any]:
    """Log somebody out everywhere."""
    with administering():
        ended = site().users.end_sessions(authorization_server(), acting(), user_id)
    return {"ended": ended}


@at_users.add("DELETE", f"{ONE}/mfa", needs=UPDATE, answer=TakenFactorsSchema, refusals=REFUSALS)
def reset_factors(user_id: str) -> Mapping[str, Any]:
    """Take all second factors from somebody who lost them; they get a letter."""
    with administering():
        taken = site().users.reset_factors(authorization_server(), acting(), user_id)
    return {"passkeys": taken.passkeys, "authenticator_apps": int(taken.had_app)}
