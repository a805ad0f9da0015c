"""Encrypting tokens to clients (RFC 7516, RFC 7518 sections 4 and 5)."""

from dataclasses import dataclass
from typing import Final

from joserfc import jwe
from joserfc.jwe import JWERegistry

from authwell.protocol.jose.client_keys import ClientKey
from authwell.protocol.policy import ENCRYPTION_ALGS, ENCRYPTION_ENCS

_REGISTRY: Final = JWERegistry(algorithms=[*ENCRYPTION_ALGS, *ENCRYPTION_ENCS])


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom something is encrypted to, and how."""

    key: ClientKey
    alg: str
    enc: str

    def encrypt(self, plain: str | bytes, cty: str | None = None) -> str:
        """`plain` as a compact JWE.

        Args:
            cty: JWT for a token in a token (RFC 7519 section 5.2).
        """
        header = {"alg": self.alg, "enc": self.enc}
        if self.key.kid is not None:
            header["kid"] = self.key.kid
        if cty is not None:
            header["cty"] = cty
        return jwe.encrypt_compact(header, plain, self.key.public, registry=_REGISTRY)


def best(keys: tuple[ClientKey, ...], alg: str) -> ClientKey | None:
    """The key for `alg`: one that says it is for encryption, and for that, before others."""
    fitting = [key for key in keys if key.encrypts(alg)]
    return min(fitting, key=lambda key: (key.use is None, key.alg is None), default=None)
