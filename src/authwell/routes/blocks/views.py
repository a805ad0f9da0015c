"""Blocks and locks: listed, set, lifted.

Guarded by permissions for the resource type `block`; shutting out an account or a client also
needs what changes these: `user:update` or `client:update`.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from authwell.identity.administration.blocks import (
    AlreadyBlocked,
    Blocking,
    InvalidNetwork,
    MayNotBlock,
    Wanted,
)
from authwell.identity.administration.shown import shown_block
from authwell.identity.configuration.problems import NotFound, SuperusersOnly
from authwell.identity.login.unlocking import unlock_address as unlock
from authwell.middleware.api.administering import acting, administering
from authwell.middleware.api.administrators import administrator, author
from authwell.middleware.api.bodies import invalid
from authwell.middleware.api.operations import Api, permission
from authwell.middleware.api.paging import read_page
from authwell.middleware.context import authorization_server, site
from authwell.middleware.errors import Problem
from authwell.protocol.events import EventType
from authwell.routes.blocks.schemas import (
    BlockSchema,
    BlocksSchema,
    LockQuerySchema,
    LocksSchema,
    NewBlockSchema,
    QuerySchema,
    UnlockSchema,
    shown_lock,
)
from authwell.storage.login.guards import page_of_locks
from authwell.storage.people.accounts import AccountRecord
from authwell.storage.tenancy.blocks import TenantBlocks, read_block

api = Api("blocks", "/blocks", prefixes=("/api/v1",))

_MISSING: Final = {404: "The tenant has no such block"}
_ALSO: Final = {"account": ("user", "update"), "client": ("client", "update")}


@api.add("GET", "", needs=permission("block", "read"), query=QuerySchema, answer=BlocksSchema)
def list_blocks(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """A page of blocks; the latest first unless asked otherwise."""
    page = read_page("blocks", query)
    found = TenantBlocks(site().database).page(_tenant_id(), page.wanted, page.filters)
    return page.answer(found, lambda row: shown_block(read_block(row)))


@api.add(
    "POST",
    "",
    needs=permission("block", "create"),
    body=NewBlockSchema,
    answer=BlockSchema,
    status=201,
    refusals={
        404: "The tenant has no such account or client",
        409: "`already_blocked`, `own_address`, `own_account`, `superuser` or `too_many_blocks`",
    },
)
def create_block(body: Mapping[str, Any]) -> Mapping[str, Any]:
    """Shut an address or network, an account or a client out; what it has ends at once."""
    also = _ALSO.get(body["kind"])
    if also is not None and not administrator().held.allows(*also):
        raise Problem(403, "forbidden", f"This needs the permission {':'.join(also)} too.")
    if body["expires_at"] is not None and body["expires_at"] <= authorization_server().now:
        raise invalid({"expires_at": ["It must be in the future."]})
    with _refusing(), administering():
        made = _blocking().set(_tenant_id(), Wanted(**body), author(), _require_over)
    authorization_server().newer()
    return shown_block(made)


@api.add(
    "GET", "/locks", needs=permission("block", "read"), query=LockQuerySchema, answer=LocksSchema
)
def list_locks(query: Mapping[str, Any]) -> Mapping[str, Any]:
    """A page of the addresses and accounts that failed attempts have locked."""
    page, server = read_page("locks", query), authorization_server()
    database = site().database
    found = page_of_locks(database, server.tenant.id, page.wanted, page.filters, server.now)
    return page.answer(found, shown_lock)


@api.add(
    "POST",
    "/locks/unlock",
    needs=permission("block", "delete"),
    body=UnlockSchema,
    refusals={404: "The address is not locked"},
)
def unlock_address(body: Mapping[str, Any]) -> None:
    """Let an address try again; accounts are unlocked by `POST /users/{id}/unlock`."""
    address = body["address"]
    event = authorization_server().event(EventType.ADDRESS_UNLOCKED, data={"address": address})
    if not unlock(site().database, replace(event, actor=administrator().id), address):
        raise Problem(404, "not_found", "The address is not locked.")


@api.add(
    "GET",
    "/<block_id>",
    needs=permission("block", "read"),
    answer=BlockSchema,
    refusals=_MISSING,
    versioned=True,
)
def show_block(block_id: str) -> Mapping[str, Any]:
    """One block."""
    found = TenantBlocks(site().database).find(_tenant_id(), block_id)
    if found is None:
        raise Problem(404, "not_found", "There is no such block.")
    return shown_block(found)


@api.add("DELETE", "/<block_id>", needs=permission("block", "delete"), refusals=_MISSING)
def delete_block(block_id: str) -> None:
    """Lift a block; what it has ended stays ended."""
    with _refusing():
        _blocking().lift(_tenant_id(), block_id, author())
    authorization_server().newer()


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except NotFound as error:
        raise Problem(404, "not_found", f"There is no such {error.kind}.") from error
    except InvalidNetwork as error:
        text = "It must be an address or a network, of /8 at least (IPv6: /19)."
        raise invalid({"value": [text]}) from error
    except AlreadyBlocked as error:
        raise Problem(409, "already_blocked", "It is blocked already.") from error
    except SuperusersOnly as error:
        raise Problem(403, "forbidden", error.reason) from error
    except MayNotBlock as error:
        raise Problem(409, error.code, error.text) from error


def _require_over(record: AccountRecord) -> None:
    acting().require_over(authorization_server(), record)


def _blocking() -> Blocking:
    here = site()
    return Blocking(here.database, here.outbox_bell.set)


def _tenant_id() -> str:
    return authorization_server().tenant.id
