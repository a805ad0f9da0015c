"""What administrators do to one user: each asks first, and is done by the form of that page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from flask import Response
from flask_babel import lazy_gettext
from flask_babel.speaklater import LazyString
from werkzeug.exceptions import Forbidden

from authwell.identity.configuration.problems import NotFound
from authwell.identity.factors import second_factors
from authwell.identity.unlocking import unlock_account
from authwell.identity.verification import Origin
from authwell.middleware.configuring import configurator
from authwell.middleware.console_pages import address, author, go, may, needs
from authwell.middleware.context import authorization_server, site
from authwell.middleware.notices import notify
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.finding import find_user_to_change, require_other
from authwell.routes.console.pages import form_page
from authwell.routes.console.parts import Act
from authwell.storage.accounts import AccountRecord
from authwell.storage.sessions import Sessions

_ = lazy_gettext


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
    run: Callable[[AccountRecord], object]
    when: frozenset[str]
    is_grave: bool = False
    about: LazyString | None = None


def _set_status(status: str) -> Callable[[AccountRecord], object]:
    def change(record: AccountRecord) -> None:
        known = {"id": record.id, "username": record.username}
        configurator().update("accounts", lambda _state: known, {"status": status}, author())

    return change


def _send_reset(record: AccountRecord) -> None:
    server, actor = authorization_server(), author().actor
    site().recovery.send(server, record, Origin(), actor)


def _verify(record: AccountRecord) -> None:
    site().verification.vouch(authorization_server(), record.id, author().actor)


def _unlock(record: AccountRecord) -> None:
    unlock_account(site().database, _event(EventType.ACCOUNT_UNLOCKED, record))


def _reset_factors(record: AccountRecord) -> None:
    second_factors.reset(site().database, _event(EventType.FACTORS_RESET, record))


def _end_sessions(record: AccountRecord) -> None:
    event = _event(EventType.SESSION_ENDED, record)
    if Sessions(site().database).end_all(record.tenant_id, record.id, event):
        site().outbox_bell.set()


def _delete(record: AccountRecord) -> None:
    site().account_deletion.delete(_event(EventType.ACCOUNT_DELETED, record))


def _restore(record: AccountRecord) -> None:
    site().account_deletion.restore(_event(EventType.ACCOUNT_RESTORED, record))


_LIVING: Final = frozenset({"active", "pending", "disabled"})
ACTIONS: Final[Mapping[str, Action]] = {
    "disable": Action(
        _("Disable"),
        "user:update",
        _set_status("disabled"),
        frozenset({"active", "pending"}),
        is_grave=True,
        about=_("Sessions and tokens end at once."),
    ),
    "enable": Action(_("Enable"), "user:update", _set_status("active"), frozenset({"disabled"})),
    "verify-email": Action(
        _("Vouch for the address"), "user:update", _verify, frozenset({"pending"})
    ),
    "unlock": Action(_("Unlock"), "user:update", _unlock, frozenset({"active"})),
    "send-reset": Action(
        _("Send a link for another password"), "user:update", _send_reset, frozenset({"active"})
    ),
    "reset-factors": Action(
        _("Take away second factors"),
        "user:update",
        _reset_factors,
        frozenset({"active"}),
        is_grave=True,
        about=_("Make sure that it is really them who ask for it."),
    ),
    "end-sessions": Action(
        _("End all sessions"), "session:delete", _end_sessions, _LIVING, is_grave=True
    ),
    "delete": Action(
        _("Delete"),
        "user:delete",
        _delete,
        _LIVING,
        is_grave=True,
        about=_("The account ends at once, and is erased for good later."),
    ),
    "restore": Action(_("Restore"), "user:update", _restore, frozenset({"deleted"})),
}


def actions_on(record: AccountRecord) -> list[Act]:
    """What whoever looks may do to an account."""
    edit = Act(str(_("Edit")), address("users", record.id, "edit"))
    found = [
        Act(action.label, address("users", record.id, name), action.is_grave)
        for name, action in ACTIONS.items()
        if record.status in action.when and may(action.permission)
    ]
    return [*([edit] if may("user:update") else []), *found]


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


def _event(kind: EventType, record: AccountRecord) -> Event:
    server = authorization_server()
    event = server.event(kind, account=record.account, data={"by": "administrator"})
    return replace(event, actor=author().actor)
