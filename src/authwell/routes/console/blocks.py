"""Blocks: what the tenant shuts out, and what failed attempts have locked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from flask import Response, request
from flask_babel import gettext
from marshmallow import Schema, fields, validate
from werkzeug.exceptions import Forbidden

from authwell.identity.administration.blocks import (
    KINDS,
    AlreadyBlocked,
    Blocking,
    InvalidNetwork,
    MayNotBlock,
    Wanted,
)
from authwell.identity.configuration.problems import NotFound, Problem, Refused, SuperusersOnly
from authwell.identity.login.unlocking import is_address_locked
from authwell.identity.login.unlocking import unlock_address as unlock
from authwell.middleware.api.administering import administering
from authwell.middleware.api.fields import text
from authwell.middleware.api.paging import PageSchema, sorted_by
from authwell.middleware.console_pages import acting, address, author, go, is_root, may, needs
from authwell.middleware.context import authorization_server, site
from authwell.middleware.notices import notify
from authwell.protocol.blocks import Kind
from authwell.protocol.events import EventType
from authwell.routes.console.blueprint import blueprint
from authwell.routes.console.pages import answered, form_page, list_page, save, show_page
from authwell.routes.console.paging import listed
from authwell.routes.console.parts import Act, Cell, Field, Table, code, fact, moment
from authwell.routes.console.reading import read_form
from authwell.routes.console.words import WORDS, words
from authwell.storage import pages
from authwell.storage.login.guards import FOREVER, page_of_locks
from authwell.storage.people.accounts import AccountRecord
from authwell.storage.statements import Row
from authwell.storage.tenancy.blocks import BlockRecord, TenantBlocks, read_block

SECTION: Final = "blocks"
HOURS: Final = ("1", "24", "168", "")
"""After which a block lifts itself; the last: it does not."""
MOST_LOCKS: Final = 50
_NAMES: Final = ("kind", "value", "reason", "hours")
_ALSO: Final = {"account": "user:update", "client": "client:update"}


class QuerySchema(PageSchema):
    """Which page of blocks."""

    sort = sorted_by("created_at", default="-created_at")


class BlockSchema(Schema):
    """A block to be set."""

    kind = fields.String(required=True, validate=validate.OneOf(KINDS))
    value = text(255, required=True)
    reason = text(200, least=0, load_default="")
    hours = fields.String(validate=validate.OneOf(HOURS), load_default=HOURS[0])


@blueprint.get("/blocks")
@needs("block:read")
def list_blocks() -> Response:
    """The blocks, the latest first."""
    kept, tenant_id = TenantBlocks(site().database), authorization_server().tenant.id
    page = listed(SECTION, QuerySchema(), lambda wanted, _only: kept.page(tenant_id, wanted, {}))
    new = Act(gettext("Block something"), address(SECTION, "new"))
    locks = Act(gettext("Locked by failed attempts"), address(SECTION, "locks"))
    return list_page(
        SECTION,
        gettext("Blocks"),
        Table(
            "blocks",
            (gettext("Blocked"), *words("type", "expires_at")),
            [_row(read_block(row)) for row in page.rows],
            more=page.more,
        ),
        links=[new if may("block:create") else None, locks],
    )


@blueprint.get("/blocks/locks")
@needs("block:read")
def list_locks() -> Response:
    """What failed attempts have locked, the longest first."""
    server = authorization_server()
    wanted = pages.Wanted("-locked_until", MOST_LOCKS)
    found = page_of_locks(site().database, server.tenant.id, wanted, {}, server.now)
    heads = words("type", "address", "user", "expires_at")
    rows = [_lock(row) for row in found.rows]
    return list_page(SECTION, gettext("Locked by failed attempts"), Table("locks", heads, rows))


@blueprint.get("/blocks/unlock/<path:locked>")
@needs("block:delete", recent=True)
def ask_to_unlock_address(locked: str) -> Response:
    """Ask first."""
    server = authorization_server()
    if not is_address_locked(site().database, server.tenant.id, locked, server.now):
        raise NotFound("address", locked)
    heading = gettext("Unlock this address?")
    return form_page(SECTION, heading, address(SECTION, "locks"), about=locked)


@blueprint.post("/blocks/unlock/<path:locked>")
@needs("block:delete", recent=True)
def unlock_address(locked: str) -> Response:
    """Let it try again."""
    event = authorization_server().event(EventType.ADDRESS_UNLOCKED, data={"address": locked})
    if not unlock(site().database, replace(event, actor=author().actor), locked):
        raise NotFound("address", locked)
    return notify(go(SECTION, "locks"), "console_done")


@blueprint.get("/blocks/new")
@needs("block:create", recent=True)
def new_block() -> Response:
    """A form for another one."""
    return _form()


@blueprint.post("/blocks/new")
@needs("block:create", recent=True)
def create_block() -> Response:
    """Shut something out."""

    def create() -> Response:
        given = read_form(BlockSchema(), _typed())
        also = _ALSO.get(given["kind"])
        if also is not None and not may(also):
            raise Forbidden(f"This needs the permission {also}.")
        hours = given.pop("hours")
        until = author().now + timedelta(hours=int(hours)) if hours else None
        with _refusing(), administering():
            made = _blocking().set(
                authorization_server().tenant.id,
                Wanted(**given, expires_at=until),
                author(),
                _require_over,
            )
        authorization_server().newer()
        return notify(go(SECTION, made.id), "console_saved")

    return answered(create, _form)


@blueprint.get("/blocks/<block_id>")
@needs("block:read")
def show_block(block_id: str) -> Response:
    """One of them."""
    found = _found(block_id)
    lift = Act(gettext("Lift"), address(SECTION, found.id, "lift"))
    return show_page(
        SECTION,
        found.value,
        [
            fact(WORDS["type"], Cell(_kinds()[found.kind])),
            fact(gettext("Reason"), Cell(found.reason)),
            fact(gettext("Set by"), code(found.created_by)),
            fact(WORDS["created_at"], moment(found.created_at)),
            fact(WORDS["expires_at"], _until(found.expires_at)),
        ],
        links=[lift if may("block:delete") else None],
    )


@blueprint.get("/blocks/<block_id>/lift")
@needs("block:delete", recent=True)
def ask_to_lift_block(block_id: str) -> Response:
    """Ask first."""
    found = _found(block_id)
    back = address(SECTION, found.id)
    return form_page(
        SECTION, gettext("Lift this block?"), back, label=gettext("Lift"), about=found.value
    )


@blueprint.post("/blocks/<block_id>/lift")
@needs("block:delete", recent=True)
def lift_block(block_id: str) -> Response:
    """Let it in again."""
    _blocking().lift(authorization_server().tenant.id, _found(block_id).id, author())
    authorization_server().newer()
    return notify(go(SECTION), "console_done")


@contextmanager
def _refusing() -> Iterator[None]:
    """What the service refuses, as the console's forms show it."""
    try:
        yield
    except InvalidNetwork as error:
        told = gettext("This is no address and no network, or one that is too wide.")
        raise Refused([Problem("value", told)]) from error
    except AlreadyBlocked as error:
        raise Refused([Problem("value", gettext("It is blocked already."))]) from error
    except NotFound as error:
        raise Refused([Problem("value", gettext("There is nothing of this name."))]) from error
    except (MayNotBlock, SuperusersOnly) as error:
        raise Refused([Problem("value", gettext("You may not block this."))]) from error


