"""What a change does to the members of a thing, old and new; secrets are never shown."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from authwell.identity.configuration.changes import Change

HIDDEN: Final = "(hidden)"
SECRET_MEMBERS: Final = frozenset(
    {
        *("client_secret", "client_secret_digests", "password", "password_hash"),
        *("secret", "api_key", "kept_secrets"),
    }
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One member; None stands for what is not there."""

    member: str
    old: Any
    new: Any


def differences(change: Change) -> tuple[Difference, ...]:
    """The members that a change gives other values, by name; none of what is deleted."""
    if change.action == "delete":
        return ()
    names = change.members if change.action == "update" else tuple(change.after)
    found: list[Difference] = []
    for name in sorted(names):
        found.extend(_of_member(name, change.before.get(name), change.after.get(name)))
    return tuple(found)


def _of_member(name: str, old: Any, new: Any) -> Iterator[Difference]:
    """A mapping is told member by member; what is empty before and after is not told."""
    if name.rpartition(".")[2] in SECRET_MEMBERS:
        yield Difference(name, HIDDEN, HIDDEN)
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for inner in sorted({*old, *new}):
            yield from _of_member(f"{name}.{inner}", old.get(inner), new.get(inner))
    elif old != new and (old or new):
        yield Difference(name, old, new)
