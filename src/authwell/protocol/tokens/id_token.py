"""ID tokens (OpenID Connect Core section 2)."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256, sha384, sha512
from typing import Any

from authwell.protocol import held_claims, person, subjects
from authwell.protocol.claims import locales
from authwell.protocol.jose import signing
from authwell.protocol.jose.encryption import Recipient
from authwell.protocol.model import Client, Grant
from authwell.protocol.server import AuthorizationServer
from authwell.protocol.tokens.access_token import NoKey

_HASHES = {"256": sha256, "384": sha384, "512": sha512}


@dataclass(frozen=True, slots=True)
class Companions:
    """What the ID token belongs to: each is bound to it by its value or its hash.

    Attributes:
        state: only where the token travels through the browser.
    """

    nonce: str | None = None
    access_token: str | None = None
    code: str | None = None
    state: str | None = None


def sign(
    server: AuthorizationServer,
    client: Client,
    grant: Grant,
    companions: Companions,
    claims_of: frozenset[str] = frozenset(),
) -> str:
    """The ID token of a grant.

    Claims about the person are in it only where the `claims` parameter asked for them there
    (section 5.4); `auth_time` always is, because it costs nothing and some clients need it.

    Args:
        claims_of: the scope whose claims are in it too, because there is no access token to
            fetch them by.
    """
    key = server.tenant.keys.signing(client.id_token_signed_response_alg)
    if key is None:
        raise NoKey(client.id_token_signed_response_alg)
    told = claims(server, client, grant, companions, claims_of)
    return signing.sign(told | _hashes(companions, key.alg), key, "JWT")


def claims(
    server: AuthorizationServer,
    client: Client,
    grant: Grant,
    companions: Companions,
    claims_of: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """What the ID token says, but for the hashes of what it belongs to; arguments as of `sign`."""
    if grant.account is None:
        raise ValueError("an ID token is about a person")
    asked = grant.claims.get("id_token")
    told = person.about(grant.account, claims_of, asked, locales(grant.claims))
    told |= held_claims.about(server, grant.account, claims_of, asked)
    told |= {
        "iss": server.issuer,
        "sub": subjects.of(client, grant.account),
        "aud": client.client_id,
        "iat": int(server.now.timestamp()),
        "exp": int((server.now + client.policy.access_token_lifetime).timestamp()),
    }
    if grant.auth_time is not None:
        told["auth_time"] = int(grant.auth_time.timestamp())
    optional = {
        "nonce": companions.nonce,
        "sid": grant.sid,
        "acr": grant.acr,
        "amr": list(grant.amr),
    }
    return told | {name: value for name, value in optional.items() if value}


def sealed(signed: str, recipient: Recipient | None) -> str:
    """The ID token as it is sent: signed, and then encrypted where the client wants that
    (section 16.14).
    """
    return signed if recipient is None else recipient.encrypt(signed, cty="JWT")


def _hashes(companions: Companions, alg: str) -> dict[str, str]:
    """`at_hash` and `c_hash` (section 3.3.2.11), `s_hash` (FAPI 1.0 Advanced section 5.1.1)."""
    values = {
        "at_hash": companions.access_token,
        "c_hash": companions.code,
        "s_hash": companions.state,
    }
    return {name: half_hash(value, alg) for name, value in values.items() if value is not None}


def half_hash(value: str, alg: str) -> str:
    """The left half of the hash of a token or code (section 3.1.3.6).

    The hash is that of the signature; Ed25519 has SHA-512 inside.
    """
    hashed = _HASHES.get(alg[-3:], sha512)(value.encode()).digest()
    return urlsafe_b64encode(hashed[: len(hashed) // 2]).rstrip(b"=").decode("ascii")
