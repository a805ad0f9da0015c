"""Invitations: made, listed, sent again, taken back, and accepted (REQUIREMENTS.md K34)."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from marshmallow import Schema, fields, validate

from authwell.identity.access.rules import may_give
from authwell.identity.administration.shown import moment
from authwell.identity.configuration.problems import NotFound
from authwell.identity.invitations.acceptance import Guest
from authwell.identity.invitations.service import Wish
from authwell.middleware.account_problems import telling
from authwell.middleware.api.accounts import AccountSchema, shown_account
from authwell.middleware.api.administrators import administrator, author
from authwell.middleware.api.bodies import invalid
from authwell.middleware.api.fields import secret, text
from authwell.middleware.api.operations import Api, permission
from authwell.middleware.api.paging import PageSchema, read_page, sorted_by
from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem
from authwell.middleware.limits.decorators import limit_address
from authwell.middleware.metrics import count_account
from authwell.middleware.pages import language
from authwell.protocol.access import Held
from authwell.storage.access.held import read_held_by_role
from authwell.storage.people.invitations import InvitationRecord, InvitationRows, read_invitation

api = Api("invitations", "/invitations", prefixes=("/api/v1",))

MOST_ROLES: Final = 20
_MISSING: Final = {404: "The tenant has no such invitation, or it is not open any more"}


class NewInvitationSchema(Schema):
    """Who shall come."""

    email = text(320, required=True)
    roles = fields.List(
        text(),
        validate=validate.Length(max=MOST_ROLES),
        load_default=list,
        metadata={"description": "Names of roles that the account will have"},
    )
    locale = text(35, load_default=None, allow_none=True, metadata={"description": "Such as de"})


class InvitationSchema(Schema):
    """An invitation; its token is in the letter only."""

    id = fields.String(required=True)
    email = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)
    locale = fields.String(required=True, allow_none=True)
    status = fields.String(
        required=True, validate=validate.OneOf(["open", "accepted", "withdrawn", "expired"])
    )
    invited_by = fields.String(
        required=True, metadata={"description": "As the audit log says; a client after `client:`"}
    )
    created_at = fields.DateTime(required=True)
    sent_at = fields.DateTime(required=True)
    expires_at = fields.DateTime(required=True)
    accepted_at = fields.DateTime(required=True, allow_none=True)
    account_id = fields.String(required=True, allow_none=True)


class InvitationsSchema(Schema):
    """A page of them."""

    invitations = fields.List(fields.Nested(InvitationSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class QuerySchema(PageSchema):
    """Which page of invitations."""

    sort = sorted_by("created_at", default="-created_at")


class AcceptSchema(Schema):
    """Who it will be; the address is that of the invitation."""

    token = secret(required=True)
    username = text(320, metadata={"description": "The address if left out"})
    password = secret(required=True)
    full_name = text(least=0, load_default=None, allow_none=True)


class AcceptedSchema(Schema):
    """The account that was made."""

    user = fields.Nested(AccountSchema, required=True)


@api.add("GET", "", needs=permission("user", "read"), query=QuerySchema, answer=InvitationsSchema)
def list_invitations(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """A page of invitations, the latest first unless asked otherwise."""
    page = read_page("invitations", query)
    return page.answer(_rows().page(page.wanted), lambda row: _shown(read_invitation(row)))


@api.add(
    "POST",
    "",
    needs=permission("user", "create"),
    body=NewInvitationSchema,
    answer=InvitationSchema,
    status=201,
    refusals={409: "The address has an account: `code` is `email_taken`"},
)
def create_invitation(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Write to an address; an open invitation of the same address works no more."""
    _require_mine_to_give(body["roles"])
    wish = Wish(body["email"], body["roles"], body["locale"], *_inviter())
    with _refusing():
        _require_mine_to_end(
            site().invitations.replaced_by(authorization_server().tenant, wish.email)
        )
        made = site().invitations.invite(authorization_server().tenant, wish, author())
    return _shown(made)


@api.add(
    "GET",
    "/<invitation_id>",
    needs=permission("user", "read"),
    answer=InvitationSchema,
    refusals=_MISSING,
)
def show_invitation(invitation_id: str) -> Mapping[str, Any]:
    """One invitation, whatever became of it."""
    found = _rows().find(invitation_id)
    if found is None:
        raise Problem(404, "not_found", "There is no such invitation.")
    return _shown(found)


@api.add(
    "POST",
    "/<invitation_id>/resend",
    needs=permission("user", "create"),
    answer=InvitationSchema,
    refusals=_MISSING,
)
def resend_invitation(invitation_id: str) -> Mapping[str, Any]:
    """Write once more, with another link; the one before works no more."""
    tenant, found = authorization_server().tenant, _rows().find(invitation_id)
    if found is not None:
        _require_mine_to_give(found.roles)
    with _refusing():
        return _shown(site().invitations.resend(tenant, invitation_id, author(), *_inviter()))


@api.add("DELETE", "/<invitation_id>", needs=permission("user", "create"), refusals=_MISSING)
def withdraw_invitation(invitation_id: str) -> None:
    """Take an open one back."""
    _require_mine_to_end(_rows().find(invitation_id))
    with _refusing():
        site().invitations.withdraw(authorization_server().tenant, invitation_id, author())


@api.add(
    "POST",
    "/accept",
    needs=None,
    limit=limit_address,
    body=AcceptSchema,
    answer=AcceptedSchema,
    status=201,
    refusals={409: "The user name is taken, or the address has an account by now"},
)
def accept_invitation(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Make the account that the letter is about; it can be used at once."""
    guest = Guest(body.get("username", ""), body["password"], body["full_name"], language())
    with telling():
        account = site().acceptance.accept(authorization_server(), body["token"], guest)
    count_account()
    return {"user": shown_account(account.id)}


def _rows() -> InvitationRows:
    return InvitationRows(site().database, authorization_server().tenant.id)


def _inviter() -> tuple[str | None, str | None]:
    """The account that calls, or the client that does so for itself."""
    found = administrator()
    return (None, found.id) if found.account is None else (found.account.id, None)


def _require_mine_to_give(roles: Iterable[str]) -> None:
    """Nobody gives more than they hold (THREATS.md TN-05)."""
    tenant_id = authorization_server().tenant.id
    for role in roles:
        given = read_held_by_role(site().database, tenant_id, role)
        if role not in given.roles:
            raise invalid({"roles": [f"The tenant has no role {role}."]})
        _require_covered(role, given)


def _require_mine_to_end(invitation: InvitationRecord | None) -> None:
    """Nobody takes what they could not give; a role that is gone gives nothing."""
    if invitation is None:
        return
    for role in invitation.roles:
        given = read_held_by_role(site().database, invitation.tenant_id, role)
        _require_covered(role, given)


def _require_covered(role: str, given: Held) -> None:
    if not may_give(administrator().held, given):
        raise Problem(403, "forbidden", f"The role {role} holds more than you do.")


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        with telling():
            yield
    except NotFound as error:
        raise Problem(404, "not_found", "There is no such invitation that is open.") from error


def _shown(record: InvitationRecord) -> dict[str, Any]:
    return {
        "id": record.id,
        "email": record.email,
        "roles": list(record.roles),
        "locale": record.locale,
        "status": record.status(authorization_server().now),
        "invited_by": record.invited_by,
        "created_at": moment(record.created_at),
        "sent_at": moment(record.sent_at),
        "expires_at": moment(record.expires_at),
        "accepted_at": moment(record.accepted_at),
        "account_id": record.account_id,
    }
