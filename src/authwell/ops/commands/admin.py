"""`authwell admin`: how a server gets its first administrator (REQUIREMENTS.md K16)."""

import click

from authwell.identity.administration.first import (
    LIFETIME,
    PATH,
    HasAdministrator,
    make_handle,
)
from authwell.ops.administration import as_json, operator, print_entry
from authwell.storage.registry import ROOT
from authwell.utils.urls import below


@click.group()
def admin() -> None:
    """The first administrator: bootstrap."""


@admin.command()
@as_json
def bootstrap(as_json: bool) -> None:
    """Print a handle with which one person becomes the first administrator, within an hour.

    One that was printed before works no more.
    """
    with operator() as here:
        if here.configurator.slug != ROOT:
            raise click.ClickException("Only the default tenant begins so; others by invitation.")
        tenant = here.configurator.state().tenant
        try:
            handle = make_handle(here.parts.database, tenant.id, here.author)
        except HasAdministrator as error:
            raise click.ClickException(
                "There is an administrator, who makes others: `authwell user update NAME "
                "--role admin`, or an invitation."
            ) from error
        expires_at = (here.author.now + LIFETIME).isoformat()
        entry = {"url": below(tenant.issuer, PATH), "handle": handle, "expires_at": expires_at}
    print_entry(entry, as_json=as_json)
