"""A development server's parts: settings, database, demo and programs, put in order."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import click

from authwell.config.settings import Settings
from authwell.identity.administration.first import HasAdministrator, make_handle
from authwell.identity.configuration.authors import Author
from authwell.identity.tenants.defaults import ensure_default_tenant
from authwell.ops import demo
from authwell.ops.children import RELYING_PARTY, SERVER, Children, start_server
from authwell.ops.context import Opened, opened
from authwell.ops.instance import DemoSecrets, Instance, shipped
from authwell.ops.serving import PortTaken, require_free_port
from authwell.utils.clock import utc_now

_PORTS_TO_TRY: Final = 100


@dataclass(frozen=True, slots=True)
class Prepared:
    """What the programs are started with.

    Attributes:
        relying_party_port: where the demo relying party shall listen; None if there is no demo.
        handle: with which somebody becomes the first administrator; None if there is one.
    """

    settings: Settings
    relying_party_port: int | None
    secrets: DemoSecrets | None
    handle: str | None = None

    @property
    def relying_party_url(self) -> str | None:
        """The URL that people open."""
        port = self.relying_party_port
        return None if port is None else f"http://localhost:{port}"


def prepare_development(instance: Instance, environ: Mapping[str, str]) -> Prepared:
    """Migrate the database of this process's settings, and make the demo if it is empty.

    Raises:
        click.ClickException: the settings or the database are not usable, or no port is free.
    """
    with opened() as parts:
        if not instance.has_tables(environ):
            _migrate(parts)
        now = utc_now()
        tenant = ensure_default_tenant(parts.database, parts.settings, now)
        registered = demo.relying_party_port(parts, tenant)
        if registered is None and not demo.is_wanted(parts, tenant):
            return Prepared(parts.settings, None, None, _handle(parts, tenant.id, now))
        secrets = instance.demo_secrets()
        port = _relying_party_port(parts.settings.port, registered)
        url = f"http://localhost:{port}"
        if registered is None:
            demo.apply(parts, demo.document(secrets, url), now)
        elif registered != port:
            demo.apply(parts, {"clients": [demo.relying_party(secrets, url)]}, now)
        return Prepared(parts.settings, port, secrets, _handle(parts, tenant.id, now))


def start_programs(children: Children, prepared: Prepared, environ: Mapping[str, str]) -> None:
    """Start the server, unless it runs, and with a demo its relying party; both answer then.

    Raises:
        ChildEnded: one did not start.
    """
    settings = prepared.settings
    start_server(children, environ)
    if prepared.relying_party_port is not None and prepared.secrets is not None:
        own = {
            "ISSUER": settings.issuer,
            "CLIENT_ID": demo.WEB,
            "CLIENT_SECRET": prepared.secrets.web,
            "PORT": str(prepared.relying_party_port),
        }
        command = [sys.executable, str(shipped("examples") / "relying_party/app.py")]
        children.start(RELYING_PARTY, command, {**os.environ, **own})
        children.wait_for(RELYING_PARTY, prepared.relying_party_port, "/")
    children.wait_for(SERVER, settings.port, "/health")


def _handle(parts: Opened, tenant_id: str, now: datetime) -> str | None:
    try:
        return make_handle(parts.database, tenant_id, Author("cli:dev", now))
    except HasAdministrator:
        return None


def _migrate(parts: Opened) -> None:
    # Needed at the first start and after an update only.
    from authwell.storage import migrations

    migrations.upgrade(parts.settings.database_url)


def _relying_party_port(server_port: int, registered: int | None) -> int:
    """RP_PORT, else where it was the last time, else the next free port after the server's."""
    wished = os.environ.get("RP_PORT")
    if wished is not None:
        if not wished.isdecimal() or not 0 < int(wished) < 65_536:
            raise click.ClickException("RP_PORT must be a port number, such as 5001.")
        if not _is_free(int(wished)):
            raise click.ClickException(f"RP_PORT: port {wished} is taken; choose another one.")
        return int(wished)
    ports = list(range(server_port + 1, min(server_port + _PORTS_TO_TRY, 65_536)))
    for port in ports if registered is None else [registered, *ports]:
        if port != server_port and _is_free(port):
            return port
    raise click.ClickException("No port is free for the relying party; set RP_PORT.")


def _is_free(port: int) -> bool:
    try:
        require_free_port("127.0.0.1", port)
    except PortTaken:
        return False
    return True
