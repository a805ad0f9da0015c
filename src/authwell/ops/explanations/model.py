"""What is said about a rule."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Explanation:
    """One rule.

    Attributes:
        rule: what must be true.
        section: of the standard, or of our own documents.
        remedy: what to do, and who does it.
    """

    rule: str
    section: str
    remedy: str


Explanations = Mapping[str, Explanation]
