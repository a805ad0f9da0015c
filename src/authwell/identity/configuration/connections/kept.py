"""Secrets of webhooks and integrations as `authwell export --with-secrets` writes them.

They are no digests, because messages are signed with them: a file has them sealed under the
KEY_ENCRYPTION_KEY, bound to the place where they stand, not to rows that another server does not
have (DESIGN.md section 4). Keys of integrations are digests.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from authwell.identity.configuration import members
from authwell.identity.configuration.connections.means import KEPT, SECRETS, Planning
from authwell.identity.configuration.entry import Entry
from authwell.identity.configuration.problems import join
from authwell.protocol.clients.readers import InvalidClientMetadata
from authwell.utils.sealing import CannotOpen, Sealer

_PURPOSE: Final = "export"
_DIGEST_LENGTH: Final = 32
_BASE64: Final = re.compile(r"[A-Za-z0-9_-]{1,8192}")


@dataclass(frozen=True, slots=True)
class Kept:
    """A secret, with the digest of the key beside it, if its kind has one.

    Attributes:
        expires_at: when it stops to be good; None for the one that is used now.
    """

    secret: str = field(repr=False)
    key_digest: bytes | None = field(default=None, repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Export:
    """What an export with secrets is made by.

    Attributes:
        slug: of the tenant.
        now: secrets that have ended before it are left out.
    """

    sealer: Sealer
    slug: str
    now: datetime

    def member(self, section: str, name: str, kept: Sequence[Kept]) -> dict[str, Any]:
        """What an entry has beside its other members; nothing if nothing could be opened."""
        if not kept:
            return {}
        place = _place(section, self.slug, name)
        return {KEPT: [self._written(each, place) for each in kept]}

    def _written(self, kept: Kept, place: str) -> dict[str, str]:
        sealed = self.sealer.seal_alike(kept.secret.encode(), _PURPOSE, place)
        found = {"secret": _text(sealed)}
        if kept.key_digest is not None:
            found["api_key"] = _text(kept.key_digest)
        if kept.expires_at is not None:
            found["expires_at"] = kept.expires_at.isoformat()
        return found


def read_kept(
    entry: Entry, section: str, planning: Planning, *, has_key: bool
) -> tuple[Kept, ...] | None:
    """The secrets of an entry that are good now, that in use first; None if it has none.

    What is wrong with them is in the findings.
    """
    value = entry.values.get(KEPT)
    if value is None:
        return None
    path = join(entry.path, KEPT)
    beside = [name for name in SECRETS if entry.values.get(name) is not None]
    if beside:
        planning.findings.refuse(path, f"stands beside {beside[0]}; give one of them")
        return None
    if not isinstance(value, list) or not 1 <= len(value) <= 2:
        planning.findings.refuse(path, "must be a list of one or two, as export writes them")
        return None
    reader = _Reader(planning, _place(section, planning.findings.tenant, entry.key), has_key)
    found = [reader.read(item, f"{path}[{index}]") for index, item in enumerate(value)]
    kept = tuple(each for each in found if each is not None)
    if (
        len(kept) == len(found)
        and [each.expires_at is None for each in kept] != _SHAPE[: len(kept)]
    ):
        planning.findings.refuse(path, "must begin with the one in use, which has no expires_at")
    return tuple(each for each in kept if not _is_over(each, planning.now))


_SHAPE: Final = [True, False]


@dataclass(frozen=True, slots=True)
class _Reader:
    planning: Planning
    place: str
    has_key: bool

    def read(self, item: Any, path: str) -> Kept | None:
        names = {"secret", "api_key"} if self.has_key else {"secret"}
        is_mapping = isinstance(item, Mapping) and names <= item.keys() <= names | {"expires_at"}
        if not is_mapping:
            text = f"must be a mapping with {', '.join(sorted(names))} and perhaps expires_at"
            self.planning.findings.refuse(path, text)
            return None
        secret, key = self._opened(item["secret"]), _bytes(item.get("api_key"))
        if secret is None:
            text = "was sealed under another KEY_ENCRYPTION_KEY, or for another name or tenant"
            self.planning.refuse(path, {"secret": text})
        if self.has_key and (key is None or len(key) != _DIGEST_LENGTH):
            self.planning.refuse(path, {"api_key": "must be a digest, as export writes it"})
        until = self._until(item.get("expires_at"), path)
        if secret is None or self.planning.findings.has_below(path):
            return None
        return Kept(secret, key, until)

    def _opened(self, value: Any) -> str | None:
        sealed = _bytes(value)
        try:
            sealer = self.planning.means.sealer
            return None if sealed is None else sealer.open(sealed, _PURPOSE, self.place).decode()
        except CannotOpen:
            return None

    def _until(self, value: Any, path: str) -> datetime | None:
        try:
            return None if value is None else members.moment("expires_at", value)
        except InvalidClientMetadata as error:
            self.planning.refuse(path, {"expires_at": members.bare(error)})
            return None


def _is_over(kept: Kept, now: datetime) -> bool:
    return kept.expires_at is not None and kept.expires_at <= now


def _place(section: str, slug: str, name: str) -> str:
    return f"{section}/{slug}/{name}"


def _text(value: bytes) -> str:
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def _bytes(value: Any) -> bytes | None:
    if not isinstance(value, str) or _BASE64.fullmatch(value) is None:
        return None
    try:
        return urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except ValueError:
        return None
