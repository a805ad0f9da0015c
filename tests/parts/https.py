"""A small https server on the loopback that answers as a test says, and counts."""

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.parts import certificates


@dataclass
class Reply:
    """An answer; `send` instead writes to the connection itself."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    send: Callable[[BaseHTTPRequestHandler], None] | None = None


@dataclass
class HttpsServer:
    """Another company's server."""

    port: int
    ca_file: Path
    replies: dict[str, Reply] = field(default_factory=dict)
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """Its address, by name."""
        return f"https://localhost:{self.port}"

    @property
    def host_port(self) -> str:
        """What OUTGOING_ALLOW takes."""
        return f"localhost:{self.port}"

    def calls(self, path: str) -> int:
        """How often a path was asked for."""
        return sum(asked == path for _, asked, _, _ in self.seen)


@contextmanager
def https_server(folder: Path) -> Iterator[HttpsServer]:
    """Run one; its authority is of this folder."""
    ca_file = certificates.write(folder)

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            here.seen.append((self.command, self.path, dict(self.headers), body))
            reply = here.replies.get(self.path, Reply(status=404))
            if reply.send is not None:
                reply.send(self)
                return
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply.body)

        do_GET = do_POST = do_PUT = answer  # noqa: N815  # the names of http.server

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A client that hangs up is what some tests are about."""

    server = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    server.socket = context.wrap_socket(
        server.socket, server_side=True, do_handshake_on_connect=False
    )
    here = HttpsServer(server.server_address[1], ca_file)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield here
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
