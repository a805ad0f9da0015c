"""Accounts of a configuration: what it declares of people, and nothing else of them.

Left out members stay as they are, because people change their own accounts. The password
policy is not run here: whoever writes the configuration answers for its passwords.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authwell.identity.configuration import members
from authwell.identity.configuration.problems import Findings, did_you_mean, join
from authwell.identity.configuration.references import References
from authwell.identity.passwords import hashing
from authwell.identity.passwords.formats.foreign import import_hash
from authwell.identity.people import names
from authwell.protocol import languages, person
from authwell.protocol.claims import STANDARD_CLAIMS
from authwell.protocol.clients.readers import InvalidClientMetadata, flag, one_of
from authwell.utils.randomness import id_time

COLUMN_CLAIMS: Mapping[str, str] = {
    "name": "full_name",
    "preferred_username": "username",
    "email": "email",
    "email_verified": "email_verified",
    "updated_at": "the time of the last change",
}
"""Claims that are made from members of the account."""

FREE_CLAIMS = frozenset(STANDARD_CLAIMS) - COLUMN_CLAIMS.keys()


def _username(member: str, value: Any) -> str:
    name = members.line(member, value)
    canonical = names.canonical_username(name)
    if not canonical or len(canonical) > members.MAX_NAME:
        raise InvalidClientMetadata(member, "has no letters, or too many")
    if canonical.count("@") > 1:
        raise InvalidClientMetadata(member, "has more than one @")
    return name


def _email(member: str, value: Any) -> str:
    if (
        not isinstance(value, str)
        or len(value) > 320
        or not value.isprintable()
        or names.canonical_email(value) is None
    ):
        raise InvalidClientMetadata(member, "must be an e-mail address")
    return value.strip()


def _id(member: str, value: Any) -> str:
    if not isinstance(value, str) or id_time(value) is None:
        raise InvalidClientMetadata(member, "must be a UUID of version 7, as export writes it")
    return value


def _hash(member: str, value: Any) -> str:
    kept = import_hash(value)
    if kept is None:
        raise InvalidClientMetadata(
            member,
            "must be a hash of Argon2, bcrypt, PBKDF2 or scrypt, with a cost that a login can bear",
        )
    return kept


def _claims(member: str, value: Any) -> dict[str, Any]:
    found = members.mapping(member, value)
    for name, claim in found.items():
        if name in COLUMN_CLAIMS:
            raise InvalidClientMetadata(
                member, f"{name} comes from the account: {COLUMN_CLAIMS[name]}"
            )
        if languages.base(name) not in STANDARD_CLAIMS:
            hint = did_you_mean(name, FREE_CLAIMS)
            raise InvalidClientMetadata(member, f"{name} is not a standard claim{hint}")
        if not person.fits(name, claim):
            raise InvalidClientMetadata(member, f"{name} {_wanted(name)}")
    return found


def _wanted(name: str) -> str:
    """What the value of a claim must be."""
    plain, tagged, _ = name.partition("#")
    if tagged and plain not in person.TRANSLATABLE:
        return "has no languages"
    return _WANTED.get(plain, "has the wrong type: it must be text") + (
        ", and the language like #ja-Kana-JP" if tagged else ""
    )


_PAGE = "must be an http or https URL"
_WANTED: Mapping[str, str] = {
    **dict.fromkeys(("profile", "picture", "website"), _PAGE),
    "birthdate": "must be YYYY-MM-DD or YYYY (0000 for a year that is not told)",
    "zoneinfo": "must be a time zone like Europe/Paris",
    "locale": "must be a language like en-GB",
    "phone_number_verified": "has the wrong type: it must be true or false",
    "address": f"must have texts for some of {', '.join(sorted(person.ADDRESS_MEMBERS))}",
}


TABLE: members.Table = {
    "id": _id,
    "username": _username,
    "email": _email,
    "email_verified": flag,
    "password": lambda _, value: value,
    "password_hash": _hash,
    "full_name": members.line,
    "roles": members.sorted_texts,
    "claims": _claims,
    "status": one_of("active", "disabled"),
}

COLUMNS = ("username", "email", "email_verified", "full_name", "roles", "claims", "status")
"""Members that are columns; the rest is looked at on its own."""


@dataclass(frozen=True, slots=True)
class AccountEntry:
    """One account, as far as it is declared."""

    path: str
    username: str
    values: Mapping[str, Any]
    """Declared members of `COLUMNS`."""
    id: str | None = None
    password: str | None = None
    password_hash: str | None = None

    @property
    def canonical(self) -> str:
        """What the user name is compared by."""
        return names.canonical_username(self.username)

    @property
    def canonical_email(self) -> str | None:
        """What the e-mail address is compared by, if one is declared."""
        email = self.values.get("email")
        return names.canonical_email(email) if email is not None else None


def read(
    entry: Mapping[str, Any], path: str, references: References, findings: Findings
) -> AccountEntry | None:
    """One entry; None if it is not even clear which account it is about."""
    values = members.read(entry, TABLE, path, findings)
    if not members.require(values, entry, "username", path, findings):
        return None
    password = _password(entry, path, references, findings)
    if password is not None and "password_hash" in values:
        findings.refuse(join(path, "password_hash"), "stands beside password; give one of them")
    return AccountEntry(
        path=path,
        username=values["username"],
        values={name: values[name] for name in COLUMNS if name in values},
        id=values.get("id"),
        password=password,
        password_hash=values.get("password_hash"),
    )


def check_password(password: str) -> str | None:
    """Why a password cannot be kept; None if it can."""
    if not password.strip():
        return "is empty"
    if len(password) > hashing.MAX_LENGTH:
        return f"has more than {hashing.MAX_LENGTH} characters"
    return None


def _password(
    entry: Mapping[str, Any], path: str, references: References, findings: Findings
) -> str | None:
    value = entry.get("password")
    if value is None:
        return None
    place = join(path, "password")
    password = references.secret(value, place, findings)
    if password is None:
        return None
    problem = check_password(password)
    if problem is not None:
        findings.refuse(place, problem)
        return None
    return password
