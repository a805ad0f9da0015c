"""Secrets of a configuration: a value, `{env: NAME}` or `{file: PATH}` (DESIGN.md section 6)."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from authwell.identity.configuration.problems import MISSING, Findings

MAX_FILE = 8192


@dataclass(frozen=True, slots=True)
class References:
    """Where a reference may point.

    Attributes:
        environ: the variables.
        folder: where a relative path begins: the folder of the document.
        warn_of_plain: whether a value in the document itself is worth a warning.
    """

    environ: Mapping[str, str]
    folder: Path
    warn_of_plain: bool

    def secret(self, value: Any, path: str, findings: Findings) -> str | None:
        """The secret that a member means; None if it is missing or was refused."""
        if isinstance(value, str):
            if self.warn_of_plain:
                findings.warn(
                    path, "is in the document itself; {env: NAME} or {file: PATH} hides it"
                )
            return value
        if isinstance(value, Mapping) and len(value) == 1:
            (kind, name), *_ = value.items()
            if kind == "env" and isinstance(name, str):
                return self._from_environment(name, path, findings)
            if kind == "file" and isinstance(name, str):
                return self._from_file(name, path, findings)
        findings.refuse(path, "must be text, {env: NAME} or {file: PATH}")
        return None

    def _from_environment(self, name: str, path: str, findings: Findings) -> str | None:
        if name not in self.environ:
            findings.refuse(path, f"the variable {name} is not set", MISSING)
            return None
        return self.environ[name]

    def _from_file(self, name: str, path: str, findings: Findings) -> str | None:
        file = self.folder / name
        try:
            with file.open(encoding="utf-8") as opened:
                text = opened.read(MAX_FILE + 1)
        except (OSError, ValueError) as error:
            findings.refuse(path, f"cannot read {file}: {type(error).__name__}", MISSING)
            return None
        if len(text) > MAX_FILE:
            findings.refuse(path, f"{file} has more than {MAX_FILE} characters")
            return None
        return text.rstrip("\r\n")
