"""What administrators do to one user: each asks first, and is done by the form of that page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from flask import Response
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString
from werkzeug.exceptions import Forbidden

from authwell.identity.administration.administrators import Administrator
from authwell.identity.administration.users import Users
from authwell.identity.configuration.problems import NotFound
from authwell.middleware.api.administering import administering
from authwell.middleware.console_pages import acting, address, author, go, may, needs
from authwell.middleware.context import authorization_server, site
from authwell.middleware.notices import notify
from authwell.protocol.server import AuthorizationServer
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.finding import find_user_to_change, require_other
from authwell.routes.console.pages import form_page
from authwell.routes.console.parts import Act
from authwell.storage.people.accounts import AccountRecord

_ = lazy_gettext

Run = Callable[[AccountRecord], object]


@dataclass(frozen=True, slots=True)
class Action:
    """One thing to do.

    Attributes:
        run: does it.
        when: statuses of accounts that it is offered for.
        is_grave: whether something is lost by it.
    """

    label: LazyString
    permission: str
    run: Run
    when: frozenset[str]
    is_grave: bool = False
    about: LazyString | None = None


def _with(act: Callable[[Users, AuthorizationServer, Administrator, str], object]) -> Run:
    """As the API does it, with the same rules about whom (REQUIREMENTS.md G14)."""

    def run(record: AccountRecord) -> None:
        with administering():
            who = acting()
            act(site().users, authorization_server(), who, record.id)

    return run


def _verify(record: AccountRecord) -> None:
    site().verification.vouch(authorization_server(), record.id, author().actor)


_LIVING: Final = frozenset({"active", "pending", "disabled"})
ACTIONS: Final[Mapping[str, Action]] = {
    "disable": Action(
        _("Disable"),
        "user:update",
        _with(Users.deactivate),
        frozenset({"active", "pending"}),
        is_grave=True,
        about=_("Sessions and tokens end at once."),
    ),
    "enable": Action(
        _("Enable"),
        "user:update",
        _with(Users.activate),
        frozenset({"disabled"}),
    ),
    "verify-email": Action(
        _("Vouch for the address"), "user:update", _verify, frozenset({"pending"})
    ),
    "unlock": Action(
        _("Unlock"),
        "user:update",
        _with(Users.unlock),
        frozenset({"active"}),
    ),
    "send-reset": Action(
        _("Send a link for another password"),
        "user:update",
        _with(Users.send_reset),
        frozenset({"active"}),
    ),
    "reset-factors": Action(
        _("Take away second factors"),
        "user:update",
        _with(Users.reset_factors),
        frozenset({"active"}),
        is_grave=True,
        about=_("Make sure that it is really them who ask for it."),
    ),
    "end-sessions": Action(
        _("End all sessions"),
        "session:delete",
        _with(Users.end_sessions),
        _LIVING,
        is_grave=True,
    ),
    "delete": Action(
        _("Delete"),
        "user:delete",
        _with(Users.delete),
        _LIVING,
        is_grave=True,
        about=_("The account ends at once, and is erased for good later."),
    ),
    "restore": Action(
        _("Restore"),
        "user:update",
        _with(Users.restore),
        frozenset({"deleted"}),
    ),
}


def actions_on(record: AccountRecord) -> list[Act]:
    """What whoever looks may do to an account."""
    links = [
        ("edit", _("Edit"), "user:update"),
        ("groups", _("Groups"), "role:update"),
        ("grants", _("Give a permission"), "permission:create"),
    ]
    found = [
        Act(action.label, address("users", record.id, name), action.is_grave)
        for name, action in ACTIONS.items()
        if record.status in action.when and may(action.permission)
    ]
    forms = [
        Act(label, address("users", record.id, name))
        for name, label, permission in links
        if may(permission)
    ]
    return [*forms, *found]


@blueprint.get("/users/<account_id>/<action>")
@needs("user:read", recent=True)
def ask_about_user(account_id: str, action: str) -> Response:
    """Ask whether one is sure."""
    record, found = _found(account_id, action)
    return form_page(
        "users",
        found.label,
        address("users", record.id),
        about=f"{record.username}: {found.about}" if found.about else record.username,
        is_grave=found.is_grave,
    )


@blueprint.post("/users/<account_id>/<action>")
@needs("user:read", recent=True)
def act_on_user(account_id: str, action: str) -> Response:
    """Do it."""
    record, found = _found(account_id, action)
    found.run(record)
    return notify(go("users", record.id), "console_done")


def _found(account_id: str, name: str) -> tuple[AccountRecord, Action]:
    """The account and what is to be done to it.

    Raises:
        NotFound: there is no such account, or nothing of that name can be done to it now.
        Forbidden: whoever asks lacks the permission.
    """
    record, action = find_user_to_change(account_id), ACTIONS.get(name)
    if action is None or record.status not in action.when:
        raise NotFound("action", name)
    if not may(action.permission):
        raise Forbidden(f"This needs the permission {action.permission}.")
    if action.is_grave:
        require_other(record)
    return record, action
