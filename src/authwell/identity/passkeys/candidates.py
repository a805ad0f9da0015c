"""Which credentials somebody may answer with who has only said a name (THREATS.md PA-07).

For names that have no passkey, and for names that nobody has, the answer looks as any other. It is
derived from the name, so asking twice does not tell.
"""

from collections.abc import Sequence
from hashlib import sha256
from hmac import new as new_mac
from typing import Any, Final

from authwell.identity.passkeys.registration import descriptor
from authwell.identity.passkeys.responses import encoded
from authwell.identity.people.names import canonical_username
from authwell.protocol.server import AuthorizationServer
from authwell.storage.database import Database
from authwell.storage.login.passkeys import StoredPasskeys
from authwell.storage.people.accounts import Accounts
from authwell.utils.sealing import Sealer

_PURPOSE: Final = "passkeys-of-nobody"
_LONGEST_NAME: Final = 320
# As authenticators of phones, of computers and on key rings have them.
_SHAPES: Final = (
    (16, ("internal", "hybrid")),
    (20, ("internal", "hybrid")),
    (32, ("internal",)),
    (48, ("usb", "nfc")),
)


class Candidates:
    """Answers for every name."""

    def __init__(self, database: Database, sealer: Sealer) -> None:
        """Take the database, and the key of what is made up."""
        self._accounts = Accounts(database)
        self._passkeys = StoredPasskeys(database)
        self._sealer = sealer

    def of(self, server: AuthorizationServer, username: str) -> list[dict[str, Any]]:
        """The credentials of a name, or some that nobody has."""
        name = canonical_username(username[: 2 * _LONGEST_NAME])
        record = self._accounts.find_by_name(server.tenant.id, name)
        # Asked for in any case, so that the time does not tell.
        known = self._passkeys.list(server.tenant.id, record.id if record else "")
        if record is not None and record.status == "active" and known:
            return [dict(descriptor(passkey)) for passkey in known]
        return self._made_up(server.tenant.id, name)

    def _made_up(self, tenant_id: str, name: str) -> list[dict[str, Any]]:
        first = self._bytes(tenant_id, name, 0)
        number = 2 if first[0] < 64 else 1
        return [self._credential(tenant_id, name, place) for place in range(1, number + 1)]

    def _credential(self, tenant_id: str, name: str, place: int) -> dict[str, Any]:
        random = self._bytes(tenant_id, name, place)
        length, transports = _shape(random)
        return {
            "type": "public-key",
            "id": encoded(random[1 : length + 1]),
            "transports": list(transports),
        }

    def _bytes(self, tenant_id: str, name: str, place: int) -> bytes:
        key = self._sealer.derive(_PURPOSE)
        named = f"{tenant_id} {place} {name}".encode("utf-8", "replace")
        first = new_mac(key, named, sha256).digest()
        return first + new_mac(key, first, sha256).digest()


def _shape(random: bytes) -> tuple[int, Sequence[str]]:
    return _SHAPES[random[0] % len(_SHAPES)]
