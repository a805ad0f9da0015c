"""Secrets where none may be: in the logs of all servers, and in the audit logs of all databases.

Looked for at the end of the run, over all of xdist's workers (THREATS.md LG-02): each notes which
logs its servers write, and looks through a database before it drops it. Secrets of ours have a
form; passwords of the tests are known. The types of events that were met on the way are noted too,
so that a run of all tests names those that none has caused (REQUIREMENTS.md L4).
"""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from uuid import uuid4

from sqlalchemy import make_url
from sqlalchemy.engine import URL

from authwell.protocol.events import EventType
from tests.parts import postgresql, processes

PASSWORDS = (
    "Correct-Horse-7-Battery",
    "a password of many words",
    "password-of-the-mail-account",
    "Test123!",
)
"""Those of tests, which no log may have."""

_RANDOM = r"(?=[\w-]*[A-Z])(?=[\w-]*[0-9])[A-Za-z0-9_-]{43}"
_FORMS = (
    re.compile(rf"(?<![\w-])[a-z]{{2,12}}_{_RANDOM}(?![\w-])"),  # tokens, cookies, links, codes
    re.compile(r"eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]{20,}"),  # signed tokens
    re.compile(r"\$argon2id?\$|\$2[aby]\$\d\d\$"),  # hashes of passwords
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----"),
    re.compile(r"(?i)\b(?:bearer|basic) [A-Za-z0-9+/._=-]{16,}"),
)
# What the development server prints instead of sending; it is no line of the log.
_PRINTED_MAIL = re.compile(r"^---- mail$.*?^----$", re.MULTILINE | re.DOTALL)
_AROUND = 60
_TYPE = re.compile(r"\('([a-z_.]+)'")


def secrets_in(text: str) -> list[str]:
    """Every secret in a text, with what stands before it."""
    plain = _PRINTED_MAIL.sub("", text)
    forms = (*_FORMS, *(re.compile(re.escape(password)) for password in PASSWORDS))
    return [
        plain[max(0, found.start() - _AROUND) : found.start() + 12] + "..."
        for form in forms
        for found in form.finditer(plain)
    ]


def note_log(path: Path) -> None:
    """Look through this file at the end of the run."""
    (_folder() / f"{uuid4()}.log").write_text(str(path))


def note_database(url: str) -> None:
    """Look through the audit log of a database that is about to be dropped."""
    rows = list(_events(make_url(url)))
    found = [text for row in rows for text in secrets_in(row)]
    types = {kind[1] for row in rows if (kind := _TYPE.match(row))}
    if types:
        (_folder() / f"{uuid4()}.types").write_text("\n".join(types))
    if found:
        (_folder() / f"{uuid4()}.found").write_text(
            f"audit log of {make_url(url).database}: {found}"
        )


def findings() -> list[str]:
    """What was found in all of the run; called once, when all servers have stopped."""
    found = [path.read_text() for path in _folder().glob("*.found")]
    for note in _folder().glob("*.log"):
        log = Path(note.read_text())
        # A test may have removed its folder; what it did there it answers for itself.
        leaked = secrets_in(log.read_text(errors="replace")) if log.exists() else []
        found += [f"{log}: {text}" for text in leaked]
    return found


def types_not_met() -> list[str]:
    """Types of events that no database had which was dropped until now."""
    met = {kind for file in _folder().glob("*.types") for kind in file.read_text().split()}
    return sorted(set(EventType) - met)


def _events(url: URL) -> Iterator[str]:
    query = "SELECT type, actor, user_agent, data FROM audit_events"
    if url.get_backend_name() == "postgresql":
        yield from (str(row) for row in postgresql.rows(url, query))
        return
    path = Path(url.database or "")
    if not path.exists():
        return
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        try:
            yield from (str(row) for row in connection.execute(query))
        except sqlite3.DatabaseError:
            # Without tables, or torn by a test on purpose.
            return


def _folder() -> Path:
    folder = processes.shared_folder() / "leaks"
    folder.mkdir(exist_ok=True)
    return folder
