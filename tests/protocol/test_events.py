"""The catalogue of audit events (REQUIREMENTS.md L4)."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from authwell.protocol.events import EventType

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "src/authwell/protocol/events.py"
LOGS = frozenset({"log", "_log"})


def texts(file: Path) -> Iterator[str]:
    """All literals of a module but for the names of log lines, which are words of their own."""
    tree = ast.parse(file.read_text())
    of_logs = {
        id(argument)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in LOGS
        for argument in call.args
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if id(node) not in of_logs:
                yield node.value
        elif isinstance(node, ast.Attribute) and node.attr in EventType.__members__:
            yield EventType[node.attr]


@pytest.mark.req("L4")
def test_there_are_seventy_types_and_more() -> None:
    assert len(EventType) >= 70


def test_a_member_is_named_by_its_value() -> None:
    for member in EventType:
        assert member.name == member.upper().replace(".", "_")
        assert len(member) <= 64


def test_code_names_types_by_the_catalogue_only() -> None:
    for file in (ROOT / "src/authwell").rglob("*.py"):
        if file != CATALOGUE:
            literals = {text for text in texts(file) if not isinstance(text, EventType)}
            assert literals.isdisjoint(set(EventType)), file
