"""Sector identifiers: the document that joins redirect URIs of several hosts (OpenID Connect Core
section 8.1, OpenID Connect Registration section 5).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

import orjson

from authwell.protocol.clients.readers import InvalidClientMetadata
from authwell.utils.fetches import Fetches
from authwell.utils.logs import get_logger
from authwell.utils.outgoing import Limits, OutgoingError

_log = get_logger(__name__)

MEMBER = "sector_identifier_uri"
LIMITS = Limits(seconds=3.0, bytes=262_144)


@dataclass(frozen=True, slots=True)
class Sector:
    """A sector_identifier_uri, and the redirect URIs that it must list."""

    client_id: str
    uri: str
    redirect_uris: frozenset[str]


def sector_of(client_id: str, metadata: Mapping[str, Any]) -> Sector | None:
    """What has to be checked of a registration that was read already; None if nothing has."""
    uri = metadata.get(MEMBER)
    if uri is None:
        return None
    return Sector(client_id, str(uri), frozenset(metadata.get("redirect_uris") or ()))


def check_sector(fetches: Fetches, sector: Sector) -> None:
    """Fetch the document and find all redirect URIs in it; never call this with a lock held.

    Otherwise anybody could learn by which subjects the clients of another sector know people.

    Raises:
        InvalidClientMetadata: it cannot be had, or does not list them.
    """
    try:
        answer = fetches.get(sector.uri, "application/json", LIMITS)
    except OutgoingError as error:
        # What the call met is for our log: it would describe our network to a stranger.
        _log.info("sector.unreachable", client_id=sector.client_id, reason=str(error))
        raise InvalidClientMetadata(MEMBER, "could not be fetched") from error
    if answer.status != 200:
        raise InvalidClientMetadata(MEMBER, "did not answer with 200")
    missing = sorted(sector.redirect_uris - _listed(answer.body))
    if missing:
        raise InvalidClientMetadata(MEMBER, f"does not list {missing[0]}")


def _listed(body: bytes) -> frozenset[str]:
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidClientMetadata(MEMBER, "is not JSON") from error
    if not _is_array(document):
        raise InvalidClientMetadata(MEMBER, "must be a JSON array of redirect URIs")
    return frozenset(_texts(document))


def _texts(values: Iterable[object]) -> Iterable[str]:
    return (value for value in values if isinstance(value, str))


def _is_array(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)
