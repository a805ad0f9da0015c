"""The outermost layer: who sent the request, to which host, and how much of it.

Headers that a proxy sets count only from `TRUSTED_PROXIES` (DESIGN.md section 4, THREATS.md
HT-01 and DC-01); from everybody else they are taken away before anything reads them. It
runs on every request, so it does little and remembers what it found.
"""

import re
from collections.abc import Callable, Iterable
from io import BytesIO
from ipaddress import ip_address
from time import perf_counter
from typing import Final
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

import orjson

from authwell.config.settings import Settings
from authwell.middleware.calls import TENANT
from authwell.protocol.ports import StorageUnavailable
from authwell.utils.logs import bind_request, get_logger
from authwell.utils.randomness import new_id
from authwell.utils.urls import canonical_host_port, host_of, origin_of

MOST_BODY_BYTES: Final = 64 * 1024

_FORWARDED: Final = (
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PORT",
    "HTTP_X_FORWARDED_PREFIX",
    "HTTP_X_FORWARDED_SSL",
    "HTTP_FORWARDED",
    "HTTP_X_REAL_IP",
    "HTTP_X_REQUEST_ID",
)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_ANY_HOST: Final = ("/health", "/metrics")
_REQUEST_ID: Final = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)
_REMEMBERED: Final = 1024
_STATUS: Final = {
    400: "400 Bad Request",
    403: "403 Forbidden",
    405: "405 Method Not Allowed",
    413: "413 Content Too Large",
}

log = get_logger("proxy")


class Refused(Exception):
    """The request goes no further; the text is the reason code."""

    def __init__(self, status: int, code: str, description: str) -> None:
        super().__init__(code)
        self.status = status
        self.code = code
        self.description = description


class ProxyGuard:
    """WSGI middleware around the whole application.

    Sets `authwell.request_id` and `authwell.started` (seconds of `perf_counter`) in the
    environ, `REMOTE_ADDR` and `wsgi.url_scheme` from trusted proxies, and `X-Request-ID` on
    the response. `authwell.client_certificate` is the raw value of `CLIENT_CERT_HEADER` if a
    trusted proxy sent one, `authwell.tenant` the tenant whose own host it is.
    """

    def __init__(
        self,
        app: WSGIApplication,
        settings: Settings,
        tenant_of: Callable[[str], object | None] = lambda _origin: None,
    ) -> None:
        """Take what is inside, and what finds the tenant that has an origin of its own."""
        self._app = app
        self._tenant_of = tenant_of
        self._networks = settings.trusted_proxies
        self._trusted: dict[str, bool] = {}
        self._blocked = settings.blocked_addresses
        self._is_blocked: dict[str, bool] = {}
        self._hosts = _own_hosts(settings)
        self._allowed = settings.allowed_hosts
        header = settings.client_cert_header
        self._certificate = f"HTTP_{header.upper().replace('-', '_')}" if header else None

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request, or refuse it before the application sees it."""
        environ["authwell.started"] = perf_counter()
        request_id = None
        try:
            request_id = self._vouched(environ)
            self._check(environ)
        except Refused as refusal:
            return _refuse(refusal, request_id or new_id(), start_response)
        request_id = request_id or new_id()
        environ["authwell.request_id"] = request_id
        bind_request(request_id)

        def start(status: str, headers: list[tuple[str, str]], *info: object) -> object:
            headers.append(("X-Request-ID", request_id))
            return start_response(status, headers, *info)  # type: ignore[arg-type]

        return self._app(environ, start)  # type: ignore[arg-type]

    def _vouched(self, environ: WSGIEnvironment) -> str | None:
        """Apply what a trusted proxy says, take it all away, and return its request id."""
        certificate = environ.pop(self._certificate, None) if self._certificate else None
        if not self._networks or not self._trusts(environ.get("REMOTE_ADDR", "")):
            for name in _FORWARDED:
                environ.pop(name, None)
            return None
        if certificate is not None:
            _single(certificate, "certificate")
            environ["authwell.client_certificate"] = certificate
        addresses = environ.pop("HTTP_X_FORWARDED_FOR", None)
        scheme = environ.pop("HTTP_X_FORWARDED_PROTO", None)
        request_id = environ.pop("HTTP_X_REQUEST_ID", None)
        for name in _FORWARDED:
            environ.pop(name, None)
        if addresses is not None:
            environ["REMOTE_ADDR"] = self._sender(addresses)
        if scheme is not None:
            if scheme not in {"http", "https"}:
                raise Refused(400, "forwarded_scheme", "X-Forwarded-Proto must be http or https.")
            environ["wsgi.url_scheme"] = scheme
        return request_id if request_id and _REQUEST_ID.fullmatch(request_id) else None

    def _check(self, environ: WSGIEnvironment) -> None:
        if self._blocked and self._blocks(environ.get("REMOTE_ADDR", "")):
            raise Refused(403, "address_blocked", "The server does not answer this address.")
        if environ["REQUEST_METHOD"] not in _METHODS:
            raise Refused(405, "method_not_allowed", "This method is not known here.")
        host = environ.get("HTTP_HOST")
        if host not in self._hosts and not environ["PATH_INFO"].startswith(_ANY_HOST):
            self._learn(environ, host)
        length = environ.get("CONTENT_LENGTH")
        if length and not (length.isdecimal() and length.isascii()):
            raise Refused(400, "content_length", "Content-Length must be a number.")
        if length and (len(length) > 9 or int(length) > MOST_BODY_BYTES):
            raise _too_large()
        if not length and "HTTP_TRANSFER_ENCODING" in environ:
            _measure_body(environ)

    def _learn(self, environ: WSGIEnvironment, host: str | None) -> None:
        """Accept a host that `ALLOWED_HOSTS` covers, and remember it as it was written.

        That of a tenant is accepted for this request: it may be taken away.
        """
        try:
            plain = canonical_host_port(host or "")
        except ValueError:
            plain = ""
        if plain not in self._hosts and not {plain, host_of(plain)} & self._allowed:
            found = self._tenant_at(environ["wsgi.url_scheme"], plain)
            if found is not None:
                environ[TENANT] = found
                return
            raise Refused(400, "unknown_host", "The server does not answer under this host name.")
        if host is not None and len(self._hosts) < _REMEMBERED:
            self._hosts.add(host)

    def _tenant_at(self, scheme: str, host: str) -> object | None:
        try:
            return self._tenant_of(origin_of(f"{scheme}://{host}"))
        except (ValueError, StorageUnavailable):
            return None

    def _sender(self, addresses: str) -> str:
        """Return the right-most address that is no trusted proxy's: the last one vouched for."""
        for text in reversed(addresses.split(",")):
            try:
                address = str(ip_address(text.strip()))
            except ValueError as error:
                raise Refused(400, "forwarded_for", "X-Forwarded-For holds no address.") from error
            if not self._trusts(address):
                return address
        return address

    def _trusts(self, peer: str) -> bool:
        trusted = self._trusted.get(peer)
        if trusted is None:
            trusted = _is_within(peer, self._networks)
            if len(self._trusted) < _REMEMBERED:
                self._trusted[peer] = trusted
        return trusted

    def _blocks(self, peer: str) -> bool:
        blocked = self._is_blocked.get(peer)
        if blocked is None:
            blocked = _is_within(peer, self._blocked)
            if len(self._is_blocked) < _REMEMBERED:
                self._is_blocked[peer] = blocked
        return blocked