def _blocking() -> Blocking:
    here = site()
    return Blocking(here.database, here.outbox_bell.set)


def _require_over(record: AccountRecord) -> None:
    acting().require_over(authorization_server(), record)


def _found(block_id: str) -> BlockRecord:
    found = TenantBlocks(site().database).find(authorization_server().tenant.id, block_id)
    if found is None:
        raise NotFound("block", block_id)
    return found


def _kinds() -> dict[Kind, Any]:
    return {
        "address": gettext("An address or network"),
        "account": WORDS["user"],
        "client": WORDS["client"],
    }


def _until(at: datetime | None) -> Cell:
    return moment(at) if at is not None else Cell(gettext("Until it is lifted"))


def _row(record: BlockRecord) -> tuple[Cell, ...]:
    name = Cell(record.value, href=address(SECTION, record.id))
    return (name, Cell(_kinds()[record.kind]), _until(record.expires_at))


def _lock(row: Row) -> tuple[Cell, ...]:
    what, _, rest = row.subject.partition("/")
    is_address = row.account_id is None
    where = Cell(rest, href=address(SECTION, "unlock", rest)) if is_address else Cell()
    user = (
        Cell() if is_address else Cell(row.account_id[-12:], href=address("users", row.account_id))
    )
    until = row.locked_until if row.locked_until < FOREVER else None
    return (Cell(what), where, user, _until(until))


def _typed() -> dict[str, str]:
    return {name: request.form.get(name, "").strip() for name in _NAMES}


def _form(refused: Refused | None = None) -> Response:
    typed = _typed()
    kinds = [(str(name), label) for name, label in _kinds().items()]
    hours = [
        (each, gettext("%(number)s hours", number=each) if each else gettext("Until it is lifted"))
        for each in HOURS
    ]
    asked = [
        Field("kind", WORDS["type"], "choice", choices=kinds, chosen=[typed["kind"]]),
        Field(
            "value",
            gettext("Blocked"),
            value=typed["value"],
            required=True,
            help=gettext("The address or network, the id of the account, or the client_id."),
        ),
        Field("reason", gettext("Reason"), value=typed["reason"]),
        Field("hours", WORDS["expires_at"], "choice", choices=hours, chosen=[typed["hours"]]),
    ]
    heading, back = gettext("Block something"), address(SECTION)
    reach = gettext("Addresses that are blocked here are blocked for all tenants of this server.")
    about = reach if is_root() else None
    return form_page(SECTION, heading, back, asked, label=save(), about=about, refused=refused)
