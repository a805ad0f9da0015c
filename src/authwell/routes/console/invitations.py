"""Invitations: who was asked to make an account, asked once more, or not any longer."""

from typing import Final

from flask import Response, request
from flask_babel import gettext

from authwell.identity.configuration.problems import NotFound, Problem, Refused
from authwell.identity.invitations.service import Wish
from authwell.identity.people.email_addresses import InvalidEmail
from authwell.identity.people.enrolment import EmailTaken
from authwell.middleware.console_pages import address, administrator, author, go, may, needs
from authwell.middleware.context import authorization_server, site
from authwell.middleware.notices import notify
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.pages import answered, form_page, list_page, show_page
from authwell.routes.console.parts import Act, Cell, Fact, Field, Table, codes, fact, moment, state
from authwell.routes.console.roles_given import require_may_give, require_may_take, roles_to_give
from authwell.routes.console.words import WORDS, words
from authwell.storage.people.invitations import InvitationRecord, InvitationRows

SECTION: Final = "users"
PLACE: Final = "invitations"
PAGE: Final = 50


@blueprint.get("/invitations")
@needs("user:read")
def list_invitations() -> Response:
    """All of them in the order of their making."""
    found = _rows().list(request.args.get("after", ""), PAGE + 1)
    page, now = found[:PAGE], authorization_server().now
    more = f"{address(PLACE)}?after={page[-1].id}" if len(found) > PAGE else None
    rows = [
        (
            Cell(record.email, href=address(PLACE, record.id)),
            state(record.status(now)),
            moment(record.sent_at),
            moment(record.expires_at),
        )
        for record in page
    ]
    invite = Act(gettext("Invite somebody"), address(PLACE, "new"))
    heads = words("email", "status", "sent_at", "expires_at")
    return list_page(
        SECTION,
        gettext("Invitations"),
        Table("invitations", heads, rows, more=more),
        links=[invite if may("user:create") else None],
    )


@blueprint.get("/invitations/new")
@needs("user:create", recent=True)
def new_invitation() -> Response:
    """A form for another one."""
    return _form()


@blueprint.post("/invitations/new")
@needs("user:create", recent=True)
def invite() -> Response:
    """Write to an address."""

    def send() -> Response:
        roles = tuple(sorted(set(request.form.getlist("roles"))))
        require_may_give(roles)
        wish = Wish(
            email=request.form.get("email", "").strip(),
            roles=roles,
            inviter_id=administrator().account.id,
        )
        try:
            replaced = site().invitations.replaced_by(authorization_server().tenant, wish.email)
            require_may_take(replaced.roles if replaced is not None else ())
            made = site().invitations.invite(authorization_server().tenant, wish, author())
        except InvalidEmail as error:
            raise Refused([Problem("email", gettext("This is no email address."))]) from error
        except EmailTaken as error:
            taken = gettext("This address has an account already.")
            raise Refused([Problem("email", taken)]) from error
        return notify(go(PLACE, made.id), "console_done")

    return answered(send, _form)


@blueprint.get("/invitations/<invitation_id>")
@needs("user:read")
def show_invitation(invitation_id: str) -> Response:
    """One of them, and what can be done with it."""
    record = _found(invitation_id)
    is_open = record.status(authorization_server().now) in ("open", "expired")
    links = []
    if is_open and may("user:create"):
        links = [
            Act(gettext("Send again"), address(PLACE, record.id, "resend")),
            Act(gettext("Withdraw"), address(PLACE, record.id, "withdraw"), is_grave=True),
        ]
    account = record.account_id
    return show_page(
        SECTION,
        record.email,
        [
            fact(WORDS["status"], state(record.status(authorization_server().now))),
            Fact(WORDS["roles"], codes(record.roles)),
            fact(WORDS["sent_at"], moment(record.sent_at)),
            fact(WORDS["expires_at"], moment(record.expires_at)),
            fact(WORDS["user"], *_user(account)),
        ],
        links=links,
    )


@blueprint.get("/invitations/<invitation_id>/resend")
@needs("user:create", recent=True)
def ask_to_resend_invitation(invitation_id: str) -> Response:
    """Ask first."""
    record = _found(invitation_id)
    back = address(PLACE, record.id)
    return form_page(SECTION, gettext("Send again"), back, about=record.email)


@blueprint.post("/invitations/<invitation_id>/resend")
@needs("user:create", recent=True)
def resend_invitation(invitation_id: str) -> Response:
    """Write once more, with another link."""
    record = _found(invitation_id)
    require_may_give(record.roles)
    tenant, who = authorization_server().tenant, author()
    site().invitations.resend(tenant, record.id, who, inviter_id=who.actor)
    return notify(go(PLACE, record.id), "console_done")


@blueprint.get("/invitations/<invitation_id>/withdraw")
@needs("user:create", recent=True)
def ask_to_withdraw_invitation(invitation_id: str) -> Response:
    """Ask first."""
    record = _found(invitation_id)
    back = address(PLACE, record.id)
    return form_page(SECTION, gettext("Withdraw"), back, about=record.email, is_grave=True)


@blueprint.post("/invitations/<invitation_id>/withdraw")
@needs("user:create", recent=True)
def withdraw_invitation(invitation_id: str) -> Response:
    """Take it back."""
    record = _found(invitation_id)
    require_may_take(record.roles)
    site().invitations.withdraw(authorization_server().tenant, record.id, author())
    return notify(go(PLACE, record.id), "console_done")


def _rows() -> InvitationRows:
    return InvitationRows(site().database, authorization_server().tenant.id)


def _found(invitation_id: str) -> InvitationRecord:
    found = _rows().find(invitation_id)
    if found is None:
        raise NotFound("invitation", invitation_id)
    return found


def _user(account_id: str | None) -> tuple[Cell, ...]:
    if account_id is None:
        return ()
    return (Cell(account_id[-12:], href=address(SECTION, account_id)),)


def _form(refused: Refused | None = None) -> Response:
    chosen = request.form.getlist("roles")
    fields = [
        Field("email", WORDS["email"], value=request.form.get("email", ""), required=True),
        Field(
            "roles",
            WORDS["roles"],
            "check",
            choices=[(name, name) for name in roles_to_give()],
            chosen=chosen,
        ),
    ]
    heading = gettext("Invite somebody")
    return form_page(SECTION, heading, address(PLACE), fields, refused=refused)
