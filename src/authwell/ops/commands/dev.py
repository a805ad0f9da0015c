"""`authwell dev`: a development server with everything that a newcomer wants to see."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from authwell.ops.children import ChildEnded, Children, start_server, stopping_on_signals
from authwell.ops.instance import Instance
from authwell.ops.screen import FirstScreen, show
from authwell.ops.serving import PortTaken, require_free_port

if TYPE_CHECKING:
    from authwell.config.settings import Settings


@click.command()
@click.option(
    "--instance",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("instance"),
    show_default=True,
    help="Where secrets and the SQLite database are kept.",
)
def dev(folder: Path) -> None:
    """Start a development server on localhost, with a demo account and a demo relying party.

    PORT, ISSUER, DATABASE_URL, REDIS_URL, SERVER and RP_PORT change it. Demo data goes only into
    an empty database.
    """
    instance = Instance.at(folder.absolute())
    environ = instance.environment(os.environ)
    os.environ.update(environ)
    children = Children()
    try:
        with stopping_on_signals():
            _run(children, instance, environ, str(folder))
    except ChildEnded as error:
        raise click.ClickException(str(error)) from error
    finally:
        children.stop()


def _run(children: Children, instance: Instance, environ: Mapping[str, str], folder: str) -> None:
    _require_port(environ)
    if instance.has_tables(environ):
        # It takes longest to start, so it does while we find out whether all is in place.
        start_server(children, environ)
    from authwell.ops.development import prepare_development, start_programs

    prepared = prepare_development(instance, environ)
    start_programs(children, prepared, environ)
    instance.note_tables(environ)
    url = prepared.relying_party_url
    mails = _where_mails_go(prepared.settings)
    issuer, handle = prepared.settings.issuer, prepared.handle
    show(FirstScreen(issuer, folder, mails, url, prepared.secrets, handle))
    children.wait()


def _where_mails_go(settings: "Settings") -> str:
    match settings.email_backend:
        case "file":
            return f"{settings.email_file_folder}/*.eml"
        case "console":
            return "this terminal"
        case "smtp" if settings.smtp_host is not None:
            return f"{settings.smtp_host}:{settings.smtp_port}"
        case backend:
            return f"EMAIL_BACKEND={backend}"


def _require_port(environ: Mapping[str, str]) -> None:
    host, port = environ["HOST"], environ["PORT"]
    if not port.isdecimal() or not 0 < int(port) < 65_000:
        raise click.ClickException("PORT must be a port number below 65000, such as 5000.")
    try:
        require_free_port(host, int(port))
    except PortTaken as error:
        raise click.ClickException(
            f"Port {port} is taken; stop what listens there or choose another one, "
            f"such as PORT={int(port) + 10}."
        ) from error
