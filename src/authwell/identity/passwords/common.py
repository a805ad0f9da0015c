"""Passwords that everybody knows: the lists of zxcvbn, and one of the operator's.

Nothing of them is kept in memory. A password is chosen seldom, and reading 0.8 MB then costs
less than holding it parsed in every process.
"""

import mmap
from importlib.util import find_spec
from pathlib import Path


class CommonPasswords:
    """Knows whether a password is one of those; letter case makes no difference."""

    def __init__(self, deny_list: Path | None = None) -> None:
        """Find the lists.

        Args:
            deny_list: a file of one password a line, of any length, in no order.

        Raises:
            FileNotFoundError: zxcvbn is installed without its lists.
        """
        self._shipped = _shipped()
        self._deny_list = deny_list

    def has(self, password: str) -> bool:
        """Whether the whole password stands in a list."""
        spellings = {_line(password), _line(password.casefold())}
        return any(
            self._is_shipped(spelling) or self._is_denied(spelling)
            for spelling in spellings
            if spelling is not None
        )

    def _is_shipped(self, spelling: bytes) -> bool:
        # Each list is one Python string of words with commas between.
        if b"," in spelling or b'"' in spelling:
            return False
        text = self._shipped.read_bytes().replace(b'"', b",")
        return b"," + spelling + b"," in text

    def _is_denied(self, spelling: bytes) -> bool:
        if self._deny_list is None or self._deny_list.stat().st_size == 0:
            return False
        with (
            self._deny_list.open("rb") as file,
            mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as text,
        ):
            return _has_line(text, spelling)


def _has_line(text: mmap.mmap, wanted: bytes) -> bool:
    at = text.find(wanted)
    while at != -1:
        end = at + len(wanted)
        begins = at == 0 or text[at - 1 : at] == b"\n"
        if begins and (end == len(text) or text[end : end + 1] in (b"\n", b"\r")):
            return True
        at = text.find(wanted, at + 1)
    return False


def _line(password: str) -> bytes | None:
    """The password as it would stand in a list; None if it could not."""
    if not password or "\n" in password or "\r" in password:
        return None
    return password.encode("utf-8", "surrogatepass")


def _shipped() -> Path:
    # Importing the package would parse its lists.
    spec = find_spec("zxcvbn")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "frequency_lists.py"
        if path.is_file():
            return path
    raise FileNotFoundError("zxcvbn is installed without frequency_lists.py")