def _is_within(text: str, networks: Iterable[object]) -> bool:
    try:
        address = ip_address(text)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return any((mapped or address) in network for network in networks)  # type: ignore[operator]


def _own_hosts(settings: Settings) -> set[str]:
    own = {settings.issuer.partition("://")[2]}
    if settings.mtls_base_url is not None:
        own.add(settings.mtls_base_url.partition("://")[2])
    port = "443" if settings.is_https else "80"
    return own | {f"{host}:{port}" for host in own if host_of(host) == host}


def _measure_body(environ: WSGIEnvironment) -> None:
    """Read a body that came in chunks, because werkzeug would cut a long one without a word."""
    stream, body = environ["wsgi.input"], bytearray()
    while len(body) <= MOST_BODY_BYTES:
        part = stream.read(MOST_BODY_BYTES + 1 - len(body))
        if not part:
            break
        body += part
    if len(body) > MOST_BODY_BYTES:
        raise _too_large()
    environ["wsgi.input"] = BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    del environ["HTTP_TRANSFER_ENCODING"]


def _too_large() -> Refused:
    return Refused(413, "body_too_large", "The body may have 64 KiB.")


def _single(value: str, what: str) -> None:
    if not value or "," in value:
        raise Refused(400, f"repeated_{what}", f"The {what} header must stand once.")


def _refuse(refusal: Refused, request_id: str, start_response: StartResponse) -> list[bytes]:
    bind_request(request_id)
    log.warning("request.refused", rule=refusal.code, status=refusal.status)
    body = orjson.dumps(
        {
            "error": "invalid_request",
            "error_description": refusal.description,
            "reason": refusal.code,
            "request_id": request_id,
        }
    )
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Request-ID", request_id),
    ]
    if refusal.status == 405:
        headers.append(("Allow", ", ".join(sorted(_METHODS))))
    if refusal.status == 413:
        # The body was not read, so the connection cannot be used again.
        headers.append(("Connection", "close"))
    start_response(_STATUS[refusal.status], headers)
    return [body]
