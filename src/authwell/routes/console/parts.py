"""What the console's pages are made of: cells, tables, facts and fields, for its few templates."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias

from flask_babel.speaklater import LazyString

Text: TypeAlias = str | LazyString
Tone = Literal["plain", "code", "good", "note", "bad"]
Kind = Literal[
    "text", "lines", "choice", "check", "number", "date", "datetime-local", "password", "hidden"
]

_TONES: Final[Mapping[str, Tone]] = {
    "active": "good",
    "delivered": "good",
    "accepted": "good",
    "open": "note",
    "withdrawn": "bad",
    "next": "plain",
    "locked": "note",
    "pending": "note",
    "retiring": "note",
    "disabled": "bad",
    "suspended": "bad",
    "deleted": "bad",
    "failed": "bad",
    "dead": "bad",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """A value: text, a moment, or a way to another page."""

    text: Text = ""
    href: str | None = None
    at: datetime | None = None
    tone: Tone = "plain"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells under their headings.

    Attributes:
        name: of the table, as its anchor.
        title: None where the page's heading is the table's.
        more: where the next page is.
    """

    name: str
    heads: Sequence[Text]
    rows: Sequence[Sequence[Cell]]
    title: Text | None = None
    more: str | None = None


@dataclass(frozen=True, slots=True)
class Fact:
    """A named value, or several."""

    name: Text
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Act:
    """A way to a page where something is done."""

    label: Text
    href: str
    is_grave: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form, with what was typed into it.

    Attributes:
        choices: values with their texts; of kind `check` several may be chosen.
        chosen: of these.
    """

    name: str
    label: Text
    kind: Kind = "text"
    value: str = ""
    choices: Sequence[tuple[str, Text]] = ()
    chosen: Sequence[str] = ()
    help: Text | None = None
    required: bool = False


def state(value: str) -> Cell:
    """A state by its name in the API, coloured by what it means."""
    return Cell(value, tone=_TONES.get(value, "plain"))


def code(value: str) -> Cell:
    """Something that machines read."""
    return Cell(value, tone="code")


def codes(values: Iterable[str]) -> tuple[Cell, ...]:
    """Several of them."""
    return tuple(map(code, values))


def moment(at: datetime | None) -> Cell:
    """A moment, or nothing."""
    return Cell(at=at)


def fact(name: Text, *cells: Cell) -> Fact:
    """A named value."""
    return Fact(name, cells)
