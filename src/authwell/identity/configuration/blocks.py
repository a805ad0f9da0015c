"""Blocks of a document: what is shut out, known by kind and value; accounts by their user names.

A new one is set as the API sets it (REQUIREMENTS.md L10), with all that ends by it. One that is
there may get another reason or end, and stays if it is not declared: a file lifts nothing.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from authwell.identity.administration.blocks import (
    HAS_ADMIN,
    KINDS,
    MOST,
    AlreadyBlocked,
    MayNotBlock,
    Wanted,
    set_anew,
    set_block,
)
from authwell.identity.configuration import members
from authwell.identity.configuration.accounts import AccountEntry
from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.changes import Change, differing
from authwell.identity.configuration.connections.means import Planning
from authwell.identity.configuration.entry import Entry
from authwell.identity.configuration.problems import Findings, NotFound, Problem, Refused, join
from authwell.identity.configuration.state import State
from authwell.identity.people.names import canonical_username
from authwell.protocol.access import ADMIN
from authwell.protocol.blocks import read_network
from authwell.protocol.clients.built_in import CLIENT_ID as BUILT_IN
from authwell.protocol.clients.readers import InvalidClientMetadata, one_of
from authwell.storage.access.held import read_held
from authwell.storage.access.members import account_named
from authwell.storage.database import Transaction
from authwell.storage.errors import Conflict
from authwell.storage.people.accounts import AccountRecord
from authwell.storage.tenancy.blocks import BlockRecord

LONGEST: Final = 255
LONGEST_REASON: Final = 200
_UNFIT: Final = re.compile("[\0\ud800-\udfff]")
_NEW: Final[Mapping[str, Any]] = {"reason": "", "expires_at": None}


def _value(member: str, value: Any) -> str:
    if not isinstance(value, str) or not value.isprintable() or not 1 <= len(value) <= LONGEST:
        raise InvalidClientMetadata(member, f"must be a line of 1 to {LONGEST} characters")
    return value


def _reason(member: str, value: Any) -> str:
    """Whatever can be kept, because an operator may have typed it."""
    is_text = isinstance(value, str) and _UNFIT.search(value) is None
    if not is_text or len(value) > LONGEST_REASON:
        raise InvalidClientMetadata(member, f"must be text of at most {LONGEST_REASON} characters")
    return str(value)


TABLE: Final[members.Table] = {
    "kind": one_of(*KINDS),
    "value": _value,
    "reason": _reason,
    "expires_at": members.moment,
}


@dataclass(frozen=True, slots=True)
class Known:
    """What a document may speak of: what there is, and what it makes itself.

    Attributes:
        accounts: those that are declared, by canonical user name.
        clients: those that are declared, by `client_id`.
    """

    state: State
    accounts: Mapping[str, AccountEntry]
    clients: Collection[str]

    def account(self, name: str) -> AccountRecord | None:
        """The account of that canonical user name that is there already."""
        found = self.state.people.find_by_name(name)
        is_it = found is not None and found.username_canonical == name
        return found if is_it and found is not None and found.status != "deleted" else None

    def has_client(self, client_id: str) -> bool:
        """Whether there is or will be such a client; the built-in one is no part of files."""
        is_there = client_id in self.clients or self.state.clients.find(client_id) is not None
        return is_there and client_id != BUILT_IN


def read(entry: Mapping[str, Any], path: str, findings: Findings) -> Entry | None:
    """An entry; None if it is not even clear what it shuts out."""
    values = members.read(entry, TABLE, path, findings)
    found = [members.require(values, entry, name, path, findings) for name in ("kind", "value")]
    if not all(found) or findings.has_below(path):
        return None
    return Entry(path, f"{values['kind']} {values['value']}", values)


def plan(entries: Iterable[Entry], known: Known, planning: Planning) -> list[Change]:
    """What sets the blocks that are declared and not set yet, and gives others reason and end."""
    wanted = list(entries)
    if not wanted:
        return []
    stored = {(record.kind, record.value): record for record in known.state.blocks}
    changes = dict[tuple[str, str], Change | None]()
    for entry in wanted:
        kind, value = entry.values["kind"], _found(entry, known, planning)
        if value is None:
            continue
        if (kind, value) in changes:
            planning.refuse(entry.path, {"value": "is blocked by another entry already"})
        changes[kind, value] = _plan_one(entry, value, stored.get((kind, value)), known, planning)
    return planning.within("blocks", changes.values(), len(stored), MOST)


def write(transaction: Transaction, tenant_id: str, change: Change, author: Author) -> None:
    """Set a block or change it, with its event.

    Raises:
        Conflict: what it is about is gone, or was blocked meanwhile.
        Refused: it would shut out whom it must not.
        SuperusersOnly: as `set_block`.
    """
    if change.action == "update":
        if not set_anew(transaction, change.values["record"], author):
            raise Conflict("blocks")
        return
    wanted: Wanted = change.values["wanted"]
    if wanted.kind == "account":
        found = account_named(transaction, tenant_id, change.values["name"])
        wanted = replace(wanted, value=found or "")
    try:
        set_block(transaction, tenant_id, wanted, author)
    except (AlreadyBlocked, NotFound) as error:
        raise Conflict("blocks") from error
    except MayNotBlock as error:
        raise Refused([Problem(change.values["path"], error.text)]) from error


def exported(state: State, now: datetime) -> list[dict[str, Any]]:
    """The section of a document, without what has ended and what is about nobody any more."""
    return sorted(_entries(state, now), key=lambda one: (one["kind"], one["value"]))


def _entries(state: State, now: datetime) -> Iterator[dict[str, Any]]:
    for record in state.blocks:
        until = record.expires_at
        value = _name(state, record)
        if value is None or (until is not None and until <= now):
            continue
        ends = {"expires_at": until.isoformat()} if until is not None else {}
        yield {"kind": record.kind, "value": value, "reason": record.reason, **ends}


def _name(state: State, record: BlockRecord) -> str | None:
    if record.kind == "account":
        account = state.people.find(record.value)
        return None if account is None or account.status == "deleted" else account.username
    if record.kind == "client" and state.clients.find(record.value) is None:
        return None
    return record.value


def _found(entry: Entry, known: Known, planning: Planning) -> str | None:
    """What the block is kept by; of an account that the document makes, its user name."""
    kind, value = entry.values["kind"], entry.values["value"]
    if kind == "address":
        try:
            return read_network(value)
        except ValueError:
            text = "must be an address or a network, of /8 at least (IPv6: /19)"
            planning.refuse(entry.path, {"value": text})
            return None
    if kind == "client" and known.has_client(value):
        return str(value)
    if kind == "account":
        name = canonical_username(value)
        account = known.account(name)
        if account is not None or name in known.accounts:
            return account.id if account is not None else name
    planning.refuse(entry.path, {"value": f"there is no {kind} {value!r}"})
    return None


def _plan_one(
    entry: Entry, value: str, stored: BlockRecord | None, known: Known, planning: Planning
) -> Change | None:
    before = _NEW if stored is None else _members(stored)
    after = {name: entry.values.get(name, before[name]) for name in _NEW}
    until = entry.values.get("expires_at")
    if until is not None and until <= planning.now:
        planning.findings.warn(join(entry.path, "expires_at"), "has passed: this blocks nothing")
        return None
    if stored is None:
        return _creation(entry, value, after, known, planning)
    changed = differing(before, after)
    if not changed:
        return None
    values = {"record": replace(stored, **after)}
    old, new = _shown(before), _shown(after)
    return Change("block", "update", _key(entry, value), changed, values, before=old, after=new)


def _creation(
    entry: Entry, value: str, after: Mapping[str, Any], known: Known, planning: Planning
) -> Change | None:
    kind, name, path = entry.values["kind"], canonical_username(entry.values["value"]), entry.path
    if kind == "account" and _is_superuser(name, value, known):
        planning.refuse(path, {"value": HAS_ADMIN})
        return None
    wanted = Wanted(kind, value, after["reason"], after["expires_at"])
    values = {"wanted": wanted, "name": name, "path": join(path, "value")}
    return Change("block", "create", _key(entry, value), values=values, after=_shown(after))


def _key(entry: Entry, value: str) -> str:
    """By which people know it: a network as it is kept, an account by its name."""
    return f"address {value}" if entry.values["kind"] == "address" else entry.key


def _is_superuser(name: str, account_id: str, known: Known) -> bool:
    """Whether an account holds `admin`, by what the document says of it or else by what there is.

    What comes by groups of the same document is seen when the block is written.
    """
    declared = known.accounts.get(name)
    if declared is not None and "roles" in declared.values:
        return ADMIN in declared.values["roles"]
    return read_held(known.state.database, known.state.tenant.id, account_id).is_superuser


def _members(record: BlockRecord) -> dict[str, Any]:
    return {"reason": record.reason, "expires_at": record.expires_at}


def _shown(values: Mapping[str, Any]) -> dict[str, Any]:
    until: datetime | None = values["expires_at"]
    return {**values, "expires_at": until.isoformat() if until is not None else None}
