"""`authwell jobs`: periodic work by hand; a served process does it by itself."""

import click

from authwell.middleware.site import make_site
from authwell.ops.context import opened
from authwell.ops.deliveries import deliveries
from authwell.ops.tasks import tasks
from authwell.utils.clock import utc_now


@click.group()
def jobs() -> None:
    """Clean-up, the calendar of the keys, and what waits in the outbox."""


@jobs.command("run-once")
def run_once() -> None:
    """Do all periodic work now, whoever else does it by the clock."""
    with opened() as parts:
        for task in tasks(parts.database, parts.sealer, parts.settings):
            result = task.run(utc_now())
            click.echo(f"{task.name.removeprefix('periodic:')}: {result or 'nothing to do'}")
        sent = deliveries(make_site(parts.settings)).run_due()
        click.echo(f"deliveries: {sent or 'nothing to do'}")
