"""`authwell check`: what is wrong or unwise about the settings."""

import click

from authwell.ops.context import settings_or_refuse


@click.command()
def check() -> None:
    """Read the settings and say what is unwise; wrong ones are refused with the remedy."""
    found = settings_or_refuse().warnings
    for warning in found:
        click.echo(f"warning: {warning}")
    if not found:
        click.echo("The settings are right.")
