"""Members of a tenant's policy that hold mappings: read strictly, and refused by where they stand."""

from collections.abc import Mapping
from typing import Any

from authwell.protocol.policy import InvalidPolicy


def mapping_at(member: str, value: object, path: str, names: tuple[str, ...]) -> Mapping[str, Any]:
    """A mapping within a member of the policy.

    Raises:
        InvalidPolicy: it is none, or has other members than those named.
    """
    if not isinstance(value, dict):
        raise wrong_at(member, path, "must be a mapping")
    unknown = sorted(str(name) for name in value if name not in names)
    if unknown:
        known = ", ".join(names)
        raise wrong_at(member, path, f"unknown member {unknown[0]!r}; there are {known}")
    return value


def wrong_at(member: str, path: str, problem: str) -> InvalidPolicy:
    """What is wrong at a path within a member of the policy; no path is the member itself."""
    place = f" {path}:" if path else ""
    return InvalidPolicy(f"policy.{member}:{place} {problem}")
