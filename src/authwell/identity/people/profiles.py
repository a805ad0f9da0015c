"""What a person says of themselves: names, language, picture (OpenID Connect Core section 5.1).

Whatever stands here is shown to clients and on pages, so control characters and characters that
turn the direction of a line are refused (THREATS.md BR-04), and nothing else than the members of
`Changes` can be changed (AU-14).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from authwell.identity.people.names import canonical_username
from authwell.protocol import person
from authwell.protocol.events import EventType
from authwell.protocol.server import AuthorizationServer
from authwell.storage.database import Database
from authwell.storage.errors import Conflict
from authwell.storage.people.accounts import AccountRecord, Accounts
from authwell.storage.people.profiles import write_profile
from authwell.storage.people.reserved_names import is_reserved

LONGEST_NAME: Final = 255
LONGEST_URI: Final = 2048
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}", re.ASCII)
_TRIES = 3

Fault = Literal["required", "too_long", "characters", "address_of_another", "taken", "invalid"]


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to become of a profile; None leaves a member as it is, a blank text removes it."""

    username: str | None = None
    full_name: str | None = None
    given_name: str | None = None
    family_name: str | None = None
    locale: str | None = None
    """The language of pages and mails (RFC 5646)."""
    picture: str | None = None
    """An https URL; nothing is uploaded here."""
    claims: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """More of `OTHER_CLAIMS`; None removes one."""


@dataclass(frozen=True, slots=True)
class InvalidProfile:
    """Nothing was changed; what is wrong with which member."""

    faults: Mapping[str, Fault]


_CLAIMS: Final = ("given_name", "family_name", "picture")
OTHER_CLAIMS: Final = (
    *("middle_name", "nickname", "profile", "website"),
    *("gender", "birthdate", "zoneinfo", "address"),
)
"""What people say of themselves beside that. A telephone number is not among them, because
another claim says whether it was verified."""


class Profiles:
    """Reads and changes profiles."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database
        self._accounts = Accounts(database)

    def find(self, server: AuthorizationServer, account_id: str) -> AccountRecord | None:
        """The whole account."""
        return self._accounts.find(server.tenant.id, account_id)

    def change(
        self, server: AuthorizationServer, account_id: str, changes: Changes
    ) -> AccountRecord | InvalidProfile | None:
        """The account as it is then; None if it is gone, or changed all the time."""
        for _ in range(_TRIES):
            record = self.find(server, account_id)
            if record is None:
                return None
            faults = faults_of(record, changes)
            if faults:
                return InvalidProfile(faults)
            changed = changed_profile(record, changes)
            if changed == record:
                return record
            try:
                if self._write(server, record, changed):
                    return replace(changed, updated_at=server.now)
            except Conflict:
                return InvalidProfile({"username": "taken"})
        return None

    def _write(
        self, server: AuthorizationServer, record: AccountRecord, changed: AccountRecord
    ) -> bool:
        is_renamed = changed.username_canonical != record.username_canonical
        if is_renamed and is_reserved(self._database, changed, server.now):
            raise Conflict("username_canonical")
        values = {
            "username": changed.username,
            "username_canonical": changed.username_canonical,
            "full_name": changed.full_name,
            "locale": changed.locale,
            "claims": dict(changed.claims),
        }
        event = server.event(
            EventType.ACCOUNT_UPDATED,
            account=record.account,
            data={"members": _names(record, changed)},
        )
        return write_profile(self._database, record.updated_at, values, event)


def values_of(record: AccountRecord) -> dict[str, str]:
    """Each member of `Changes` as it is now; blank where there is nothing."""
    claims = {name: str(record.claims.get(name) or "") for name in _CLAIMS}
    own = {name: getattr(record, name) or "" for name in ("username", "full_name", "locale")}
    return own | claims


def faults_of(record: AccountRecord, changes: Changes) -> dict[str, Fault]:
    """What is wrong with what differs; what stood there before stays allowed."""
    before = values_of(record)
    found: dict[str, Fault] = {}
    for member in fields(changes):
        value = getattr(changes, member.name)
        if member.name == "claims" or value is None or value == before[member.name]:
            continue
        fault = _fault(member.name, value.strip(), record)
        if fault is not None:
            found[member.name] = fault
    return found | {name: "invalid" for name in changes.claims if not _fits(name, changes)}


def _fits(name: str, changes: Changes) -> bool:
    value = changes.claims[name]
    if name not in OTHER_CLAIMS:
        return False
    texts = value.values() if isinstance(value, dict) else (value,)
    is_clean = not any(_UNSEEN.search(text) for text in texts if isinstance(text, str))
    return value is None or (is_clean and person.fits(name, value))


def _fault(name: str, value: str, record: AccountRecord) -> Fault | None:
    if _UNSEEN.search(value):
        return "characters"
    if len(value) > (LONGEST_URI if name == "picture" else LONGEST_NAME):
        return "too_long"
    if name == "username":
        return _fault_of_username(value, record)
    if name == "locale" and value and not _LANGUAGE.fullmatch(value):
        return "invalid"
    if name == "picture" and value and not _is_picture(value):
        return "invalid"
    return None


def _fault_of_username(value: str, record: AccountRecord) -> Fault | None:
    canonical = canonical_username(value)
    if not canonical:
        return "required"
    if len(canonical) > LONGEST_NAME:
        return "too_long"
    # A name wins over an address at login: nobody may be called by another person's.
    if "@" in canonical and canonical != record.email_canonical:
        return "address_of_another"
    return None


def _is_picture(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme == "https" and bool(parts.hostname) and parts.username is None
    except ValueError:
        return False


def changed_profile(record: AccountRecord, changes: Changes) -> AccountRecord:
    """The account with the changes, which have no faults; nothing is written."""
    new: dict[str, Any] = {
        name: text.strip() or None
        for name in ("username", "full_name", "locale")
        if (text := getattr(changes, name)) is not None
    }
    if "username" in new:
        new["username_canonical"] = canonical_username(new["username"])
    claims = dict(record.claims)
    for name in _CLAIMS:
        text = getattr(changes, name)
        if text is not None and text.strip() != (claims.get(name) or ""):
            claims[name] = text.strip()
            if not claims[name]:
                del claims[name]
    for name, value in changes.claims.items():
        claims[name] = value
        if value is None:
            del claims[name]
    return replace(record, **new, claims=claims)


def _names(record: AccountRecord, changed: AccountRecord) -> list[str]:
    before, after = values_of(record), values_of(changed)
    names = {name for name in after if after[name] != before[name]}
    for name in OTHER_CLAIMS:
        if record.claims.get(name) != changed.claims.get(name):
            names.add(name)
    return sorted(names)
