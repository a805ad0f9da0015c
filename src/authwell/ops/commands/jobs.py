"""`authwell jobs`: periodic work by hand; a served process does it by itself."""

import click

from authwell.ops.context import opened
from authwell.ops.tasks import tasks
from authwell.utils.clock import utc_now


@click.group()
def jobs() -> None:
    """Clean-up and the calendar of the keys."""


@jobs.command("run-once")
def run_once() -> None:
    """Do all periodic work now, whoever else does it by the clock."""
    with opened() as parts:
        for task in tasks(parts.database, parts.sealer, parts.settings):
            result = task.run(utc_now())
            click.echo(f"{task.name.removeprefix('periodic:')}: {result or 'nothing to do'}")
