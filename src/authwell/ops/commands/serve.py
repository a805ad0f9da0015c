"""`authwell serve`: the production start."""

import os

import click

from authwell.ops.context import opened
from authwell.ops.preparation import prepare
from authwell.ops.serving import PortTaken, metrics_folder, require_free_port, run_server
from authwell.utils.clock import utc_now


@click.command()
def serve() -> None:
    """Start the server that SERVER names on HOST and PORT, with WEB_CONCURRENCY workers.

    Migrations are not run: `authwell db upgrade` does, once before a roll-out.
    """
    with opened() as parts:
        settings = parts.settings
        try:
            require_free_port(settings.host, settings.port)
        except PortTaken as error:
            raise click.ClickException(f"{error} Set PORT to another one.") from error
        prepare(parts, utc_now())
    for warning in settings.warnings:
        click.echo(f"warning: {warning}", err=True)
    if settings.web_concurrency > 1:
        os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(metrics_folder(settings.port)))
    run_server(settings)
