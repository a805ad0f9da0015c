"""`authwell version`."""

from importlib.metadata import version as installed_version

import click


@click.command()
def version() -> None:
    """Print the version of the installed package."""
    click.echo(f"authwell {installed_version('authwell')}")
