"""Proof Key for Code Exchange (RFC 7636), S256 only (RFC 9700 section 2.1.1)."""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest

from authwell.protocol.errors import InvalidGrant, InvalidRequest

_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")


def is_challenge(value: str) -> bool:
    """Whether the value can be an S256 challenge: 43 characters of base64url."""
    return _CHALLENGE.fullmatch(value) is not None


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636 section 4.2)."""
    return urlsafe_b64encode(sha256(verifier.encode("ascii")).digest())[:43].decode("ascii")


def challenge_by(verifier: str | None) -> str | None:
    """The challenge that a well-formed verifier proves; None for no verifier and for any other."""
    return challenge_of(verifier) if verifier and _VERIFIER.fullmatch(verifier) else None


def prove_possession(verifier: str | None, challenge: str | None) -> None:
    """Check that the caller is the one who started the flow.

    Args:
        verifier: `code_verifier` of the token request.
        challenge: `code_challenge` of the authorization request; None if it had none.

    Raises:
        InvalidRequest: the verifier is malformed (RFC 7636 section 4.1).
        InvalidGrant: they do not belong together (RFC 7636 section 4.6), or only one
            of them is present, which is a downgrade (RFC 9700 section 4.8.2).
    """
    if verifier is None and challenge is None:
        return
    if verifier is None:
        raise InvalidGrant("code_verifier is missing.", rule="pkce_verifier_missing")
    if challenge is None:
        raise InvalidGrant(
            "code_verifier was sent, but the authorization request had no code_challenge.",
            rule="pkce_downgrade",
        )
    if not _VERIFIER.fullmatch(verifier):
        raise InvalidRequest(
            "code_verifier must be 43 to 128 unreserved characters.", rule="pkce_verifier_malformed"
        )
    if not compare_digest(challenge_of(verifier), challenge):
        raise InvalidGrant("code_verifier does not fit.", rule="pkce_verifier_wrong")
