"""Addresses that a client wants this server to call, looked at when they are saved (WH-01).

A host that is an address is judged at once. A name is judged by each call, because what it
means may change.
"""

from collections.abc import Mapping
from typing import Any, Final

from authwell.protocol.clients.readers import InvalidClientMetadata
from authwell.utils.logs import get_logger
from authwell.utils.outgoing import ForbiddenTarget, Outgoing

_log = get_logger(__name__)

CALLED: Final = ("jwks_uri", "request_uris", "sector_identifier_uri", "backchannel_logout_uri")


def check_targets(outgoing: Outgoing, client_id: str, metadata: Mapping[str, Any]) -> None:
    """Check the members that this server calls, of metadata that were read already.

    Raises:
        InvalidClientMetadata: a host is an address that may not be called.
    """
    for member in CALLED:
        value = metadata.get(member) or ()
        for uri in (value,) if isinstance(value, str) else value:
            try:
                outgoing.check_literal(uri)
            except ForbiddenTarget as error:
                # Which of our networks may be called is for our log alone.
                _log.info("target.forbidden", client_id=client_id, member=member, reason=str(error))
                raise InvalidClientMetadata(member, "has a host that may not be called") from error
