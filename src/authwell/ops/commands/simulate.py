"""`authwell simulate`: which tokens somebody would get in a client, and why."""

from dataclasses import asdict

import click

from authwell.identity.configuration import lookups
from authwell.middleware.site import make_site
from authwell.ops.administration import as_json, operator, print_json
from authwell.protocol.server import Caller
from authwell.protocol.simulation import Question, Simulated
from authwell.protocol.simulation import simulate as simulate_tokens


@click.command()
@click.argument("client_id")
@click.argument("user", required=False)
@click.option("--scope", help='As one text: "openid profile"; all of the client if left out.')
@click.option("--resource", "resources", multiple=True, help="Repeatable.")
@click.option("--claims", help="The claims parameter, as JSON.")
@as_json
def simulate(
    client_id: str,
    user: str | None,
    scope: str | None,
    resources: tuple[str, ...],
    claims: str | None,
    as_json: bool,
) -> None:
    """Print the tokens that USER would get in a client; without a user, those of the client itself.

    Nothing is kept and nothing is signed. A refusal is an answer: the exit code is 0.
    """
    with operator() as here:
        account = lookups.account(here.configurator.state(), user).account if user else None
        server = make_site(here.parts.settings).server(here.author.now, Caller())
        found = simulate_tokens(server, Question(client_id, account, scope, resources, claims))
    if as_json:
        print_json(asdict(found))
    else:
        _print(found)


def _print(found: Simulated) -> None:
    for reason in found.reasons:
        mark = "refused" if reason.is_refusal else reason.rule
        click.echo(f"{mark}: {reason.text}")
    for name in ("response", "access_token", "id_token", "userinfo"):
        if getattr(found, name):
            click.echo(f"\n{name}:")
            print_json(getattr(found, name))
