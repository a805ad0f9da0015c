"""What a tenant does not answer for a while, because an administrator says so (L10)."""

from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Final, Literal

from authwell.utils.addresses import Network, parsed

Kind = Literal["address", "account", "client"]

WIDEST: Final = {4: 8, 6: 19}
"""The shortest prefixes of networks: wider ones are mistakes. A registry gives no more away."""
_REMEMBERED: Final = 1024


def read_network(text: str) -> str:
    """An address or a network as it is kept, such as `192.0.2.7/32`.

    Raises:
        ValueError: it is none, or is too wide.
    """
    address, slash, prefix = text.strip().partition("/")
    plain = parsed(address)
    if "%" in address or (slash and plain.version == 4 and ":" in address):
        raise ValueError("A zone or a mapped network is no network of the Internet.")
    network = ip_network(f"{plain}/{prefix}" if slash else f"{plain}", strict=False)
    if network.prefixlen < WIDEST[network.version]:
        raise ValueError("The network is too wide.")
    return str(network)


@dataclass(frozen=True, slots=True)
class Blocks:
    """All that is blocked in a tenant, as of one configuration stamp.

    Attributes:
        accounts: ids of those that cannot log in.
        clients: ids of those that are as if they were disabled.
        networks: from where nothing is answered.
    """

    accounts: frozenset[str] = frozenset()
    clients: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()
    _seen: dict[str, bool] = field(default_factory=dict[str, bool], repr=False, compare=False)

    def hold(self, address: str) -> bool:
        """Whether an address is in a blocked network."""
        if not self.networks:
            return False
        found = self._seen.get(address)
        if found is None:
            found = self._look_up(address)
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            self._seen[address] = found
        return found

    def _look_up(self, text: str) -> bool:
        try:
            address = parsed(text)
        except ValueError:
            return False
        return any(address in network for network in self.networks)

    def rule_of(self, client_id: str, otherwise: str) -> str:
        """The rule by which a client is refused that is not active: that of its block, if any."""
        return "client_blocked" if client_id in self.clients else otherwise


NONE: Final = Blocks()
