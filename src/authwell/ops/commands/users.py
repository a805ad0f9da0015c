"""`authwell user`: accounts one by one."""

import sys
from collections.abc import Mapping
from dataclasses import replace
from secrets import token_urlsafe
from typing import Any

import click

from authwell.identity.clients import consent
from authwell.identity.configuration import export, lookups, removals
from authwell.identity.configuration.state import State
from authwell.identity.login.unlocking import unlock_account
from authwell.identity.mail.letters import Letters
from authwell.identity.people.deletion import AccountDeletion
from authwell.identity.people.privacy import Privacy
from authwell.identity.people.verification import Origin
from authwell.middleware.site import make_site
from authwell.ops.administration import (
    Operator,
    as_json,
    confirm,
    given,
    operator,
    print_entry,
    print_json,
    print_rows,
    server_of,
    warn,
    without_question,
)
from authwell.ops.commands.passkeys import passkeys
from authwell.protocol.events import EventType
from authwell.protocol.model import Event

password_options = (
    click.option("--password", help="Other users of the machine may see it in the process list."),
    click.option("--password-stdin", is_flag=True, help="Read the password's line from input."),
)


@click.group()
def user() -> None:
    """Accounts: the people who log in."""


user.add_command(passkeys)


@user.command()
@click.argument("username")
@click.option("--email")
@click.option("--email-verified/--email-unverified", default=None)
@click.option("--full-name")
@click.option("--role", "roles", multiple=True, help="admin lets it have the scope admin.")
@password_options[0]
@password_options[1]
@as_json
def create(
    username: str, password: str | None, password_stdin: bool, as_json: bool, **options: Any
) -> None:
    """Make an account. Without a password one is made and printed once."""
    chosen = _password(password, password_stdin)
    made = chosen if chosen is not None else token_urlsafe(15)
    entry = {"username": username, "password": made, **given(**options)}
    with operator() as here:
        plan = here.configurator.create("accounts", entry, here.author)
        shown = export.account_entry(lookups.account(here.configurator.state(), username))
    warn(plan.warnings if chosen is not None else ())
    if chosen is None:
        shown["password"] = made
    print_entry(shown, as_json=as_json)
    if chosen is None and not as_json:
        click.echo("The password is shown this once; keep it now.", err=True)


@user.command("list")
@as_json
def list_users(as_json: bool) -> None:
    """Print all accounts, the oldest first."""
    with operator() as here:
        entries = [export.account_entry(account) for account in here.configurator.state().people]
    print_rows(entries, ("username", "email", "roles", "status", "id"), as_json=as_json)


@user.command()
@click.argument("name")
@as_json
def show(name: str, as_json: bool) -> None:
    """Print one account, by user name, e-mail address or id."""
    with operator() as here:
        found = lookups.account(here.configurator.state(), name)
    times = {"created_at": found.created_at.isoformat()}
    if found.last_login_at is not None:
        times["last_login_at"] = found.last_login_at.isoformat()
    print_entry({**export.account_entry(found), **times}, as_json=as_json)


@user.command()
@click.argument("name")
@click.option("--username", help="Another user name.")
@click.option("--email")
@click.option("--email-verified/--email-unverified", default=None)
@click.option("--full-name")
@click.option("--role", "roles", multiple=True, help="All roles anew; repeatable.")
@click.option("--no-roles", is_flag=True, help="Take all roles away.")
@click.option("--status", help="active or disabled; disabling ends sessions and tokens.")
@password_options[0]
@password_options[1]
@as_json
def update(
    name: str,
    no_roles: bool,
    password: str | None,
    password_stdin: bool,
    as_json: bool,
    **options: Any,
) -> None:
    """Change an account. A new password ends its sessions and tokens."""
    members = given(**options, password=_password(password, password_stdin))
    if no_roles:
        members["roles"] = []
    if not members:
        raise click.UsageError("Say what to change.")
    with operator() as here:
        account_id = _update(here, name, members)
        found = lookups.account(here.configurator.state(), account_id)
    print_entry(export.account_entry(found), as_json=as_json)


@user.command("set-password")
@click.argument("name")
@password_options[1]
def set_password(name: str, password_stdin: bool) -> None:
    """Set a password, asked for twice; it ends the account's sessions and tokens."""
    chosen = _password(None, password_stdin) or click.prompt(
        "New password", hide_input=True, confirmation_prompt=True
    )
    with operator() as here:
        _update(here, name, {"password": chosen})
    click.echo(f"{name} has a new password; sessions and tokens before it have ended.")


@user.command("verify-email")
@click.argument("name")
def verify_email(name: str) -> None:
    """Take an address for verified without a link; an account that waits for it is active then."""
    with operator() as here:
        account = lookups.account(here.configurator.state(), name)
        site = make_site(here.parts.settings)
        server = server_of(here, site)
        is_done = site.verification.vouch(server, account.id, here.author.actor)
    if not is_done:
        raise click.ClickException(f"{name} has no address that waits to be verified.")
    click.echo(f"{account.email} is verified; {name} can log in.")


