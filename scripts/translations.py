"""Keep the translations in step with the sources; with `--check` only say what is not.

Without arguments the catalogs in `src/authwell/translations` take up new messages, drop those
that nothing says any more, and are compiled. Then fill in what is empty, and run it again.
"""

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po

SOURCES = Path(__file__).resolve().parent.parent / "src/authwell"
CATALOGS = SOURCES / "translations"
METHODS = [
    ("**.py", "python"),
    ("templates/**.html", "jinja2"),
    ("templates/**.jinja", "jinja2"),
]
OPTIONS = {
    pattern: {"trimmed": "true", "silent": "false"} for pattern, kind in METHODS if kind != "python"
}
PLACE = re.compile(r"%\((\w+)\)")
KEYWORDS = {**DEFAULT_KEYWORDS, "lazy_gettext": None}


def source_messages() -> Catalog:
    """Every message of the templates and the views."""
    messages = Catalog(project="Authwell")
    for _, _, text, _, context in extract_from_dir(SOURCES, METHODS, OPTIONS, KEYWORDS):
        messages.add(text, context=context)
    return messages


def read(path: Path) -> Catalog:
    """The catalog of one language, whose folder names it."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def sentences(catalog: Catalog) -> dict[object, object]:
    """What a catalog says, without its header, which names the version of Babel."""
    return {message.id: message.string for message in catalog if message.id}


def is_compiled(path: Path, catalog: Catalog) -> bool:
    """Whether the file that flask-babel reads says what the catalog says."""
    mo = path.with_suffix(".mo")
    return mo.is_file() and sentences(read_mo(io.BytesIO(mo.read_bytes()))) == sentences(catalog)


def update(path: Path, messages: Catalog) -> None:
    """Bring one catalog in step with the sources and compile it."""
    catalog = read(path)
    messages.creation_date = catalog.creation_date
    catalog.update(messages, no_fuzzy_matching=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=100, sort_output=True, ignore_obsolete=True)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, read(path))


def is_whole(message: Message) -> bool:
    """Whether each form of it, one for each plural of the language, says something."""
    forms = message.string if isinstance(message.string, (list, tuple)) else (message.string,)
    return all(forms)


def places(texts: object) -> set[str]:
    """The names of the values that a message shows in any of its forms."""
    forms = texts if isinstance(texts, (list, tuple)) else (texts,)
    return {name for form in forms for name in PLACE.findall(str(form))}


def problems(path: Path, messages: Catalog) -> Iterator[str]:
    """What keeps one language from being complete, a sentence each."""
    catalog = read(path)
    known = {message.id for message in messages if message.id}
    for message in catalog:
        if message.id and message.id not in known:
            yield f"Nothing says {message.id!r} any more."
        for error in message.check(catalog) if message.string else ():
            yield f"{message.id!r}: {error}"
    for text in sorted(known, key=str):
        translation = catalog.get(text)
        if translation is None or not is_whole(translation) or translation.fuzzy:
            yield f"{text!r} is not translated."
            continue
        if places(text) != places(translation.string):
            yield f"{text!r} and its translation have other values."
    if not is_compiled(path, catalog):
        yield "messages.mo is not what messages.po says."


def main() -> None:
    """Update, then report; exit 1 if a language is not complete."""
    messages = source_messages()
    paths = sorted(CATALOGS.glob("*/LC_MESSAGES/messages.po"))
    if sys.argv[1:] != ["--check"]:
        for path in paths:
            update(path, messages)
    found = [f"{path.parts[-3]}: {text}" for path in paths for text in problems(path, messages)]
    print(*found, sep="\n", end="\n" if found else "")
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
