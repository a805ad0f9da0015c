"""Where checkpoints and archives go: a folder, or an S3-compatible store.

Nothing is overwritten with something else: a name says what it holds.
"""

import os
import re
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Final, Protocol
from urllib.parse import quote

from authwell.config.settings import Settings
from authwell.utils.clock import Clock, utc_now
from authwell.utils.outgoing import Answer, Limits, Outgoing, OutgoingError
from authwell.utils.sigv4 import Credentials, canonical_query, signed_headers

LARGEST: Final = 64 * 1024 * 1024
_LIMITS: Final = Limits(seconds=60, bytes=LARGEST)
_KEY: Final = re.compile(r"<Key>([^<]+)</Key>")
_NEXT: Final = re.compile(r"<NextContinuationToken>([^<]+)</NextContinuationToken>")


class DepotError(Exception):
    """A file could not be put, or is not to be had; the text is for the operator."""


class Depot(Protocol):
    """Files by their names, which have slashes."""

    def put(self, name: str, content: bytes) -> None:
        """Keep a file.

        Raises:
            DepotError: it may not have been kept.
        """
        ...

    def get(self, name: str) -> bytes:
        """The content of a file.

        Raises:
            DepotError: there is none, or it cannot be read.
        """
        ...

    def names(self, prefix: str) -> list[str]:
        """The names that begin so, sorted.

        Raises:
            DepotError: they cannot be listed.
        """
        ...


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder, which may be another machine's disk."""

    path: Path

    def put(self, name: str, content: bytes) -> None:
        """Write beside and rename, so that no half file has the name."""
        target = self.path / name
        partial = target.with_name(f".{target.name}.{os.getpid()}")
        try:
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        except OSError as error:
            raise DepotError(f"{target} cannot be written: {error}") from error

    def get(self, name: str) -> bytes:
        """Read a file."""
        try:
            return (self.path / name).read_bytes()
        except OSError as error:
            raise DepotError(f"{self.path / name} cannot be read: {error}") from error

    def names(self, prefix: str) -> list[str]:
        """The names of files below the last folder of the prefix."""
        top = self.path / prefix.rpartition("/")[0]
        found = (file for file in top.rglob("*") if file.is_file() and file.name[0] != ".")
        names = (file.relative_to(self.path).as_posix() for file in found)
        return sorted(name for name in names if name.startswith(prefix))


@dataclass(frozen=True, slots=True)
class ObjectStore:
    """A bucket of an S3-compatible store, by path (`https://host/bucket/prefix`)."""

    host: str
    bucket: str
    prefix: str
    credentials: Credentials
    outgoing: Outgoing = field(repr=False)
    clock: Clock = utc_now

    @classmethod
    def of(
        cls, url: str, credentials: Credentials, outgoing: Outgoing, clock: Clock = utc_now
    ) -> "ObjectStore":
        """From the URL of a bucket, with or without a prefix."""
        host, _, path = url.removeprefix("https://").partition("/")
        bucket, _, prefix = path.strip("/").partition("/")
        return cls(host, bucket, f"{prefix}/" if prefix else "", credentials, outgoing, clock)

    def put(self, name: str, content: bytes) -> None:
        """PutObject."""
        self._call("PUT", f"/{self.prefix}{name}", content=content)

    def get(self, name: str) -> bytes:
        """GetObject."""
        return self._call("GET", f"/{self.prefix}{name}").body

    def names(self, prefix: str) -> list[str]:
        """ListObjectsV2, as many times as it takes."""
        found: list[str] = []
        wanted = {"list-type": "2", "prefix": f"{self.prefix}{prefix}"}
        while True:
            text = self._call("GET", "", canonical_query(wanted)).body.decode()
            found += [unescape(key).removeprefix(self.prefix) for key in _KEY.findall(text)]
            following = _NEXT.search(text)
            if following is None:
                return sorted(found)
            wanted["continuation-token"] = unescape(following[1])

    def _call(self, method: str, key: str, query: str = "", content: bytes = b"") -> Answer:
        url = f"https://{self.host}/{self.bucket}{quote(key)}" + (f"?{query}" if query else "")
        headers = signed_headers(method, url, content, self.credentials, self.clock())
        try:
            answer = self.outgoing.send(
                method, url, content=content, headers=headers, limits=_LIMITS
            )
        except OutgoingError as error:
            raise DepotError(f"{method} {url}: {error}") from error
        if answer.status not in {200, 201, 204}:
            raise DepotError(f"{method} {url}: the store answered {answer.status}")
        return answer


def depot_of(place: str | None, settings: Settings) -> Depot | None:
    """The depot of AUDIT_ARCHIVE or AUDIT_CHECKPOINTS; None if there is none."""
    if place is None:
        return None
    if not place.startswith("https://"):
        return Folder(Path(place))
    credentials = Credentials(
        settings.audit_s3_access_key_id or "",
        settings.audit_s3_secret_access_key or "",
        settings.audit_s3_region,
    )
    outgoing = Outgoing.of(settings.outgoing_allow, settings.outgoing_ca_file)
    return ObjectStore.of(place, credentials, outgoing)
