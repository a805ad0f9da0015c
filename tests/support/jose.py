"""Tokens read without trust, and tokens as a forger would make them (RFC 7515)."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

Claims = dict[str, Any]


def base64url(data: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """The bytes of base64url without padding."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def number(text: str) -> int:
    """A Base64urlUInt (RFC 7518 section 2)."""
    return int.from_bytes(from_base64url(text), "big")


def header_of(token: str) -> Claims:
    """The header of a JWS, not verified."""
    header: Claims = json.loads(from_base64url(token.split(".", maxsplit=1)[0]))
    return header


def claims_of(token: str) -> Claims:
    """The claims of a JWS, not verified."""
    claims: Claims = json.loads(from_base64url(token.split(".")[1]))
    return claims


def _segment(value: Any) -> str:
    return base64url(json.dumps(value, separators=(",", ":")).encode())


def signing_input(header: Mapping[str, Any], claims: Any) -> str:
    """The two first parts of a JWS."""
    return f"{_segment(header)}.{_segment(claims)}"


def unsigned(claims: Any, alg: str = "none", **header: Any) -> str:
    """A token that claims to need no signature."""
    return signing_input({"alg": alg, "typ": "at+jwt", **header}, claims) + "."


def hs256(claims: Any, secret: bytes, **header: Any) -> str:
    """A token under a symmetric key."""
    head = signing_input({"alg": "HS256", "typ": "at+jwt", **header}, claims)
    return head + "." + base64url(hmac.new(secret, head.encode(), hashlib.sha256).digest())


def rs256(claims: Any, key: rsa.RSAPrivateKey, **header: Any) -> str:
    """A token under an RSA key."""
    head = signing_input({"alg": "RS256", "typ": "at+jwt", **header}, claims)
    signature = key.sign(head.encode(), padding.PKCS1v15(), hashes.SHA256())
    return head + "." + base64url(signature)


def rsa_key() -> rsa.RSAPrivateKey:
    """A key of somebody else."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public_jwk(key: rsa.RSAPrivateKey) -> Claims:
    """The public part of a key, as a forger would put it into a header."""
    numbers = key.public_key().public_numbers()
    size = (numbers.n.bit_length() + 7) // 8
    return {
        "kty": "RSA",
        "n": base64url(numbers.n.to_bytes(size, "big")),
        "e": base64url(numbers.e.to_bytes(3, "big")),
    }


def public_key(jwk: Mapping[str, str]) -> rsa.RSAPublicKey:
    """An RSA key of a JWKS."""
    return rsa.RSAPublicNumbers(number(jwk["e"]), number(jwk["n"])).public_key()


def pem(jwk: Mapping[str, str]) -> bytes:
    """A published RSA key as PEM."""
    return public_key(jwk).public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def der(jwk: Mapping[str, str]) -> bytes:
    """A published RSA key as DER."""
    return public_key(jwk).public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def verified(token: str, jwks: Mapping[str, Any]) -> Claims:
    """The claims of an RS256 token signed by the key of the set that its kid names."""
    header = header_of(token)
    if header["alg"] != "RS256":
        raise AssertionError(f"not RS256 but {header['alg']}")
    (jwk,) = [key for key in jwks["keys"] if key["kid"] == header["kid"]]
    head, _, signature = token.rpartition(".")
    public_key(jwk).verify(
        from_base64url(signature), head.encode(), padding.PKCS1v15(), hashes.SHA256()
    )
    return claims_of(token)


def half_hash(value: str) -> str:
    """at_hash or c_hash under RS256 (OpenID Connect Core section 3.1.3.6)."""
    return base64url(hashlib.sha256(value.encode()).digest()[:16])
