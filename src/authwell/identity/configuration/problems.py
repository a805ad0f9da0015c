"""What is wrong with a configuration: every finding at once, each with its path."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

INVALID = "invalid_value"
UNKNOWN_MEMBER = "unknown_member"
MISSING = "missing_value"


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding.

    Attributes:
        path: where, as `clients[2].redirect_uris`; empty for the document as a whole.
        text: what is wrong and what would be right; it never repeats a secret.
        code: stable, for machines.
    """

    path: str
    text: str
    code: str = INVALID

    def __str__(self) -> str:
        """As a line for people."""
        return f"{self.path}: {self.text}" if self.path else self.text


class Refused(Exception):
    """The configuration was not taken; nothing was written."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        """Keep all findings."""
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class NotFound(Exception):
    """There is no such thing in the tenant."""

    def __init__(self, kind: str, key: str) -> None:
        """Name it."""
        super().__init__(f"There is no {kind} {key!r}.")
        self.kind = kind
        self.key = key


class SuperusersOnly(Exception):
    """Whoever changes it holds less than what they would change; nothing was written."""

    reason: Final = (
        "Only a superuser may do this to a client with the scope admin, "
        "or with the scope account and implicit consent."
    )


@dataclass(slots=True)
class Findings:
    """Collects problems and warnings while a document is read.

    Attributes:
        tenant: the slug of the tenant whose entries are read.
    """

    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    tenant: str = "default"

    def refuse(self, path: str, text: str, code: str = INVALID) -> None:
        """Add a problem."""
        self.problems.append(Problem(path, text, code))

    def warn(self, path: str, text: str) -> None:
        """Add a warning: it is taken, but the writer may expect something else."""
        self.warnings.append(Problem(path, text))

    def unknown(self, path: str, name: str, known: Iterable[str]) -> None:
        """Refuse a member that does not exist."""
        self.refuse(join(path, name), f"is not known{did_you_mean(name, known)}", UNKNOWN_MEMBER)

    def has_below(self, path: str) -> bool:
        """Whether something is wrong at the path or below it."""
        return any(
            found.path == path or found.path.startswith((f"{path}.", f"{path}["))
            for found in self.problems
        )

    def raise_if_any(self) -> None:
        """Stop here if something is wrong.

        Raises:
            Refused: with everything found.
        """
        if self.problems:
            raise Refused(self.problems)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The nearest known name as the end of a sentence, or nothing."""
    nearest = get_close_matches(name, sorted(known), n=1)
    return f"; did you mean {nearest[0]}?" if nearest else ""


def join(path: str, name: str) -> str:
    """The path of a member."""
    return f"{path}.{name}" if path else name
