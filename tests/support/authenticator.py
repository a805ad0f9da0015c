"""An authenticator made of software, which can also lie (WebAuthn Level 3 section 6)."""

import json
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, ELIGIBLE, BACKED_UP, ATTESTED = 0x01, 0x04, 0x08, 0x10, 0x40
ES256, EDDSA, RS256 = -7, -8, -257

Key = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey


def b64(value: bytes) -> str:
    """Base64url without padding."""
    return urlsafe_b64encode(value).rstrip(b"=").decode()


def unb64(value: str) -> bytes:
    """The bytes of base64url."""
    return urlsafe_b64decode(value + "==")


@dataclass
class Authenticator:
    """Holds one credential.

    Attributes:
        flags: of each response, beside what the kind of response needs.
        rp_id: another relying party, if it is to lie about it.
        client: members of the client data that are changed; None leaves one out.
        user_handle: of a login; what it was registered with if None.
    """

    origin: str
    algorithm: int = ES256
    flags: int = PRESENT | VERIFIED
    counter: int = 0
    counts: bool = True
    attestation: str = "none"
    rp_id: str | None = None
    client: dict[str, Any] = field(default_factory=dict)
    user_handle: bytes | None = None
    credential_id: bytes = field(default_factory=lambda: token_bytes(32))
    key: Key | None = None

    def create(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Answer `navigator.credentials.create`."""
        self.key = self.key or new_key(self.algorithm)
        self.user_handle = self.user_handle or unb64(options["user"]["id"])
        client_data = self._client_data("webauthn.create", options["challenge"])
        data = self._data(options["rp"]["id"], ATTESTED)
        data += bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id
        data += cbor2.dumps({**public_key(self.key), 3: self.algorithm})
        statement = self._statement(data, client_data)
        attested = {"fmt": self.attestation, "attStmt": statement, "authData": data}
        return self._response(
            {
                "clientDataJSON": b64(client_data),
                "attestationObject": b64(cbor2.dumps(attested)),
                "transports": ["internal", "hybrid"],
            },
            {"credProps": {"rk": True}},
        )

    def get(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Answer `navigator.credentials.get`."""
        self.counter += self.counts
        client_data = self._client_data("webauthn.get", options["challenge"])
        data = self._data(options["rpId"], 0)
        signature = self._sign(data + sha256(client_data).digest())
        inner = {
            "clientDataJSON": b64(client_data),
            "authenticatorData": b64(data),
            "signature": b64(signature),
        }
        if self.user_handle is not None:
            inner["userHandle"] = b64(self.user_handle)
        return self._response(inner, {})

    def _response(self, inner: dict[str, Any], extensions: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": b64(self.credential_id),
            "rawId": b64(self.credential_id),
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "response": inner,
            "clientExtensionResults": extensions,
        }

    def _client_data(self, kind: str, challenge: str) -> bytes:
        members = {"type": kind, "challenge": challenge, "origin": self.origin}
        merged = {**members, "crossOrigin": False, **self.client}
        return json.dumps({k: v for k, v in merged.items() if v is not None}).encode()

    def _data(self, rp_id: str, more: int) -> bytes:
        digest = sha256((self.rp_id or rp_id).encode()).digest()
        return digest + bytes([self.flags | more]) + struct.pack(">I", self.counter)

    def _statement(self, data: bytes, client_data: bytes) -> dict[str, Any]:
        if self.attestation == "none":
            return {}
        return {
            "alg": self.algorithm,
            "sig": self._sign(data + sha256(client_data).digest()),
        }

    def _sign(self, data: bytes) -> bytes:
        if isinstance(self.key, ec.EllipticCurvePrivateKey):
            return self.key.sign(data, ec.ECDSA(SHA256()))
        if isinstance(self.key, rsa.RSAPrivateKey):
            return self.key.sign(data, padding.PKCS1v15(), SHA256())
        assert self.key is not None
        return self.key.sign(data)


def new_key(algorithm: int) -> Key:
    """A private key for a COSE algorithm."""
    if algorithm == EDDSA:
        return ed25519.Ed25519PrivateKey.generate()
    if algorithm == RS256:
        return rsa.generate_private_key(65537, 2048)
    return ec.generate_private_key(ec.SECP256R1())


def public_key(key: Key) -> dict[int, Any]:
    """Its public part as COSE."""
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return {1: 1, 3: EDDSA, -1: 6, -2: key.public_key().public_bytes_raw()}
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.public_key().public_numbers()
        return {1: 3, 3: RS256, -1: numbers.n.to_bytes(256), -2: numbers.e.to_bytes(3)}
    point = key.public_key().public_numbers()
    return {1: 2, 3: ES256, -1: 1, -2: point.x.to_bytes(32), -3: point.y.to_bytes(32)}
