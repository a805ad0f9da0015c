"""TXT records of the domain name system (RFC 1035 section 3.3.14), within a bound of time."""

from dataclasses import dataclass
from typing import Final

SECONDS: Final = 3.0
"""Of one question, with all repetitions."""


@dataclass(frozen=True, slots=True)
class TextRecords:
    """Asks a resolver.

    Attributes:
        server: its address and port; None: those that the system names.
    """

    server: tuple[str, int] | None = None

    def find(self, name: str) -> tuple[str, ...]:
        """The texts of a name.

        Args:
            name: in ASCII and whole: no search list is tried.

        Raises:
            LookupError: there are none, or nobody said in time. The text is for our log.
        """
        # Loaded with the first domain that somebody verifies.
        from dns.exception import DNSException  # noqa: PLC0415
        from dns.name import from_text  # noqa: PLC0415
        from dns.resolver import Resolver  # noqa: PLC0415

        try:
            resolver = Resolver(configure=self.server is None)
            if self.server is not None:
                resolver.nameservers, resolver.port = [self.server[0]], self.server[1]
            answer = resolver.resolve(from_text(name), "TXT", lifetime=SECONDS, search=False)
        except (DNSException, OSError) as error:
            raise LookupError(f"{type(error).__name__}: {error}") from error
        return tuple(b"".join(record.strings).decode("utf-8", "replace") for record in answer)
