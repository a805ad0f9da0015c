"""`authwell mail`: what mails look like, whether they arrive, and sending what waits."""

from pathlib import Path

import click

from authwell.identity.mail.backends import NotSent
from authwell.identity.mail.catalogue import MAILS, samples
from authwell.identity.mail.letters import MAIL, Letter
from authwell.identity.mail.rendering import House, Rendered, render
from authwell.middleware.context import Site
from authwell.middleware.site import make_site
from authwell.ops.administration import as_json, print_rows
from authwell.ops.context import Opened, opened
from authwell.ops.deliveries import deliveries, mail_delivery
from authwell.protocol.server import AuthorizationServer, Caller
from authwell.utils.clock import utc_now
from authwell.utils.randomness import new_id
from authwell.utils.translations import LANGUAGES

language_option = click.option(
    "--language", type=click.Choice(LANGUAGES), default=LANGUAGES[0], show_default=True
)


@click.group()
def mail() -> None:
    """Mails to people: see them, test them, send what waits."""


@mail.command("list")
@as_json
def list_mails(as_json: bool) -> None:
    """Print every mail there is, when it is sent, and what it is given."""
    rows = [
        {"name": name, "values": ", ".join(found.values), "sent": found.sent}
        for name, found in MAILS.items()
    ]
    print_rows(rows, ("name", "values", "sent"), as_json=as_json)


@mail.command()
@click.argument("name", type=click.Choice(list(MAILS)))
@language_option
@click.option("--html", "form", flag_value="html", help="Print the page instead of the text.")
@click.option("--text", "form", flag_value="text", default="text", help="Print the text.")
@click.option(
    "--open",
    "file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the page to this file and show it in a browser.",
)
def preview(name: str, language: str, form: str, file: Path | None) -> None:
    """Show a mail with sample values, as the readers of a language get it."""
    with opened() as parts:
        server = _server(parts)
        shown = _sample(server, name, language)
    if file is not None:
        file.write_text(shown.html, encoding="utf-8")
        click.launch(str(file))
        click.echo(f"{shown.subject}: {file}")
    elif form == "html":
        click.echo(shown.html, nl=False)
    else:
        click.echo(f"Subject: {shown.subject}\n\n{shown.text}", nl=False)


@mail.command()
@click.argument("address")
@language_option
def test(address: str, language: str) -> None:
    """Send a mail to an address now, and say how that went."""
    with opened() as parts:
        here = make_site(parts.settings)
        server = _of(here, parts)
        values = {**samples("test", server.issuer), "at": server.now.isoformat()}
        letter = Letter("test", address, language, values)
        try:
            mail_delivery(here).send(server, letter, new_id())
        except NotSent as problem:
            raise click.ClickException(f"It was not sent: {problem}.") from problem
    click.echo(f"Sent to {address} by EMAIL_BACKEND={parts.settings.email_backend}.")


@mail.command()
def send() -> None:
    """Send what waits in the outbox and is due; a served process does it by itself."""
    with opened() as parts:
        sent = deliveries(make_site(parts.settings)).run_due(MAIL)
    told = ", ".join(f"{outcome}: {number}" for outcome, number in sent.items())
    click.echo(told or "Nothing is due.")


def _server(parts: Opened) -> AuthorizationServer:
    return _of(make_site(parts.settings), parts)


def _of(site: Site, parts: Opened) -> AuthorizationServer:
    snapshots = site.tenants.of(parts.tenant)
    if snapshots is None:
        raise click.ClickException(f"There is no tenant {parts.tenant!r}.")
    return site.server(utc_now(), Caller(), snapshots)


def _sample(server: AuthorizationServer, name: str, language: str) -> Rendered:
    letter = Letter(name, "ada@example.com", language, samples(name, server.issuer))
    return render(letter, House.of(server.tenant))
