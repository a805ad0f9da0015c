"""What it takes to connect a tenant with other systems, and how secrets are read."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from authwell.config.settings import Settings
from authwell.identity.configuration import members
from authwell.identity.configuration.changes import Change
from authwell.identity.configuration.entry import Entry
from authwell.identity.configuration.problems import Findings, join
from authwell.identity.configuration.references import References
from authwell.utils import standard_webhooks
from authwell.utils.outgoing import Outgoing
from authwell.utils.sealing import Sealer

SECRETS: Final = ("secret", "api_key")
"""Members that take a value, `{env: NAME}` or `{file: PATH}`."""
KEPT: Final = "kept_secrets"
"""What `authwell export --with-secrets` writes of them."""


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

    def has_fit_secret(self, entry: Entry) -> bool:
        """Whether the secret is one of Standard Webhooks, or none is given; else it is refused."""
        secret = entry.values.get("secret")
        try:
            if secret is not None:
                standard_webhooks.key_of(secret)
        except standard_webhooks.UnfitSecret as error:
            self.refuse(entry.path, {"secret": str(error)})
            return False
        return True

    def within(
        self, section: str, planned: Iterable[Change | None], present: int, most: int
    ) -> list[Change]:
        """The changes of a section, which is refused if a tenant would have too many of it.

        Args:
            section: of the document.
            planned: a change for each entry; None where all is as declared, or was refused.
            present: how many there are now.
            most: how many there may be.
        """
        changes = [change for change in planned if change is not None]
        if present + sum(change.action == "create" for change in changes) > most:
            self.findings.refuse(section, f"are too many: a tenant has at most {most}")
        return changes


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
