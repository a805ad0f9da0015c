"""Client assertions as a client makes them, and as it should not (RFC 7523 section 2.2)."""

import time
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from joserfc.jws import JWSRegistry

from tests.support.jose import base64url, signing_input

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def new_key(alg: str) -> Key:
    """A key of a client that signs by `alg`."""
    if alg in ("RS256", "PS256"):
        return RSAKey.generate_key(2048)
    return ECKey.generate_key("P-256") if alg == "ES256" else OKPKey.generate_key("Ed25519")


def public(key: Key, **members: Any) -> dict[str, Any]:
    """The key as its client publishes it."""
    return {**key.as_dict(private=False), **members}


def signed(claims: Any, key: Key, alg: str, **header: Any) -> str:
    """A JWS; a header of None is left out."""
    shown = {name: value for name, value in {"alg": alg, **header}.items() if value is not None}
    head = signing_input(shown, claims)
    return head + "." + base64url(JWSRegistry.algorithms[alg].sign(head.encode(), key))


def mac(claims: Any, secret: str, **header: Any) -> str:
    """A JWS by HS256."""
    return signed(claims, OctKey.import_key(secret), "HS256", **header)


def claims_for(
    client_id: str, audience: Any, now: float | None = None, **changes: Any
) -> dict[str, Any]:
    """Valid claims with some changed or (None) left out."""
    moment = int(time.time() if now is None else now)
    claims: dict[str, Any] = {
        "iss": client_id,
        "sub": client_id,
        "aud": audience,
        "iat": moment,
        "exp": moment + 60,
        "jti": str(uuid4()),
    }
    return {name: value for name, value in {**claims, **changes}.items() if value is not None}


def form(assertion: str, **more: str) -> Mapping[str, str]:
    """The parameters that carry it."""
    return {"client_assertion_type": TYPE, "client_assertion": assertion, **more}
