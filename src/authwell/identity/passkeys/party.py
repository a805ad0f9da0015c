"""The relying party: what a passkey is bound to, and from where its answers may come."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from authwell.protocol.server import AuthorizationServer
from authwell.utils.urls import origin_of


@dataclass(frozen=True, slots=True)
class Party:
    """This server as authenticators know it (WebAuthn section 4, relying party identifier).

    Attributes:
        id: the host of the issuer; no other host is accepted, none above it either.
        origin: of our pages, which is the only one that may call for a passkey.
    """

    id: str
    origin: str
    name: str


def party_of(server: AuthorizationServer) -> Party:
    """The relying party that an issuer is."""
    host = urlsplit(server.issuer).hostname or ""
    return Party(host, origin_of(server.issuer), server.tenant.name)


def is_possible(server: AuthorizationServer) -> bool:
    """Whether browsers make passkeys for this issuer: its host is a name and not an address."""
    try:
        ip_address(party_of(server).id)
    except ValueError:
        return True
    return False