@user.command("send-reset")
@click.argument("name")
def send_reset(name: str) -> None:
    """Send a link with which the person sets another password; nothing else changes until then."""
    with operator() as here:
        account = lookups.account(here.configurator.state(), name)
        site = make_site(here.parts.settings)
        server = server_of(here, site)
        is_sent = site.recovery.send(server, account, Origin(), here.author.actor)
    if not is_sent:
        raise click.ClickException(f"{name} has no address, or is disabled or deleted.")
    click.echo(f"A link goes to {account.email}, by the server or by `authwell mail send`.")


@user.command()
@click.argument("name")
@without_question
def delete(name: str, yes: bool) -> None:
    """Delete an account with its sessions, consents, grants and tokens."""
    confirm(f"Delete account {name} and all that belongs to it?", yes=yes)
    with operator() as here:
        here.configurator.remove(lambda state: removals.remove_account(state, name), here.author)
    click.echo(f"Account {name} is deleted.")


@user.command("export")
@click.argument("name")
def export_data(name: str) -> None:
    """Print all that is held about a person, as one JSON document."""
    with operator() as here:
        found = Privacy(here.parts.database).export(_event(here, name, EventType.ACCOUNT_EXPORTED))
    print_json(found)


@user.command()
@click.argument("name")
@click.option("--now", is_flag=True, help="Do not wait: nothing can be restored.")
@without_question
def erase(name: str, now: bool, yes: bool) -> None:
    """Delete an account so that the person is erased after ACCOUNT_ERASE_DAYS.

    It ends at once with its sessions, tokens and keys. Until it is erased, `authwell user restore`
    gives it back and nobody can take its name. The audit log keeps a pseudonym.
    """
    when = "now, for good" if now else "after the time of ACCOUNT_ERASE_DAYS"
    confirm(f"Erase the person of account {name} {when}?", yes=yes)
    with operator() as here:
        event = _event(here, name, EventType.ACCOUNT_DELETED)
        if now:
            Privacy(here.parts.database).erase(event)
            click.echo(f"{name} is erased.")
            return
        erased_at = _deletion(here).delete(event)
    if erased_at is None:
        raise click.ClickException(f"{name} was deleted before; --now erases at once.")
    click.echo(f"{name} is deleted, and will be erased after {erased_at.date()}.")


@user.command()
@click.argument("name")
def restore(name: str) -> None:
    """Give a deleted account back; it is active, and logs in again."""
    with operator() as here:
        is_back = _deletion(here).restore(_event(here, name, EventType.ACCOUNT_RESTORED))
    if not is_back:
        raise click.ClickException(f"{name} is not deleted.")
    click.echo(f"{name} is active again.")


@user.command()
@click.argument("name")
def unlock(name: str) -> None:
    """Let a locked account log in again at once, and forget its failed attempts."""
    with operator() as here:
        was_locked = unlock_account(
            here.parts.database, _event(here, name, EventType.ACCOUNT_UNLOCKED)
        )
    click.echo(f"{name} may log in again." if was_locked else f"{name} was not locked.")


@user.command("revoke-consent")
@click.argument("name")
@click.argument("client_id")
def revoke_consent(name: str, client_id: str) -> None:
    """Take back what an account allowed a client, and end the tokens that came of it."""
    with operator() as here:
        state = here.configurator.state()
        account = lookups.account(state, name)
        event = here.author.event(
            EventType.CONSENT_REVOKED,
            state.tenant.id,
            {},
            account_id=account.id,
            client_id=client_id,
        )
        ended = consent.revoke(here.parts.database, event)
    click.echo(
        f"{client_id} has nothing of {name} any more; {ended} grants ended."
        if ended is not None
        else f"{name} had allowed {client_id} nothing."
    )


def _deletion(here: Operator) -> AccountDeletion:
    parts = here.parts
    return AccountDeletion(parts.database, parts.settings, Letters(parts.sealer))


def _event(here: Operator, name: str, kind: EventType) -> Event:
    state = here.configurator.state()
    account = lookups.account(state, name)
    data = {"by": "administrator"}
    return here.author.event(kind, state.tenant.id, data, account_id=account.id)


@user.command("reset-factors")
@click.argument("name")
@without_question
def reset_factors(name: str, yes: bool) -> None:
    """Take an account its app, passkeys, backup codes and trusted devices, for who lost them."""
    confirm(f"Take away all second factors of {name}? Make sure that it is its owner.", yes=yes)
    with operator() as here:
        account = lookups.account(here.configurator.state(), name).account
        site = make_site(here.parts.settings)
        server = server_of(here, site)
        event = replace(
            server.event(EventType.FACTORS_RESET, account=account), actor=here.author.actor
        )
        taken = site.second_factors.reset(server, account, event)
    gone = f"{taken.passkeys} passkeys, {int(taken.had_app)} apps"
    click.echo(f"{name} has no second factor any more: {gone}.")


def _update(here: Operator, name: str, members: Mapping[str, Any]) -> str:
    account_id = lookups.account(here.configurator.state(), name).id

    def find(state: State) -> dict[str, str]:
        found = lookups.account(state, account_id)
        return {"id": found.id, "username": found.username}

    warn(here.configurator.update("accounts", find, members, here.author).warnings)
    return account_id


def _password(password: str | None, from_stdin: bool) -> str | None:
    if not from_stdin:
        return password
    if password is not None:
        raise click.UsageError("Give --password or --password-stdin.")
    return sys.stdin.readline().rstrip("\r\n")
