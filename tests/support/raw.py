"""Bytes to a server and back, for what no HTTP client would send."""

import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

CONTINUE = b"HTTP/1.1 100"


@dataclass(frozen=True, slots=True)
class RawResponse:
    """The first answer on a connection; status 0 if the server just closed it."""

    status: int
    headers: dict[str, str]
    body: bytes


def exchange(issuer: str, request: bytes, timeout: float = 10) -> RawResponse:
    """Send bytes on a connection of their own and read until the server closes or has answered."""
    parts = urlsplit(issuer)
    with socket.create_connection((parts.hostname, parts.port), timeout=timeout) as connection:
        try:
            connection.sendall(request)
            received = _read(connection)
        except (ConnectionError, TimeoutError):
            received = b""
    return _parse(received)


def _read(connection: socket.socket) -> bytes:
    received = b""
    while True:
        piece = connection.recv(65536)
        received += piece
        if received.startswith(CONTINUE):
            received = received.partition(b"\r\n\r\n")[2]
        head, gap, body = received.partition(b"\r\n\r\n")
        if not piece or (gap and len(body) >= _length(head)):
            return received


def _length(head: bytes) -> int:
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.strip().lower() == b"content-length":
            return int(value)
    return 0


def _parse(received: bytes) -> RawResponse:
    head, _, body = received.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    if not lines[0].startswith("HTTP/"):
        return RawResponse(0, {}, received)
    pairs = [line.partition(":") for line in lines[1:]]
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    return RawResponse(int(lines[0].split()[1]), headers, body)


def get(issuer: str, target: bytes, *headers: bytes, method: bytes = b"GET") -> RawResponse:
    """A request with exactly this target and these header lines."""
    host = urlsplit(issuer).netloc.encode()
    lines = [method + b" " + target + b" HTTP/1.1", b"Host: " + host, *headers]
    return exchange(issuer, b"\r\n".join([*lines, b"Connection: close", b"", b""]))


def post(issuer: str, target: bytes, body: bytes, *headers: bytes) -> RawResponse:
    """A posted body with exactly these header lines."""
    host = urlsplit(issuer).netloc.encode()
    length = b"Content-Length: " + str(len(body)).encode()
    lines = [b"POST " + target + b" HTTP/1.1", b"Host: " + host, length, *headers]
    return exchange(issuer, b"\r\n".join([*lines, b"Connection: close", b"", body]))
