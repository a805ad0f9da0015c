"""The first screen of a development server: where things are, and what to try."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

from authwell.identity.administration.first import PATH
from authwell.ops import demo
from authwell.ops.instance import DemoSecrets

LABEL_WIDTH = 18


@dataclass(frozen=True, slots=True)
class FirstScreen:
    """What a newcomer needs to know of a running development server.

    Attributes:
        mails: where mails to people go.
        relying_party: its URL; None if it does not run.
        secrets: of the demo; None if the database holds no demo.
        handle: with which somebody becomes the first administrator; None if there is one.
    """

    issuer: str
    folder: str
    mails: str
    relying_party: str | None
    secrets: DemoSecrets | None
    handle: str | None = None


def show(screen: FirstScreen) -> None:
    """Print it, in colours on a terminal; each URL and command stays on one line."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    for line in _lines(screen):
        console.print(line)


def _lines(screen: FirstScreen) -> list[str]:
    lines = [
        "",
        f"  [bold green]◉[/] [bold]Authwell {version('authwell')}[/] is running, for development",
        "",
        _fact("Issuer", screen.issuer),
        _fact("Discovery", f"{screen.issuer}/.well-known/openid-configuration"),
    ]
    if screen.secrets is not None:
        lines.append(_fact("Demo login", f"{demo.USERNAME} / {screen.secrets.password}"))
    if screen.handle is not None:
        lines.append(_fact("Administrator", f"{screen.issuer}{PATH}  [dim]open it once[/]"))
        lines.append(_fact("  its handle", screen.handle))
    if screen.relying_party is not None:
        lines.append(_fact("Relying party", f"{screen.relying_party}  [dim]open it and sign in[/]"))
    if screen.secrets is not None:
        lines += _clients(screen.issuer, screen.secrets)
    lines += [
        "",
        _fact("Mails", screen.mails),
        _fact("State", f"{screen.folder}  [dim]remove it to begin anew[/]"),
        _fact("More", f"authwell --env-file {screen.folder}/.env --help"),
        "",
        "  [dim]Ctrl-C stops it.[/]",
        "",
    ]
    return lines


def _clients(issuer: str, secrets: DemoSecrets) -> Sequence[str]:
    service = f"curl -u {demo.SERVICE}:{secrets.service} -d grant_type=client_credentials"
    api = f"curl -u {demo.API}:{secrets.api} -d token=[/][yellow]ACCESS_TOKEN[/][cyan]"
    return [
        _fact("Client ids", f"{demo.WEB}, {demo.SERVICE}, {demo.API}"),
        "",
        "  [bold]A service gets a token[/]",
        f"  [cyan]{service} {issuer}/oauth/token[/]",
        "",
        "  [bold]A resource server checks it[/]",
        f"  [cyan]{api} {issuer}/oauth/introspect[/]",
    ]


def _fact(label: str, value: str) -> str:
    return f"  [dim]{label:<{LABEL_WIDTH}}[/]{value}"
