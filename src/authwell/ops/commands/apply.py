"""`authwell apply`, `plan` and `export`: the configuration as a file (DESIGN.md section 6)."""

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click
import orjson
import yaml

from authwell.identity.configuration import document
from authwell.identity.configuration.changes import Change, Plan
from authwell.identity.configuration.differences import HIDDEN, Difference, differences
from authwell.identity.configuration.references import References
from authwell.ops.administration import Operator, as_json, operator, print_json, telling, warn

OWNER_ONLY = 0o600
CHANGES = 2
"""The exit code of a plan that is not empty, where it is asked for."""

_of_file = click.option(
    "-f", "--file", "name", required=True, help="YAML or JSON; - is standard input."
)


@click.command()
@_of_file
@click.option("--dry-run", is_flag=True, help="Only print what would change.")
@as_json
def apply(name: str, dry_run: bool, as_json: bool) -> None:
    """Make tenants, clients, accounts, webhooks and the rest as a file says.

    Applying it again changes nothing, and what the file does not name is left alone. Every
    client_secret, password, secret and api_key takes a value, {env: NAME} or {file: PATH}, a path
    beside the file; new webhooks and integrations that leave theirs out are given some, which are
    printed this once. An entry belongs to the tenant that it names by its slug (`tenant: acme`).
    Exit code 1: something in the file is wrong, and nothing was written.
    """
    sections = _sections(name)
    with operator() as here:
        references = _references(name, here)
        if dry_run:
            made = here.several.plan(sections, references, here.author)
        else:
            made = here.several.apply(sections, references, here.author)
            here.ensure_keys(made)
    warn(made.warnings)
    _report(made, dry_run=dry_run, as_json=as_json)


@click.command()
@_of_file
@click.option(
    "--detailed-exitcode", is_flag=True, help="End with 2 if something would change, for scripts."
)
@as_json
def plan(name: str, detailed_exitcode: bool, as_json: bool) -> None:
    """Show what apply would change, each member as it is and as it would be.

    Nothing is written, and secrets are never shown. Exit code 1: something in the file is wrong.
    """
    sections = _sections(name)
    with operator() as here:
        made = here.several.plan(sections, _references(name, here), here.author)
    warn(made.warnings)
    _report(made, dry_run=True, as_json=as_json)
    if detailed_exitcode and made.changes:
        raise click.exceptions.Exit(CHANGES)


def _sections(name: str) -> dict[str, list[dict[str, Any]]]:
    with telling():
        return document.parse(_read(name))


def _references(name: str, here: Operator) -> References:
    return References(
        environ=os.environ,
        folder=Path() if name == "-" else Path(name).absolute().parent,
        warn_of_plain=here.parts.settings.environment == "production",
    )


def _read(name: str) -> str:
    try:
        if name == "-":
            return sys.stdin.read()
        return Path(name).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{name} cannot be read: {error}") from error


def _report(plan: Plan, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        changes = [
            {
                "kind": change.kind,
                "action": change.action,
                "key": change.key,
                "tenant": change.tenant,
                "members": list(change.members),
                "differences": [asdict(one) for one in differences(change)],
                "made": {} if dry_run else dict(change.made),
            }
            for change in plan.changes
        ]
        warnings = [{"path": found.path, "text": found.text} for found in plan.warnings]
        print_json({"applied": not dry_run, "changes": changes, "warnings": warnings})
        return
    for change in plan.changes:
        click.echo(str(change))
        if dry_run:
            for one in differences(change):
                click.echo(f"    {_line(change, one)}")
            continue
        for member, value in change.made.items():
            click.echo(f"    {member}: {value}")
    number = len(plan.changes)
    if not number:
        click.echo("Nothing to change.")
        return
    things = "1 change" if number == 1 else f"{number} changes"
    click.echo(f"{things} planned; nothing was written." if dry_run else f"{things} applied.")


def _line(change: Change, one: Difference) -> str:
    new = _value(one.new)
    if change.action == "create":
        return f"{one.member}: {new}"
    return f"{one.member}: {_value(one.old)} -> {new}"


def _value(value: Any) -> str:
    if value is None:
        return "(none)"
    return HIDDEN if value == HIDDEN else orjson.dumps(value).decode()


@click.command()
@click.option(
    "--with-secrets", is_flag=True, help="Also digests and sealed secrets, hashes of passwords."
)
@click.option(
    "-o", "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file of mode 0600."
)
@click.option("--json", "as_json", is_flag=True, help="JSON instead of YAML.")
def export(with_secrets: bool, output: Path | None, as_json: bool) -> None:
    """Write the configuration in the form that apply takes.

    No secret is written as it is. Digests of client secrets, and the sealed secrets of webhooks
    and integrations, are good only under the KEY_ENCRYPTION_KEY of this server. All tenants are
    in it, or the one of `authwell --tenant`.
    """
    with operator() as here:
        text = _exported(here, with_secrets=with_secrets, as_json=as_json)
    if output is None:
        click.echo(text, nl=False)
        return
    _write(output, text)
    click.echo(f"Written to {output}.", err=True)


def _exported(here: Operator, *, with_secrets: bool, as_json: bool) -> str:
    exported: Any = here.several.export(here.author, with_secrets=with_secrets)
    if as_json:
        return orjson.dumps(exported, option=orjson.OPT_INDENT_2).decode() + "\n"
    text: str = yaml.safe_dump(exported, sort_keys=False, allow_unicode=True, width=100)
    return text


def _write(path: Path, text: str) -> None:
    """Write the file anew, so that a more open mode of an earlier one does not stay."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OWNER_ONLY)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise click.ClickException(f"{path} cannot be written: {error.strerror}") from error
