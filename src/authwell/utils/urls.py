"""Hosts, origins and URLs in the one form in which they are compared."""

import re
from ipaddress import IPv6Address
from typing import Final
from urllib.parse import SplitResult, urlsplit

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_NAME: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*", re.ASCII)
_IPV4: Final = re.compile(r"127(?:\.\d{1,3}){3}", re.ASCII)


def split_canonical(text: str) -> SplitResult:
    """Split an http or https URL that is written in its one canonical form.

    Raises:
        ValueError: it has user information, a fragment, capitals in scheme or host, its
            scheme's own port, white space, a control character or a backslash, or is no such URL.
    """
    parts = urlsplit(text)
    if parts.scheme not in _DEFAULT_PORTS or "#" in text or not text.isascii():
        raise ValueError("not an http or https URL")
    if re.search(r"[\x00-\x20\x7f\\]", text):
        raise ValueError("white space or control characters")
    if canonical_host_port(parts.netloc) != parts.netloc:
        raise ValueError("the host is not in its canonical form")
    if parts.port == _DEFAULT_PORTS[parts.scheme] or not text.startswith(f"{parts.scheme}://"):
        raise ValueError("the port or the scheme is not in its canonical form")
    return parts


def canonical_origin(text: str) -> str:
    """Return the origin, as a browser would send it.

    Raises:
        ValueError: it is not an http or https origin.
    """
    lowered = text.lower().removesuffix("/")
    parts = split_canonical(lowered)
    if parts.path or "?" in lowered:
        raise ValueError("an origin has no path")
    return lowered


def origin_of(url: str) -> str:
    """Return the origin of a URL as a browser would send it: lower case, no default port.

    Raises:
        ValueError: it is not an http or https URL.
    """
    parts = urlsplit(url)
    host_port = canonical_host_port(parts.netloc)
    if parts.scheme not in _DEFAULT_PORTS:
        raise ValueError("not an http or https URL")
    if parts.port == _DEFAULT_PORTS[parts.scheme]:
        host_port = host_of(host_port)
    return f"{parts.scheme}://{host_port}"


def canonical_host_port(text: str) -> str:
    """Return `host` or `host:port` in lower case.

    Raises:
        ValueError: it is something else.
    """
    lowered = text.lower()
    host, separator, port = lowered.rpartition(":")
    if not separator or lowered.endswith("]"):
        host, separator, port = lowered, "", ""
    if separator and not (re.fullmatch(r"[1-9][0-9]{0,4}", port) and int(port) < 65536):
        raise ValueError("not a port")
    if host.startswith("[") and host.endswith("]"):
        IPv6Address(host[1:-1])
    elif not _NAME.fullmatch(host) or len(host) > 253:
        raise ValueError("not a host")
    return lowered


def host_of(host_port: str) -> str:
    """Return the host of `host` or `host:port`, an IPv6 address with its brackets."""
    if host_port.endswith("]") or ":" not in host_port:
        return host_port
    return host_port.rpartition(":")[0]


def is_loopback(host: str) -> bool:
    """Return whether a host name or address can only be this machine."""
    return host in {"localhost", "[::1]", "::1"} or _IPV4.fullmatch(host) is not None


def below(issuer: str, path: str) -> str:
    """Return the URL of a path, which begins with a slash, below an issuer."""
    return issuer.rstrip("/") + path
