"""Addresses: whose they are, and which of them outgoing calls may reach (THREATS.md WH-01).

An address behind a translation (IPv4-mapped, NAT64, 6to4, Teredo) is judged by none of
Python's properties, so mapped ones are unwrapped and the others refused.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

NEVER: tuple[Network, ...] = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "169.254.0.0/16",  # link-local, and the metadata of most clouds
        "100.100.100.200/32",  # metadata: Alibaba
        "168.63.129.16/32",  # metadata: Azure
        "192.0.0.192/32",  # metadata: Oracle
        "224.0.0.0/4",
        "240.0.0.0/4",
        "::/128",
        "::ffff:0:0:0/96",  # translated, RFC 2765
        "64:ff9b::/96",  # NAT64: `is_global` lets it through
        "64:ff9b:1::/48",
        "2001::/32",  # Teredo
        "2002::/16",  # 6to4
        "fd00:ec2::254/128",  # metadata: Amazon
        "fd20:ce::254/128",  # metadata: Google
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)
"""What no setting opens."""


def parsed(text: str) -> Address:
    """The address that a resolver gave, an IPv4-mapped one as the IPv4 address it means.

    Raises:
        ValueError: it is none.
    """
    address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def holds(network: str, address: str) -> bool:
    """Whether an address, which may be a stranger's text, is in a network."""
    try:
        return parsed(address) in ip_network(network)
    except ValueError:
        return False


@lru_cache(maxsize=4096)
def subscriber(address: str) -> str:
    """What a peer is counted by: of IPv6 everybody has a whole /64 to send from."""
    try:
        found = parsed(address)
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return f"{IPv6Address(int(found) >> 64 << 64)}/64"
    return str(found)


@dataclass(frozen=True, slots=True)
class AllowList:
    """OUTGOING_ALLOW: hosts and networks that are private and yet may be called."""

    hosts: frozenset[str] = frozenset()
    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, entries: Sequence[str]) -> "AllowList":
        """From `host`, `host:port` and networks, as the settings have checked them."""
        hosts: set[str] = set()
        networks: list[Network] = []
        for entry in entries:
            try:
                networks.append(ip_network(entry))
            except ValueError:
                hosts.add(entry)
        return cls(frozenset(hosts), tuple(networks))

    def names(self, host: str, port: int) -> bool:
        """Whether the host of a URL is listed, alone or with this port."""
        shown = f"[{host}]" if ":" in host else host
        return shown in self.hosts or f"{shown}:{port}" in self.hosts

    def holds(self, address: Address) -> bool:
        """Whether the address is in a listed network."""
        return any(address in network for network in self.networks)


def is_reachable(address: Address, *, is_allowed: bool) -> bool:
    """Whether a call may go there.

    Args:
        address: as `parsed` gives it.
        is_allowed: whether the allow-list has it, which opens private addresses only.
    """
    if any(address in network for network in NEVER):
        return False
    return is_allowed or (address.is_global and not address.is_multicast)
