"""What a browser sends after a ceremony, read strictly before any of it is believed.

The client data is read here as well as by the library, because the challenge in it tells which
ceremony is meant, and because the library does not look at `crossOrigin` (WebAuthn section 7.1
steps 7 to 11, section 7.2 steps 11 to 15).
"""

from base64 import b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from authwell.identity.passkeys.errors import PasskeyRefused
from authwell.identity.passkeys.party import Party

CREATE = "webauthn.create"
GET = "webauthn.get"

MAX_CREDENTIAL_ID = 1023
"""Bytes (section 7.1 step 25)."""
MAX_TEXT = 16 * 1024
"""Characters of each part of a response; an attestation with its certificates is the longest."""


@dataclass(frozen=True, slots=True)
class Response:
    """A response of the right form from the right place; its signature is not yet checked.

    Attributes:
        credential_id: the credential that it says it is from.
        challenge: the text that the ceremony began with.
        body: all of it, as the library takes it.
    """

    credential_id: bytes
    challenge: str
    body: dict[str, Any]

    @property
    def inner(self) -> Mapping[str, Any]:
        """The authenticator's part."""
        found: Mapping[str, Any] = self.body["response"]
        return found

    @property
    def user_handle(self) -> str | None:
        """Whom the authenticator names, as we called them at registration."""
        handle = self.inner.get("userHandle")
        if handle is None:
            return None
        return decoded(handle).decode("utf-8", "replace")

    @property
    def transports(self) -> tuple[str, ...]:
        """How the authenticator can be reached, as far as we know the words."""
        given = self.inner.get("transports")
        words = given if isinstance(given, list) else []
        return tuple(word for word in TRANSPORTS if word in words)

    @property
    def is_discoverable(self) -> bool | None:
        """What the browser says of it (`credProps`); None if it does not say."""
        results = self.body.get("clientExtensionResults")
        properties = results.get("credProps") if isinstance(results, dict) else None
        found = properties.get("rk") if isinstance(properties, dict) else None
        return found if isinstance(found, bool) else None


TRANSPORTS = ("usb", "nfc", "ble", "smart-card", "internal", "hybrid")


def read_response(sent: object, kind: str, party: Party) -> Response:
    """Read what `navigator.credentials` returned, as its `toJSON` writes it.

    Args:
        sent: the JSON.
        kind: `CREATE` or `GET`.
        party: for whom it must be.

    Raises:
        PasskeyRefused: it has another form, type or origin.
    """
    if not isinstance(sent, dict) or not isinstance(sent.get("response"), dict):
        raise PasskeyRefused("passkey_unreadable")
    inner = sent["response"]
    body = {
        "id": sent.get("id"),
        "rawId": sent.get("rawId", sent.get("id")),
        "type": sent.get("type"),
        "response": {name: inner[name] for name in _PARTS if name in inner},
        "clientExtensionResults": sent.get("clientExtensionResults"),
    }
    credential_id = decoded(body["id"])
    if not 1 <= len(credential_id) <= MAX_CREDENTIAL_ID or body["rawId"] != body["id"]:
        raise PasskeyRefused("passkey_unreadable")
    return Response(credential_id, _challenge(inner.get("clientDataJSON"), kind, party), body)


_PARTS = (
    *("clientDataJSON", "attestationObject", "transports"),
    *("authenticatorData", "signature", "userHandle"),
)


def _challenge(client_data: object, kind: str, party: Party) -> str:
    try:
        data = orjson.loads(decoded(client_data))
    except orjson.JSONDecodeError as error:
        raise PasskeyRefused("passkey_unreadable") from error
    if not isinstance(data, dict):
        raise PasskeyRefused("passkey_unreadable")
    if data.get("type") != kind:
        raise PasskeyRefused("passkey_type")
    if data.get("origin") != party.origin:
        raise PasskeyRefused("passkey_origin")
    if data.get("crossOrigin", False) is not False or "topOrigin" in data:
        raise PasskeyRefused("passkey_cross_origin")
    return decoded(data.get("challenge")).decode("utf-8", "replace")


def decoded(value: object) -> bytes:
    """The bytes of base64url without padding.

    Raises:
        PasskeyRefused: it is something else.
    """
    if not isinstance(value, str) or len(value) > MAX_TEXT or "=" in value:
        raise PasskeyRefused("passkey_unreadable")
    try:
        plain = value.encode("ascii") + b"=" * (-len(value) % 4)
        return b64decode(plain, altchars=b"-_", validate=True)
    except (NotBase64, ValueError) as error:
        raise PasskeyRefused("passkey_unreadable") from error


def encoded(value: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(value).rstrip(b"=").decode("ascii")
