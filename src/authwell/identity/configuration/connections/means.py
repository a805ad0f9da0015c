"""What it takes to connect a tenant with other systems, and how secrets are read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from authwell.config.settings import Settings
from authwell.identity.configuration import members
from authwell.identity.configuration.entry import Entry
from authwell.identity.configuration.problems import Findings, join
from authwell.identity.configuration.references import References
from authwell.utils.outgoing import Outgoing
from authwell.utils.sealing import Sealer

SECRETS: Final = ("secret", "api_key")
"""Members that take a value, `{env: NAME}` or `{file: PATH}`."""


@dataclass(frozen=True, slots=True)
class Means:
    """What seals secrets, and what may be called."""

    sealer: Sealer
    outgoing: Outgoing
    is_development: bool

    @classmethod
    def of(cls, settings: Settings, outgoing: Outgoing) -> "Means":
        """Those of a server's settings."""
        sealer = Sealer(settings.key_encryption_key, settings.key_encryption_key_old)
        return cls(sealer, outgoing, settings.is_development)


@dataclass(frozen=True, slots=True)
class Planning:
    """What plans are made for, and what is wrong with them."""

    tenant_id: str
    means: Means
    now: datetime
    findings: Findings

    def refuse(self, path: str, problems: Mapping[str, str]) -> None:
        """Add problems by member."""
        for name, text in problems.items():
            self.findings.refuse(join(path, name), text)


def as_it_is(_: str, value: Any) -> Any:
    """A member that is read later."""
    return value


def read_entry(
    entry: Mapping[str, Any],
    path: str,
    table: members.Table,
    references: References,
    findings: Findings,
) -> Entry | None:
    """An entry that is known by its name, its secrets found; None if it has no name."""
    values = members.read(entry, table, path, findings)
    for name in SECRETS:
        if name in values:
            values[name] = references.secret(values[name], join(path, name), findings)
    if not members.require(values, entry, "name", path, findings):
        return None
    return Entry(path, values.pop("name"), values)
