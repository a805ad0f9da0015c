"""Changes of the configuration: values that were checked, ready to be written."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

from authwell.identity.configuration.problems import Problem
from authwell.storage.registry import ROOT

Kind = Literal[
    "tenant",
    "scope",
    "resource_type",
    "permission",
    "role",
    "resource",
    "client",
    "account",
    "group",
    "resource_grant",
    "webhook",
    "integration",
    "domain",
    "block",
]
Action = Literal["create", "update", "delete"]

OUTSIDE_SNAPSHOTS: Final[frozenset[Kind]] = frozenset(
    {"account", "webhook", "integration", "domain"}
)
"""Kinds that no process keeps, so that each change of one is guarded by its own row."""

_SIGNS: Mapping[Action, str] = {"create": "+", "update": "~", "delete": "-"}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is made, changed or removed.

    Attributes:
        key: what people know it by.
        members: the names of what differs; never values, which may be secret.
        values: what storage writes, by the names of its columns.
        tenant: the slug of whose it is, where a plan is about several.
        before: the members as they are, for people who look at a plan.
        after: the same as they will be; `differences` hides secrets among them.
        made: what was made for it and is told once, to whoever applies the plan.
    """

    kind: Kind
    action: Action
    key: str
    members: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict[str, Any])
    tenant: str = ROOT
    before: Mapping[str, Any] = field(default_factory=dict[str, Any])
    after: Mapping[str, Any] = field(default_factory=dict[str, Any])
    made: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)

    def __str__(self) -> str:
        """As a line of a plan."""
        what = f"{_SIGNS[self.action]} {self.kind} {self.key}"
        if self.tenant != ROOT and self.kind != "tenant":
            what += f" of {self.tenant}"
        if self.action == "update" and self.members:
            return f"{what} ({', '.join(self.members)})"
        return what


@dataclass(frozen=True, slots=True)
class Plan:
    """All changes that lead from one stamp to what was declared."""

    stamp: int
    changes: tuple[Change, ...]
    warnings: tuple[Problem, ...] = ()

    @property
    def touches_configuration(self) -> bool:
        """Whether something changes that processes keep in their snapshots."""
        return any(change.kind not in OUTSIDE_SNAPSHOTS for change in self.changes)


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, ...]:
    """The names whose values differ; missing and None are the same."""
    names = dict.fromkeys((*old, *new))
    return tuple(sorted(name for name in names if old.get(name) != new.get(name)))
