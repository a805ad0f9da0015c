"""The rows of tests/requirements/*.txt that no test cites by `@pytest.mark.req`.

`./test req` looks at all groups, `./test req core` at tests/requirements/core.txt.

A line of a group file is an id and one sentence. Blank lines and lines that begin with `#` are
passed over. A line `later:` begins the rows that wait for a feature, `ID feature-name: sentence`;
they are not asked for.
"""

import argparse
import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Row:
    """A row that tests must prove."""

    id: str
    sentence: str
    waits: bool = False


class BadGroup(Exception):
    """A group file that cannot be read; its text says where."""


def read_rows(path: Path) -> list[Row]:
    """The rows of a group file.

    Raises:
        BadGroup: a line is no row, or an id stands twice in the same section.
    """
    rows: list[Row] = []
    waits = False
    for number, line in enumerate(path.read_text().splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if text == "later:":
            waits = True
            continue
        row_id, _, sentence = text.partition(" ")
        if not sentence.strip():
            raise BadGroup(f"{path.name}:{number}: a row is an id and one sentence")
        if any(row.id == row_id and row.waits == waits for row in rows):
            raise BadGroup(f"{path.name}:{number}: {row_id} stands here twice")
        rows.append(Row(row_id, sentence.strip(), waits))
    return rows


def cited(folder: Path) -> frozenset[str]:
    """The ids that the marks of all test files name, on a test, a class or a module."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        found.update(_marks(ast.parse(path.read_text(), filename=str(path))))
    return frozenset(found)


def _marks(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _is_req(node.func):
            for argument in node.args:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value


def _is_req(function: ast.expr) -> bool:
    return (
        isinstance(function, ast.Attribute)
        and function.attr == "req"
        and isinstance(function.value, ast.Attribute)
        and function.value.attr == "mark"
    )


def uncited(rows: Iterable[Row], ids: frozenset[str]) -> list[Row]:
    """The rows that are asked for now and proven by no test."""
    return [row for row in rows if not row.waits and row.id not in ids]


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(prog="./test req", description="Rows without a test.")
    parser.add_argument("group", nargs="?", help="the name of a file in tests/requirements")
    group = parser.parse_args(arguments).group
    folder = root / "tests/requirements"
    paths = [folder / f"{group}.txt"] if group else sorted(folder.glob("*.txt"))
    missing = [path.name for path in paths if not path.exists()]
    if missing or not paths:
        parser.error(f"no group file {', '.join(missing) or 'in tests/requirements'}")
    try:
        rows = [row for path in paths for row in read_rows(path)]
    except BadGroup as error:
        parser.error(str(error))
    left = uncited(rows, cited(root / "tests"))
    for row in left:
        print(f"{row.id} {row.sentence}")
    print(f"{len(left)} of {sum(not row.waits for row in rows)} rows without a test")
    return 1 if left else 0


if __name__ == "__main__":
    sys.exit(main())
