"""What administrators write of an account: read, checked, and laid over what it has."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from authwell.identity.people.desk import AccountDesk
from authwell.identity.people.email_addresses import InvalidEmail, read_email
from authwell.identity.people.profiles import Changes, changed_profile, faults_of
from authwell.protocol.server import AuthorizationServer
from authwell.storage.access.reading import list_roles
from authwell.storage.people.accounts import AccountRecord
from authwell.utils.randomness import new_id

UNKNOWN_ROLE: Final = "unknown_role"


class InvalidEntry(ValueError):
    """Nothing was written.

    Attributes:
        faults: by member, what is wrong with it: those of `profiles`, and `unknown_role`.
    """

    def __init__(self, faults: Mapping[str, str]) -> None:
        """Name them."""
        super().__init__(", ".join(faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Entry:
    """What is to become of an account; None leaves a member as it is.

    Attributes:
        email: a blank one removes it; another one is not verified unless that is said.
        roles: all of them anew.
    """

    profile: Changes = field(default_factory=Changes)
    email: str | None = None
    email_verified: bool | None = None
    roles: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class NewUser:
    """An account that shall be; without a password its person is asked for one by mail."""

    entry: Entry
    password: str | None = field(default=None, repr=False)


def blank(server: AuthorizationServer) -> AccountRecord:
    """An account before anything is known of it."""
    return AccountRecord(
        id=new_id(server.now),
        tenant_id=server.tenant.id,
        username="",
        username_canonical="",
        created_at=server.now,
        updated_at=server.now,
    )


def with_entry(
    desk: AccountDesk, server: AuthorizationServer, record: AccountRecord, entry: Entry
) -> AccountRecord:
    """The account as it shall be; nothing is written.

    Raises:
        InvalidEntry: every member that does not fit.
    """
    faults: dict[str, str] = {}
    try:
        addressed = _addressed(desk, record, entry)
    except InvalidEmail:
        addressed, faults["email"] = record, "email"
    profile = entry.profile
    if not record.username and profile.username is None and addressed.email is not None:
        profile = replace(profile, username=addressed.email)
    faults |= faults_of(addressed, profile)
    if not record.username and not (profile.username or "").strip():
        faults.setdefault("username", "required")
    roles = record.roles if entry.roles is None else sorted(entry.roles)
    if {*roles} - {*record.roles} - known_roles(desk, server):
        faults["roles"] = UNKNOWN_ROLE
    if faults:
        raise InvalidEntry(faults)
    return replace(changed_profile(addressed, profile), roles=roles)


def known_roles(desk: AccountDesk, server: AuthorizationServer) -> frozenset[str]:
    """The roles of the tenant."""
    return frozenset(role.name for role in list_roles(desk.database, server.tenant.id))


def _addressed(desk: AccountDesk, record: AccountRecord, entry: Entry) -> AccountRecord:
    """With another address, which nobody has proven yet, unless the administrator vouches."""
    changed = record
    if entry.email is not None and not entry.email.strip():
        changed = replace(record, email=None, email_canonical=None, email_verified=False)
    elif entry.email is not None and entry.email.strip() != record.email:
        found = read_email(entry.email, is_development=desk.settings.is_development)
        is_same = found.canonical == record.email_canonical
        changed = replace(
            record,
            email=found.text,
            email_canonical=found.canonical,
            email_verified=record.email_verified and is_same,
        )
    if entry.email_verified is not None and changed.email is not None:
        changed = replace(changed, email_verified=entry.email_verified)
    return changed
