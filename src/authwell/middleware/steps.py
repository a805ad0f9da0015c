"""What pages of a waiting authorization request share: the request, and the way on from a page."""

from dataclasses import dataclass
from http import HTTPStatus

from flask import Response, request, url_for

from authwell.middleware import csrf, returning
from authwell.middleware.context import (
    authorization_server,
    current_session,
    with_fresh_configuration,
)
from authwell.middleware.headers import allow_image
from authwell.middleware.pages import prefer_languages, render
from authwell.middleware.replies import reply, see_other
from authwell.protocol.authorization import interaction, response, waiting
from authwell.protocol.authorization.waiting import Waiting
from authwell.protocol.model import Account, Client

HOME = "/"
LOGIN = "/login"
CONTINUE = "/oauth/authorize/continue"
"""Where the authorization endpoint takes a request up again."""

PARAMETER = "interaction"


@dataclass(frozen=True, slots=True)
class ClientView:
    """What a page shows of a client; links as far as they were registered."""

    name: str
    client_uri: str | None
    policy_uri: str | None
    tos_uri: str | None
    logo_uri: str | None
    is_verified: bool = True
    """Whether an administrator stands behind what the client says of itself (DR-05)."""


def has_interaction() -> bool:
    """Whether the address names a waiting request, possibly one that does not exist."""
    return PARAMETER in request.args


def find_waiting() -> Waiting:
    """The waiting request of the page's address, in the languages that its client asked for.

    Raises:
        UnsafeRedirect: there is none, or it is another browser's.
        RefusedRequest: its client may no longer ask for it.
    """
    values = request.args.getlist(PARAMETER)
    identifier = values[0] if len(values) == 1 else None
    found = with_fresh_configuration(
        lambda server: waiting.find(server, identifier, csrf.browser())
    )
    prefer_languages(found.request.ui_locales)
    return found


def current_step(found: Waiting) -> interaction.Step:
    """What the person has to do now; a page of another step leads there (BR-11)."""
    return waiting.step(authorization_server(), found, current_session())


def go_on(found: Waiting) -> Response:
    """To the authorization endpoint, which knows the next page or answers the client."""
    return see_other(continuation(found))


def continuation(found: Waiting) -> str:
    """The path at which this browser, and no other, goes on with its request."""
    return f"{CONTINUE}?{PARAMETER}={found.id}"


def cancel(found: Waiting) -> Response:
    """Tell the client that the person did not agree."""
    return reply(response.deny_request(authorization_server(), found.request, found.interaction))


def address(endpoint: str, found: Waiting | None) -> str:
    """Where a page of this blueprint posts to, or a page `blueprint.endpoint` is."""
    name = endpoint if "." in endpoint else f".{endpoint}"
    if found is None:
        return url_for(name, return_to=returning.wanted())
    return url_for(name, interaction=found.id)


def page(
    template: str, found: Waiting | None, *, status: HTTPStatus = HTTPStatus.OK, **values: object
) -> Response:
    """A page of a step, with the client whose request waits."""
    client = view_of(found.request.client) if found else None
    if client is not None and client.logo_uri is not None:
        allow_image(client.logo_uri)
    return render(
        template,
        status=status,
        client=client,
        display=found.request.display if found else "page",
        **values,
    )


def view_of(client: Client) -> ClientView:
    """The client as the templates show it."""
    return ClientView(
        name=client.name,
        client_uri=client.display.get("client_uri"),
        policy_uri=client.display.get("policy_uri"),
        tos_uri=client.display.get("tos_uri"),
        logo_uri=_logo_uri(client),
        is_verified=client.is_verified,
    )


def _logo_uri(client: Client) -> str | None:
    """The picture to load; by https alone where nobody here stands behind the client."""
    uri = client.display.get("logo_uri")
    if uri is None or client.is_verified or uri.lower().startswith("https://"):
        return uri
    return None


def name_of(account: Account) -> str:
    """What a person is called on their own pages."""
    return account.full_name or account.username
