"""The one outgoing HTTP client: https to checked, pinned addresses (THREATS.md WH-01 to WH-04).

A name is resolved once, all of its addresses are checked, and the connection goes to one of
these: there is no second look-up that could answer otherwise. No redirect is followed, no
proxy or certificate is taken from the environment, and size and time have an end. The bound
on time holds for the whole call, so a host that sends a byte a second does not stretch it.
"""

import socket
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread

import httpcore2
import httpx2

from authwell.utils.addresses import Address, AllowList, is_reachable, parsed

MAX_ADDRESSES = 4
"""Addresses of one name that are tried."""


class OutgoingError(Exception):
    """A call brought nothing; the text is for our log."""


class ForbiddenTarget(OutgoingError):
    """The URL is not https, or leads to an address that may not be called."""


class Unreachable(OutgoingError):
    """The name, the connection, its certificate or an answer in time was not to be had."""


class UnusableAnswer(OutgoingError):
    """An answer came, but it is too long, compressed, or a redirect."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, whatever its status was."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """The bounds of one call."""

    seconds: float = 5.0
    bytes: int = 65_536


@dataclass(frozen=True)
class Outgoing:
    """Calls other servers; safe among threads and after a fork.

    Attributes:
        allow: entries of OUTGOING_ALLOW.
        ca_file: OUTGOING_CA_FILE, trusted beside the public authorities for what `allow` lists.
    """

    allow: AllowList = field(default_factory=AllowList)
    ca_file: Path | None = None

    @classmethod
    def of(cls, entries: Sequence[str], ca_file: Path | None = None) -> "Outgoing":
        """From the settings."""
        return cls(AllowList.of(entries), ca_file)

    def send(
        self,
        method: str,
        url: str,
        *,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        limits: Limits | None = None,
    ) -> Answer:
        """One request and its answer.

        Raises:
            OutgoingError: see its subclasses.
        """
        limits = limits or Limits()
        deadline = _Deadline(limits.seconds)
        target = _target(url)
        addresses, is_allowed = self._checked_addresses(target, deadline)
        sent = {"User-Agent": "Authwell", **(headers or {}), "Accept-Encoding": "identity"}
        try:
            context = self._private_context if is_allowed else self._public_context
            transport = httpx2.HTTPTransport(verify=context, trust_env=False)
            _pin(transport, _Backend(addresses, deadline))
            with httpx2.Client(
                transport=transport,
                trust_env=False,
                follow_redirects=False,
                timeout=limits.seconds,
            ) as client:
                return _exchange(client, method, target, content, sent, limits)
        except (httpx2.HTTPError, httpx2.InvalidURL, ssl.SSLError, OSError) as error:
            raise Unreachable(f"{type(error).__name__}: {error}") from error

    def check_literal(self, url: str) -> None:
        """Check a URL that is called later, as far as that needs no name to be looked up.

        Raises:
            ForbiddenTarget: it could not be called, or its host is an address, in whatever
                spelling the resolver takes, that may not be.
        """
        target = _target(url)
        port = target.port or 443
        try:
            found = socket.getaddrinfo(
                target.host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
            )
        except (OSError, UnicodeError):
            return
        self._check(target, _parsed(target.host, [str(entry[4][0]) for entry in found]))

    def check(self, url: str, seconds: float = 2.0) -> None:
        """The same with the addresses that its name has now; one that has none may come later.

        Raises:
            ForbiddenTarget: it could not be called, or one of its addresses may not be.
        """
        target = _target(url)
        host = target.host.lower().rstrip(".")
        # Not every resolver knows it by all of its names (RFC 6761 section 6.3).
        is_local = host == "localhost" or host.endswith(".localhost")
        if is_local and not self.allow.names(host, target.port or 443):
            raise ForbiddenTarget(f"{host} is this machine")
        with suppress(Unreachable):
            self._checked_addresses(target, _Deadline(seconds))

    @cached_property
    def _public_context(self) -> ssl.SSLContext:
        return httpx2.create_ssl_context(trust_env=False)

    @cached_property
    def _private_context(self) -> ssl.SSLContext:
        context = httpx2.create_ssl_context(trust_env=False)
        if self.ca_file is not None:
            context.load_verify_locations(self.ca_file)
        return context

    def _checked_addresses(
        self, target: httpx2.URL, deadline: "_Deadline"
    ) -> tuple[tuple[str, ...], bool]:
        """The addresses to connect to, and whether the allow-list has the target."""
        found = _resolved(target.host, target.port or 443, deadline)
        is_allowed = self._check(target, found)
        return tuple(str(address) for address in found[:MAX_ADDRESSES]), is_allowed

    def _check(self, target: httpx2.URL, found: tuple[Address, ...]) -> bool:
        """Whether the allow-list has the target; all of its addresses may be called."""
        is_named = self.allow.names(target.host.lower().rstrip("."), target.port or 443)
        for address in found:
            if not is_reachable(address, is_allowed=is_named or self.allow.holds(address)):
                raise ForbiddenTarget(f"{target.host} is {address}, which may not be called")
        return is_named or all(self.allow.holds(address) for address in found)


class _Deadline:
    """The end of one call."""

    __slots__ = ("_end",)

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Seconds that are left.

        Raises:
            httpcore2.ReadTimeout: none.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise httpcore2.ReadTimeout("the answer took too long")
        return left


class _Backend(httpcore2.NetworkBackend):
    """Connects to addresses that were checked, whatever name it is asked for."""

    def __init__(self, addresses: tuple[str, ...], deadline: _Deadline) -> None:
        self._addresses = addresses
        self._deadline = deadline
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        """Connect to the first address that answers."""
        *others, last = self._addresses
        for address in others:
            with suppress(httpcore2.ConnectError, httpcore2.ConnectTimeout):
                share = self._deadline.remaining() / len(self._addresses)
                return self._connect(address, port, share)
        return self._connect(last, port, self._deadline.remaining())

    def _connect(self, address: str, port: int, timeout: float) -> httpcore2.NetworkStream:
        return _Stream(self._inner.connect_tcp(address, port, timeout), self._deadline)


class _Stream(httpcore2.NetworkStream):
    """A connection whose every step ends with the call."""

    def __init__(self, inner: httpcore2.NetworkStream, deadline: _Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """As the inner one."""
        return self._inner.read(max_bytes, self._deadline.remaining())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """As the inner one."""
        self._inner.write(buffer, self._deadline.remaining())

    def close(self) -> None:
        """As the inner one."""
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore2.NetworkStream:
        """As the inner one; the certificate is checked for the name of the URL."""
        left = self._deadline.remaining()
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> object:
        """As the inner one."""
        return self._inner.get_extra_info(info)


def _pin(transport: httpx2.HTTPTransport, backend: httpcore2.NetworkBackend) -> None:
    # httpx2 has no public way to give its pool a backend; a test fails if this one goes.
    transport._pool._network_backend = backend  # noqa: SLF001  # pyright: ignore[reportPrivateUsage,reportAttributeAccessIssue]


def host_of(url: str) -> str:
    """The host that a call would go to; empty for what is never called."""
    try:
        return _target(url).host.lower().rstrip(".")
    except ForbiddenTarget:
        return ""


def _target(url: str) -> httpx2.URL:
    try:
        target = httpx2.URL(url)
    except httpx2.InvalidURL as error:
        raise ForbiddenTarget("not a URL") from error
    if target.scheme != "https" or not target.host:
        raise ForbiddenTarget("only https is called")
    if target.userinfo:
        raise ForbiddenTarget("the URL has a user name")
    return target


def _resolved(host: str, port: int, deadline: _Deadline) -> tuple[Address, ...]:
    """All addresses of a name, each once; the look-up itself cannot be told when to end."""
    results: SimpleQueue[list[str] | OSError | UnicodeError] = SimpleQueue()

    def look_up() -> None:
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            results.put([str(entry[4][0]) for entry in found])
        except (OSError, UnicodeError) as error:
            results.put(error)

    Thread(target=look_up, name="authwell-look-up", daemon=True).start()
    try:
        found = results.get(timeout=deadline.remaining())
    except Empty as error:
        raise Unreachable(f"{host} could not be looked up in time") from error
    if isinstance(found, Exception):
        raise Unreachable(f"{host} could not be looked up: {found}") from found
    if not found:
        raise Unreachable(f"{host} has no address")
    return _parsed(host, found)


def _parsed(host: str, found: Iterable[str]) -> tuple[Address, ...]:
    try:
        return tuple(dict.fromkeys(parsed(text) for text in found))
    except ValueError as error:
        raise ForbiddenTarget(f"{host} has no address that can be checked") from error


def _exchange(
    client: httpx2.Client,
    method: str,
    target: httpx2.URL,
    content: bytes,
    headers: Mapping[str, str],
    limits: Limits,
) -> Answer:
    with client.stream(method, target, content=content or None, headers=headers) as response:
        if response.is_redirect:
            raise UnusableAnswer(f"{response.status_code}: redirects are not followed")
        if response.headers.get("content-encoding", "identity") != "identity":
            raise UnusableAnswer("the answer is compressed, which was not asked for")
        body = bytearray()
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > limits.bytes:
                raise UnusableAnswer(f"the answer has more than {limits.bytes} bytes")
        return Answer(response.status_code, dict(response.headers), bytes(body))
