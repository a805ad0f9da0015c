"""Request parameters as a mapping with one value each (RFC 6749 sections 3.1 and 3.2)."""

import re
from collections.abc import Iterable, Iterator, Mapping

from authwell.protocol.errors import InvalidRequest

REPEATABLE = frozenset({"resource"})
"""RFC 8707 section 2."""

_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Params:
    """The parameters of one request.

    A parameter without a value is treated as if it were omitted (RFC 6749 section 3.1).
    """

    __slots__ = ("_repeated", "_resources", "_values", "odd")

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Keep the first value of each name; `check` refuses what must not be.

        Attributes:
            odd: names with control characters or lone surrogates in name or value.
        """
        self._values: dict[str, str] = {}
        self._resources: list[str] = []
        self._repeated: set[str] = set()
        self.odd: list[str] = []
        seen: set[str] = set()
        for name, value in pairs:
            if _FORBIDDEN.search(value) or _FORBIDDEN.search(name):
                self.odd.append(name)
            if name in REPEATABLE:
                if value:
                    self._resources.append(value)
                continue
            if name in seen:
                self._repeated.add(name)
            seen.add(name)
            if value:
                self._values.setdefault(name, value)

    @property
    def repeated(self) -> frozenset[str]:
        """The names that came more than once though they must not."""
        return frozenset(self._repeated)

    @property
    def resources(self) -> tuple[str, ...]:
        """The values of `resource`, in order, each once."""
        return tuple(dict.fromkeys(self._resources))

    def check(self) -> None:
        """Refuse repeated parameters and control characters.

        Raises:
            InvalidRequest: RFC 6749 section 3.1; NUL and its kin have no use anywhere.
        """
        if self._repeated:
            names = ", ".join(sorted(self._repeated))
            raise InvalidRequest(
                "A parameter is repeated.", reason=f"repeated: {names}", rule="repeated_parameter"
            )
        if self.odd:
            raise InvalidRequest(
                "A parameter has control characters.",
                reason=f"control characters in {self.odd[0]!r}",
                rule="control_characters",
            )

    def optional(self, name: str) -> str | None:
        """The value of `name`, None if it is omitted or empty."""
        return self._values.get(name)

    def required(self, name: str) -> str:
        """The value of `name`.

        Raises:
            InvalidRequest: it is omitted or empty.
        """
        value = self._values.get(name)
        if value is None:
            raise InvalidRequest(f"{name} is missing.", rule="missing_parameter")
        return value

    def __contains__(self, name: object) -> bool:
        return name in self._values

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def pairs(self) -> list[tuple[str, str]]:
        """All parameters again, to be kept with an interaction."""
        return [*self._values.items(), *(("resource", value) for value in self._resources)]

    @classmethod
    def of(cls, values: Mapping[str, str]) -> "Params":
        """Parameters from a mapping (for tests and inner calls)."""
        return cls(values.items())
