"""The command `authwell`: every operation by name; each is imported only when it is called."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "dev": ("dev:dev", "Start a development server with demo data; what ./run calls."),
    "serve": ("serve:serve", "Start the server for production."),
    "db": ("db:db", "Migrate the database: upgrade, downgrade, current."),
    "tenant": ("tenants:tenant", "Tenants: create, list, show, suspend, activate, delete, ..."),
    "keys": ("keys:keys", "Signing keys: list, rotate, plan, reencrypt, import."),
    "apply": ("apply:apply", "Make tenants, clients, accounts and the rest as a file says."),
    "plan": ("apply:plan", "Show what apply would change, and change nothing."),
    "export": ("apply:export", "Write the configuration in the form that apply takes."),
    "client": ("clients:client", "Clients: create, list, show, update, delete, rotate-secret, ..."),
    "admin": ("admin:admin", "The first administrator: bootstrap."),
    "user": ("users:user", "Accounts: create, list, show, update, delete."),
    "invitation": (
        "invitations:invitation",
        "Invitations by mail: create, list, resend, withdraw.",
    ),
    "session": ("sessions:session", "Sessions of people: list, show, end."),
    "block": ("blocks:block", "Blocked addresses, accounts and clients: list, add, remove."),
    "api-key": ("api_keys:api_key", "API keys of people: list, revoke."),
    "webhook": (
        "webhooks:webhook",
        "Webhooks: create, list, log, replay, rotate-secret, test, ...",
    ),
    "integration": (
        "integrations:integration",
        "Systems that send us events: create, list, regenerate-secret, ...",
    ),
    "domain": ("domains:domain", "Domains of a tenant: add, list, verify, remove."),
    "audit": ("audit:audit", "The audit log: list, verify, export, archive, checkpoint."),
    "mail": ("mail:mail", "Mails to people: list, preview, test, send."),
    "scope": ("scopes:scope", "Scopes: create, list, show, update, delete."),
    "permission": ("access:permission", "Permissions: create, list, show, update, delete."),
    "role": ("access:role", "Roles: create, list, show, update, delete."),
    "group": ("access:group", "Groups of people: create, list, show, update, delete."),
    "resource": ("resources:resource", "Resource servers' APIs: create, list, show, update, ..."),
    "simulate": ("simulate:simulate", "Say which tokens a user would get in a client, and why."),
    "explain": ("explain:explain", "Say which rule refused a request, by its request id."),
    "jobs": ("jobs:jobs", "Periodic work: clean-up, the calendar of the keys, deliveries."),
    "check": ("check:check", "Read the settings and say what is wrong or unwise."),
    "version": ("version:version", "Print the version."),
}
"""Name, `module:attribute` in `ops.commands`, and what `authwell --help` says."""


class Commands(click.Group):
    """A group that imports a command when it runs, so that `authwell --help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command of that name."""
        if cmd_name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[cmd_name][0].partition(":")
        command: click.Command = getattr(
            importlib.import_module(f"authwell.ops.commands.{module}"), attribute
        )
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Print the table without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--env-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Settings of this file stand behind the environment, instead of those of ./.env.",
)
@click.option(
    "--tenant",
    metavar="SLUG",
    help="The tenant that the command is about; the default one if left out.",
)
@click.pass_context
def cli(context: click.Context, env_file: Path | None, tenant: str | None) -> None:
    """Authwell: an OAuth 2.0 and OpenID Connect authorization server.

    Settings come from the environment and from ./.env; .env.example describes them.
    """
    # For the commands: `ops.context.chosen_tenant`.
    context.obj = tenant
    if env_file is not None:
        from dotenv import load_dotenv

        load_dotenv(env_file, override=False)


def main() -> None:
    """Run the command line: 0 means done, 1 refused or failed, 2 wrong usage."""
    cli(prog_name="authwell")
