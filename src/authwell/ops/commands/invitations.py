"""`authwell invitation`: people are invited to make themselves an account."""

from typing import Any

import click

from authwell.identity.configuration.problems import Problem, Refused
from authwell.identity.invitations.service import Invitations, Wish
from authwell.identity.mail.letters import Letters
from authwell.identity.people.email_addresses import InvalidEmail
from authwell.identity.people.enrolment import EmailTaken
from authwell.ops.administration import Operator, as_json, operator, print_entry, print_rows
from authwell.storage.people.invitations import InvitationRecord, InvitationRows


@click.group()
def invitation() -> None:
    """Invitations by mail: create, list, resend, withdraw."""


@invitation.command()
@click.argument("email")
@click.option("--role", "roles", multiple=True, help="A role that the account will have.")
@click.option("--locale", help="The language of the letter, such as de.")
@as_json
def create(email: str, roles: tuple[str, ...], locale: str | None, as_json: bool) -> None:
    """Write to EMAIL. An open invitation of the same address works no more."""
    with operator() as here:
        state = here.configurator.state()
        unknown = sorted(set(roles) - set(state.roles))
        if unknown:
            raise Refused([Problem("role", f"there is no role {', '.join(unknown)}")])
        try:
            wish = Wish(email, roles, locale)
            record = _invitations(here).invite(state.tenant, wish, here.author)
        except InvalidEmail as error:
            raise Refused([Problem("email", "must be an address")]) from error
        except EmailTaken as error:
            raise Refused([Problem("email", "has an account")]) from error
        print_entry(_shown(record, here), as_json=as_json)


@invitation.command("list")
@click.option("--limit", type=click.IntRange(1, 10_000), default=1000, show_default=True)
@as_json
def list_invitations(limit: int, as_json: bool) -> None:
    """Print those that the clean-up has left."""
    with operator() as here:
        rows = InvitationRows(here.parts.database, here.tenant_id)
        found = [_shown(record, here) for record in rows.list(limit=limit)]
    print_rows(found, ("id", "status", "email", "roles", "expires_at"), as_json=as_json)


@invitation.command()
@click.argument("invitation_id")
@as_json
def resend(invitation_id: str, as_json: bool) -> None:
    """Write once more, with another link."""
    with operator() as here:
        tenant = here.configurator.state().tenant
        record = _invitations(here).resend(tenant, invitation_id, here.author)
        print_entry(_shown(record, here), as_json=as_json)


@invitation.command()
@click.argument("invitation_id")
def withdraw(invitation_id: str) -> None:
    """Take an open invitation back."""
    with operator() as here:
        tenant = here.configurator.state().tenant
        _invitations(here).withdraw(tenant, invitation_id, here.author)
    click.echo(f"Invitation {invitation_id} is withdrawn.")


def _invitations(here: Operator) -> Invitations:
    parts = here.parts
    # A served process finds the letter by itself.
    return Invitations(parts.database, parts.settings, Letters(parts.sealer), ring=lambda: None)


def _shown(record: InvitationRecord, here: Operator) -> dict[str, Any]:
    return {
        "id": record.id,
        "status": record.status(here.author.now),
        "email": record.email,
        "roles": list(record.roles),
        "invited_by": record.invited_by,
        "created_at": record.created_at.isoformat(),
        "expires_at": record.expires_at.isoformat(),
    }
