"""The frames of a logout page (OpenID Connect Front-Channel Logout 1.0 section 3)."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlencode

from authwell.protocol.server import AuthorizationServer
from authwell.utils.urls import origin_of


@dataclass(frozen=True, slots=True)
class Frame:
    """What the logout page loads for one client.

    Attributes:
        client_name: for those who cannot see that nothing is seen in it.
        location: the client's `frontchannel_logout_uri` with `iss` and `sid`.
        origin: the only one that the page may load it from.
    """

    client_name: str
    location: str
    origin: str


def frames(
    server: AuthorizationServer, participants: Iterable[tuple[str, str]]
) -> tuple[Frame, ...]:
    """A frame for each client that wants one.

    Args:
        server: of this request.
        participants: `client_id` and `sid` of the clients of a session that has just ended.
    """
    found: list[Frame] = []
    for client_id, sid in participants:
        client = server.clients.find(client_id)
        if client is not None and client.frontchannel_logout_uri is not None:
            uri = client.frontchannel_logout_uri
            named = urlencode({"iss": server.issuer, "sid": sid})
            location = f"{uri}{'&' if '?' in uri else '?'}{named}"
            found.append(Frame(client.name, location, origin_of(uri)))
    return tuple(found)
