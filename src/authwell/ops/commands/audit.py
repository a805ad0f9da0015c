"""`authwell audit`: read, verify, export and archive the audit log."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

import click

from authwell.identity.audit import archive
from authwell.identity.audit.depots import Depot, DepotError, depot_of
from authwell.identity.audit.export import FORMATS, shown
from authwell.identity.audit.service import AuditService
from authwell.identity.audit.tokens import AuditKeys
from authwell.identity.audit.verification import problems_of_witnesses, verify_tenant
from authwell.identity.audit.walk import Report
from authwell.ops.administration import Operator, as_json, operator, print_json, print_rows
from authwell.ops.context import Opened
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.audit.chain.checkpoints import Checkpoints
from authwell.storage.audit.events import AuditLog
from authwell.storage.audit.views import AuditViews
from authwell.storage.configuration.edit import Configuration
from authwell.storage.pages import Wanted

MOMENT = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"])
_kinds = click.Choice(sorted(map(str, EventType)))


@click.group()
def audit() -> None:
    """The audit log: list, verify, export, archive, checkpoint."""


def _filtered(command: Any) -> Any:
    """The options that choose events; times are UTC."""
    for option in (
        click.option("--security", is_flag=True, help="Only security-critical events."),
        click.option("--until", type=MOMENT, help="Before this moment, in UTC."),
        click.option("--since", type=MOMENT, help="Not before this moment, in UTC."),
        click.option("--request", "request_id", help="Of this request id."),
        click.option("--client", "client_id", help="Of this client."),
        click.option("--account", "account_id", help="Of this account's id."),
        click.option("--type", "type", type=_kinds, metavar="TYPE", help="Of this type."),
    ):
        command = option(command)
    return command


@audit.command("list")
@_filtered
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@as_json
def list_events(limit: int, security: bool, as_json: bool, **filters: Any) -> None:
    """Print events, the latest first."""
    with operator() as here:
        views = AuditViews(here.parts.database, here.tenant_id)
        found = views.page(Wanted("-at", limit), _given(filters), only_security=security)
    columns = ("at", "type", "account_id", "client_id", "actor", "address")
    print_rows([shown(row) for row in found.rows], columns, as_json=as_json)


@audit.command()
@_filtered
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="jsonl")
@click.option("--output", "-o", type=click.File("wb"), default="-", help="A file; else stdout.")
def export(form: str, output: BinaryIO, security: bool, **filters: Any) -> None:
    """Write all events that fit, the oldest first; the export is an event too."""
    with operator() as here:
        tenant_id, given = here.tenant_id, _given(filters)
        AuditLog(here.parts.database).add(_exported(here, tenant_id, form, given))
        rows = AuditViews(here.parts.database, tenant_id).each(given, only_security=security)
        output.writelines(FORMATS[form][1](rows))


@audit.command()
@click.option(
    "--checkpoints",
    type=click.Path(exists=True, path_type=Path),
    help="A file or a folder of shipped checkpoints, one a line; else those of AUDIT_CHECKPOINTS.",
)
@click.option("--archives", is_flag=True, help="Read the segments of AUDIT_ARCHIVE too.")
@as_json
def verify(checkpoints: Path | None, archives: bool, as_json: bool) -> None:
    """Find what was changed, deleted, inserted, put in another order or cut off.

    All tenants are read. Exit code 1 says that something was found.
    """
    with operator() as here:
        parts, keys = here.parts, AuditKeys(here.parts.sealer)
        tenants = {chain.tenant_id for chain in Checkpoints(parts.database).chains()}
        tenants |= {tenant.id for tenant in Configuration(parts.database).list_tenants()}
        reports = [
            _verified(here, keys, tenant_id, checkpoints, archives=archives)
            for tenant_id in sorted(tenants)
        ]
    if as_json:
        print_json([_as_json(report) for report in reports])
    else:
        for report in reports:
            _print(report)
    if not all(report.is_sound for report in reports):
        raise click.exceptions.Exit(1)


@audit.command("archive")
def archive_now() -> None:
    """Move what is past AUDIT_RETENTION_DAYS to AUDIT_ARCHIVE now; a server does it each hour."""
    with operator() as here:
        service = AuditService.of(here.parts.database, here.parts.sealer, here.parts.settings)
        replace(service.chaining, logs=False).run(here.author.now)
        done = service.retention.run(here.author.now)
    click.echo(f"{done.get('events', 0)} events were taken out of the database.")


@audit.command()
def checkpoint() -> None:
    """Chain and sign now, and print the signed end of each tenant's log, one a line."""
    with operator() as here:
        service = AuditService.of(here.parts.database, here.parts.sealer, here.parts.settings)
        replace(service.chaining, logs=False).run(here.author.now)
        for chain in Checkpoints(here.parts.database).chains():
            if chain.token is not None:
                click.echo(chain.token)


def _verified(
    here: Operator, keys: AuditKeys, tenant_id: str, place: Path | None, *, archives: bool
) -> Report:
    parts, kept = here.parts, here.parts.settings.audit_retention_days
    try:
        shipped = list(_shipped(parts, tenant_id, place))
        report = verify_tenant(parts.database, keys, tenant_id, shipped)
        report.findings += problems_of_witnesses(parts.database, tenant_id, kept, here.author.now)
        depot = depot_of(parts.settings.audit_archive, parts.settings)
        if archives and depot is not None:
            report.findings += _archive_problems(depot, keys, tenant_id)
    except DepotError as error:
        raise click.ClickException(str(error)) from error
    return report


def _shipped(parts: Opened, tenant_id: str, place: Path | None) -> Iterator[str]:
    """Tokens of shipped checkpoints: of a file, of a folder, or of where they are sent."""
    if place is not None:
        files = [place] if place.is_file() else sorted(place.rglob("*.jwt"))
        for file in files:
            yield from file.read_text().split()
        return
    depot = depot_of(parts.settings.audit_checkpoints, parts.settings)
    for name in depot.names(f"checkpoints/{tenant_id}/") if depot is not None else []:
        yield depot.get(name).decode("ascii", "replace") if depot is not None else ""


def _archive_problems(depot: Depot, keys: AuditKeys, tenant_id: str) -> list[str]:
    found: list[str] = []
    before, following = None, None
    for segment in archive.list_segments(depot, tenant_id):
        if following is not None and segment.first != following:
            found.append(f"{segment.name}: the segment before is missing")
            before = None
        content = depot.get(segment.name)
        wrong = archive.problems(segment, content, keys, before)
        before = None if wrong else archive.end_of(content)
        found, following = found + wrong, segment.last + 1
    return found


def _as_json(report: Report) -> dict[str, Any]:
    names = ("tenant_id", "events", "first", "last", "waiting", "checkpoints", "findings")
    return {name: getattr(report, name) for name in names}


def _print(report: Report) -> None:
    word = "sound" if report.is_sound else "NOT SOUND"
    click.echo(
        f"{report.tenant_id}: {word}; {report.events} events, {report.first} to {report.last},"
        f" {report.waiting} not chained yet, {report.checkpoints} checkpoints"
    )
    for finding in report.findings:
        click.echo(f"  {finding}")


def _given(filters: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
        for name, value in filters.items()
        if value is not None
    }


def _exported(here: Operator, tenant_id: str, form: str, given: Mapping[str, Any]) -> Event:
    data = {"format": form, **{name: str(value) for name, value in given.items()}}
    return here.author.event(EventType.AUDIT_EXPORTED, tenant_id, data)
