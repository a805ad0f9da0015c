"""Starts sites for tests: a fresh database, a server, and the configuration applied to it."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2

from tests.parts import databases, processes
from tests.parts.server import settings_for, start_server
from tests.support.commands import apply_entries
from tests.support.configuration import Entry, document
from tests.support.site import Site, plain_client


class Proxy(httpx2.BaseTransport):
    """A proxy that ends TLS: it passes the host on and says by which scheme it was asked."""

    def __init__(self, port: int) -> None:
        self._inner = httpx2.HTTPTransport()
        self._port = port

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request to the server behind."""
        headers = request.headers.copy()
        headers["Host"] = request.url.netloc.decode()
        headers.setdefault("X-Forwarded-Proto", request.url.scheme)
        headers.setdefault("X-Forwarded-For", "192.0.2.10")
        behind = request.url.copy_with(scheme="http", host="127.0.0.1", port=self._port)
        sent = httpx2.Request(request.method, behind, headers=headers, stream=request.stream)
        return self._inner.handle_request(sent)

    def close(self) -> None:
        """Close the connections behind."""
        self._inner.close()


@contextmanager
def running_site(
    kind: str = "sqlite",
    entries: Entry | None = None,
    behind: str | None = None,
    **environ: str,
) -> Iterator[Site]:
    """A site with the usual configuration on a fresh database.

    Args:
        kind: `sqlite` or `postgresql`.
        entries: another configuration.
        behind: the issuer of a site behind a proxy that ends TLS.
        environ: settings.
    """
    url = databases.create(kind)
    folder = Path(tempfile.mkdtemp(prefix="site-", dir=processes.shared_folder()))
    if behind is not None:
        environ["ISSUER"] = behind
    settings = settings_for(processes.free_port(), DATABASE_URL=url, **environ)
    # A server may believe for a second what it has read, so it begins with all of it.
    apply_entries(document() if entries is None else entries, folder, settings)
    settings.pop("TMPDIR", None)
    server = start_server(folder, command=("serve",), **settings)
    with plain_client(None if behind is None else Proxy(server.port)) as http:
        site = Site(server.environ["ISSUER"], server, http)
        try:
            yield site
        finally:
            server.stop()
            databases.drop(url)
