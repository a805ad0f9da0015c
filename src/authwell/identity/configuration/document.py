"""The text of a configuration, YAML or JSON, as plain values (DESIGN.md section 6)."""

import json
import re
from collections.abc import Hashable, Mapping
from typing import Any

import yaml

from authwell.identity.configuration.problems import Findings, Problem, Refused

SECTIONS = (
    "tenants",
    "scopes",
    "resource_types",
    "permissions",
    "roles",
    "resources",
    "clients",
    "accounts",
    "groups",
    "resource_grants",
    "webhooks",
    "integrations",
    "domains",
    "blocks",
)
"""In the order in which they are applied: later ones speak of earlier ones."""

MAX_ENTRIES = 100_000


class _Loader(yaml.SafeLoader):
    """YAML 1.2's core: `off`, `no` and dates are text, and a repeated key is refused."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        """Refuse what would silently lose a value."""
        self.flatten_mapping(node)
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str):
                raise yaml.constructor.ConstructorError(
                    None, None, "a key that is not text", key_node.start_mark
                )
            if key in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} twice", key_node.start_mark
                )
            seen.add(key)
        return super().construct_mapping(node, deep)


_NOT_IN_1_2 = ("tag:yaml.org,2002:bool", "tag:yaml.org,2002:timestamp")
_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _NOT_IN_1_2]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"^(?:true|false|True|False)$"), list("tTfF")
)


def parse(text: str) -> dict[str, list[dict[str, Any]]]:
    """The sections of a document.

    Raises:
        Refused: not YAML or JSON, or not lists of mappings under the known names.
    """
    loaded = _load(text)
    if not isinstance(loaded, Mapping):
        raise Refused([Problem("", f"must be a mapping with {', '.join(SECTIONS)}")])
    findings = Findings()
    sections: dict[str, list[dict[str, Any]]] = {}
    for name, entries in loaded.items():
        if name not in SECTIONS:
            findings.unknown("", name, SECTIONS)
        elif entries is not None:
            sections[name] = _entries(name, entries, findings)
    findings.raise_if_any()
    return sections


def parse_mapping(text: str) -> dict[str, Any]:
    """The members of one thing, such as a policy.

    Raises:
        Refused: not YAML or JSON, or no mapping.
    """
    loaded = _load(text)
    if not isinstance(loaded, dict):
        raise Refused([Problem("", "must be a mapping")])
    return loaded


def _load(text: str) -> Any:
    try:
        if text.lstrip().startswith("{"):
            return json.loads(text, object_pairs_hook=_each_once)
    except ValueError:
        # A flow mapping of YAML begins like JSON.
        pass
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark is not None else ""
        what = getattr(error, "problem", None) or "cannot be read"
        raise Refused([Problem("", f"is not YAML or JSON: {what}{where}")]) from error


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, value in pairs:
        if name in result:
            raise Refused([Problem("", f"has the key {name!r} twice in one object")])
        result[name] = value
    return result


def _entries(name: str, entries: Any, findings: Findings) -> list[dict[str, Any]]:
    if not isinstance(entries, list) or len(entries) > MAX_ENTRIES:
        findings.refuse(name, f"must be a list of at most {MAX_ENTRIES} entries")
        return []
    result = []
    for index, entry in enumerate(entries):
        if isinstance(entry, dict):
            result.append(entry)
        else:
            findings.refuse(f"{name}[{index}]", "must be a mapping")
    return result
