"""Planning accounts: who they are, that nobody else has their names, and their passwords."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from authwell.identity.configuration.accounts import AccountEntry
from authwell.identity.configuration.changes import Change
from authwell.identity.configuration.problems import Findings, did_you_mean, join
from authwell.identity.configuration.state import StoredPeople
from authwell.identity.passwords.hashing import Passwords
from authwell.identity.people import names
from authwell.storage.people.accounts import AccountRecord


@dataclass(frozen=True, slots=True)
class PeopleRules:
    """How passwords are kept, and what people's own ones must be like."""

    passwords: Passwords
    weakness: Callable[[str], str | None]
    """Why the password policy would refuse a password; None if it would not."""


def plan_account(
    entry: AccountEntry,
    people: StoredPeople,
    roles: frozenset[str],
    rules: PeopleRules,
    findings: Findings,
) -> Change | None:
    """What makes the stored account as declared; None if it is, or was refused.

    The change has the new password in the clear under `password`: it is hashed only when the
    plan is carried out.
    """
    known = _find(entry, people, findings)
    _check_names(entry, known, people, findings)
    _check_roles(entry, roles, findings)
    if findings.has_below(entry.path):
        return None
    change = _creation(entry) if known is None else _update(entry, known, people, rules.passwords)
    password = change.values.get("password") if change is not None else None
    weakness = rules.weakness(password) if password is not None else None
    if weakness is not None:
        findings.warn(join(entry.path, "password"), f"is taken, but {weakness}")
    return change


def _find(entry: AccountEntry, people: StoredPeople, findings: Findings) -> AccountRecord | None:
    named = people.find_by_name(entry.canonical)
    if named is not None and named.username_canonical != entry.canonical:
        # A login takes either name, so a user name is never another's e-mail address.
        named = None
    if entry.id is None:
        return named
    if named is not None and named.id != entry.id:
        findings.refuse(
            join(entry.path, "id"),
            "another account has this user name; an id cannot be changed, because clients know "
            "the person by it",
        )
    return people.find(entry.id)


def _check_names(
    entry: AccountEntry, known: AccountRecord | None, people: StoredPeople, findings: Findings
) -> None:
    own_id = known.id if known is not None else None
    for member, canonical in (("username", entry.canonical), ("email", entry.canonical_email)):
        owner = people.find_by_name(canonical) if canonical is not None else None
        if owner is not None and owner.id != own_id:
            findings.refuse(join(entry.path, member), "belongs to another account")


def _check_roles(entry: AccountEntry, roles: frozenset[str], findings: Findings) -> None:
    for role in entry.values.get("roles", ()):
        if role not in roles:
            findings.refuse(
                join(entry.path, "roles"),
                f"there is no role {role!r}{did_you_mean(role, roles)}",
            )


def _creation(entry: AccountEntry) -> Change:
    defaults: dict[str, Any] = {
        "email": None,
        "email_verified": False,
        "full_name": None,
        "roles": [],
        "claims": {},
        "status": "active",
    }
    values = {**defaults, **entry.values, **_canonical(entry.values), "id": entry.id}
    after = {**defaults, **entry.values}
    made = Change("account", "create", entry.username, values=values | _password(entry))
    return replace(made, after=after)


def _update(
    entry: AccountEntry, known: AccountRecord, people: StoredPeople, passwords: Passwords
) -> Change | None:
    stored = stored_values(known)
    new = {name: value for name, value in entry.values.items() if stored[name] != value}
    if "email" in new and "email_verified" not in entry.values:
        # Whoever proved the old address has not proved the new one.
        new["email_verified"] = False
    secret = _new_password(entry, people.password_hash(known.id), passwords)
    changed = (*sorted(new), *(("password",) if secret else ()))
    if not changed:
        return None
    values = {**new, **_canonical(new), **secret, "id": known.id}
    return Change("account", "update", known.username, changed, values, before=stored, after=new)


def stored_values(known: AccountRecord) -> dict[str, Any]:
    """A stored account by the names of its members."""
    return {
        "username": known.username,
        "email": known.email,
        "email_verified": known.email_verified,
        "full_name": known.full_name,
        "roles": sorted(known.roles),
        "claims": dict(known.claims),
        "status": known.status,
    }


def _canonical(values: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if "username" in values:
        found["username_canonical"] = names.canonical_username(values["username"])
    if "email" in values:
        email = values["email"]
        found["email_canonical"] = names.canonical_email(email) if email else None
    return found


def _new_password(entry: AccountEntry, kept: str | None, passwords: Passwords) -> dict[str, str]:
    if entry.password_hash is not None and entry.password_hash == kept:
        return {}
    if entry.password is not None and kept and passwords.matches(entry.password, kept):
        return {}
    return _password(entry)


def _password(entry: AccountEntry) -> dict[str, str]:
    if entry.password is not None:
        return {"password": entry.password}
    if entry.password_hash is not None:
        return {"password_hash": entry.password_hash}
    return {}
