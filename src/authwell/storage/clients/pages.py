"""Pages of a tenant's clients, without their secrets."""

from typing import Any

from sqlalchemy import String, bindparam, func

from authwell.models.clients import clients
from authwell.protocol.clients.built_in import CLIENT_ID as BUILT_IN
from authwell.storage.configuration.rows import ClientRecord, client_record
from authwell.storage.configuration.statements import CLIENTS
from authwell.storage.pages import Pages
from authwell.storage.statements import Row

_PREFIX: Any = bindparam("q", type_=String())

PAGES = Pages(
    CLIENTS.where(clients.c.tenant_id == bindparam("tenant_id"), clients.c.client_id != BUILT_IN),
    {"client_id": (clients.c.client_id,)},
    {
        "status": clients.c.status == bindparam("status"),
        "q": func.substr(clients.c.client_id, 1, func.length(_PREFIX)) == _PREFIX,
    },
)


def client_of(row: Row) -> ClientRecord:
    """A row of a page as a value."""
    return client_record(row, [])
