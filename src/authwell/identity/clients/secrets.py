"""Client secrets: how they are made, kept, compared and rotated (DESIGN.md section 4).

A secret of 32 or more characters is kept as HMAC-SHA-256 under a derived key: it cannot be
guessed, so a slow hash would cost a token request 17 ms and protect nothing. A shorter one,
chosen by a human, is kept as Argon2 and refused in production.

A client of `client_secret_jwt` signs with its secret, so that one is kept sealed and can be read.

An unknown client is compared like one with a machine's secret. A human's secret takes
longer, which tells that the client exists; that is one more reason to refuse it there.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from authwell.config.settings import Settings
from authwell.identity.passwords.hashing import Passwords
from authwell.protocol.clients.authentication import MAX_SECRET
from authwell.protocol.model import Client, ClientSecret
from authwell.utils.randomness import new_secret
from authwell.utils.sealing import CannotOpen, Sealer

PURPOSE = "client-secret"
SEALED_PURPOSE = "client-secret-sealed"
LEAST_MACHINE_LENGTH = 32
ROTATION_OVERLAP = timedelta(hours=24)


class UnfitSecret(ValueError):
    """The secret cannot be a client's; the text says why and never what it was."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose secret it is: a sealed one opens in its own row only."""

    tenant_id: str
    client_id: str

    @property
    def aad(self) -> str:
        """Table, column and row."""
        return f"client_secrets/value/{self.tenant_id}/{self.client_id}"


class ClientSecrets:
    """Makes what is kept of secrets and compares with it: the engine's port `SecretVerifier`.

    A human's secret takes a hashing place like a password, so both methods that touch one may
    raise `passwords.TooBusy`.
    """

    __slots__ = ("_human", "_is_production", "_keys", "_nobody", "_sealer")

    def __init__(
        self, keys: Sequence[bytes], human: Passwords, sealer: Sealer, *, is_production: bool
    ) -> None:
        """Take the derived keys, the present one first, and what hashes human secrets."""
        self._sealer = sealer
        self._keys = tuple(keys)
        self._human = human
        self._is_production = is_production
        self._nobody = (self._machine_value("nobody's"),)

    @classmethod
    def of(cls, settings: Settings, human: Passwords) -> "ClientSecrets":
        """Under keys derived from the key encryption key and those before it.

        An HMAC cannot be made anew without the secret, so an older key is needed until the
        last secret of its time has been rotated.
        """
        keys = (settings.key_encryption_key, *settings.key_encryption_key_old)
        return cls(
            [Sealer(key).derive(PURPOSE) for key in keys],
            human,
            Sealer(settings.key_encryption_key, settings.key_encryption_key_old),
            is_production=settings.environment == "production",
        )

    def matches(self, client: Client | None, presented: str, now: datetime) -> bool:
        """Whether `presented` is a live secret of the client, in constant time; None has none."""
        live = tuple(secret for secret in client.secrets if is_live(secret, now)) if client else ()
        return self.is_one_of(live, presented)

    def is_one_of(self, kept: Sequence[ClientSecret], presented: str) -> bool:
        """Whether one of the kept values is that of `presented`."""
        machine = [secret.value.encode() for secret in kept if secret.kind == "hmac"]
        found = False
        for key in self._keys:
            value = _hmac(key, presented).encode()
            for known in machine or self._nobody:
                found |= hmac.compare_digest(value, known)
        if found and machine:
            return True
        human = [secret.value for secret in kept if secret.kind == "argon2"]
        return any(self._human.matches(presented, value) for value in human)

    def keep(self, secret: str, expires_at: datetime | None = None) -> ClientSecret:
        """What is stored of a secret.

        Raises:
            UnfitSecret: empty, too long, not a line of text, or too short for production.
        """
        check(secret, is_production=self._is_production)
        if len(secret) >= LEAST_MACHINE_LENGTH:
            return ClientSecret("hmac", self._machine_value(secret).decode(), expires_at)
        return ClientSecret("argon2", self._human.hash(secret), expires_at)

    def keep_readable(
        self, secret: str, owner: Owner, expires_at: datetime | None = None
    ) -> ClientSecret:
        """What is stored of a secret that its client signs with (RFC 7518 section 3.2).

        Raises:
            UnfitSecret: as `keep`, or shorter than the MAC.
        """
        check(secret, is_production=self._is_production)
        if len(secret.encode()) < LEAST_MACHINE_LENGTH:
            raise UnfitSecret(f"must have {LEAST_MACHINE_LENGTH} or more bytes to sign with")
        sealed = self._sealer.seal(secret.encode(), SEALED_PURPOSE, owner.aad)
        value = urlsafe_b64encode(sealed).rstrip(b"=").decode()
        return ClientSecret("sealed", value, expires_at)

    def opened(self, kept: ClientSecret, owner: Owner) -> str | None:
        """The secret itself; None if it is not kept readable, or not by a key of this server."""
        if kept.kind != "sealed":
            return None
        try:
            sealed = urlsafe_b64decode(kept.value + "=" * (-len(kept.value) % 4))
            return self._sealer.open(sealed, SEALED_PURPOSE, owner.aad).decode()
        except (CannotOpen, ValueError):
            return None

    def is_kept(
        self, kept: Sequence[ClientSecret], presented: str, owner: Owner, *, signs: bool
    ) -> bool:
        """Whether one of the kept values is that of `presented`, in the form that is needed."""
        if not signs:
            return self.is_one_of(kept, presented)
        found = (self.opened(secret, owner) for secret in kept)
        wanted = presented.encode()
        return any(hmac.compare_digest(known.encode(), wanted) for known in found if known)

    def keep_for(self, secret: str, owner: Owner, *, signs: bool) -> ClientSecret:
        """What is stored of a secret, so that it can be read if its client `signs` with it.

        Raises:
            UnfitSecret: see `keep` and `keep_readable`.
        """
        return self.keep_readable(secret, owner) if signs else self.keep(secret)

    def refitted(
        self, kept: Sequence[ClientSecret], owner: Owner, *, signs: bool
    ) -> tuple[ClientSecret, ...]:
        """The kept secrets after a change of method; what has not the needed form is left out."""
        if signs:
            return tuple(secret for secret in kept if secret.kind == "sealed")
        found = []
        for secret in kept:
            opened = self.opened(secret, owner)
            if opened is not None:
                found.append(self.keep(opened, secret.expires_at))
            elif secret.kind != "sealed":
                found.append(secret)
        return tuple(found)

    def readable(self, client: Client, now: datetime) -> tuple[bytes, ...]:
        """The client's live secrets that it may sign with."""
        owner = Owner(client.tenant_id, client.client_id)
        live = (secret for secret in client.secrets if is_live(secret, now))
        found = (self.opened(secret, owner) for secret in live)
        return tuple(secret.encode() for secret in found if secret is not None)

    def _machine_value(self, secret: str) -> bytes:
        return _hmac(self._keys[0], secret).encode()


def generate() -> str:
    """A new secret of 256 random bits."""
    return new_secret("cs")


def check(secret: str, *, is_production: bool) -> None:
    """Check that a secret may be a client's.

    Raises:
        UnfitSecret: with the reason.
    """
    if not secret or not secret.isprintable() or secret != secret.strip():
        raise UnfitSecret("must be a line of text that neither begins nor ends with a space")
    if len(secret) > MAX_SECRET:
        raise UnfitSecret(f"must have at most {MAX_SECRET} characters")
    if is_production and len(secret) < LEAST_MACHINE_LENGTH:
        raise UnfitSecret(
            f"must have {LEAST_MACHINE_LENGTH} or more characters in production; "
            "leave it to `authwell client rotate-secret` to make one"
        )


def is_live(secret: ClientSecret, now: datetime) -> bool:
    """Whether the secret may still be used."""
    return secret.expires_at is None or secret.expires_at > now


def rotated(
    kept: Sequence[ClientSecret], new: ClientSecret, now: datetime, overlap: timedelta
) -> tuple[ClientSecret, ...]:
    """The client's secrets after a rotation: the new one, and the latest for `overlap`.

    Args:
        kept: the present ones.
        new: what is stored of the new secret.
        now: the present.
        overlap: how long the latest of `kept` may still be used.
    """
    live = [secret for secret in kept if is_live(secret, now)]
    if not live or not overlap:
        return (new,)
    end = now + overlap
    last = max(live, key=lambda secret: (secret.expires_at is None, secret.expires_at or now))
    return (replace(last, expires_at=min(last.expires_at or end, end)), new)


def _hmac(key: bytes, secret: str) -> str:
    mac = hmac.digest(key, secret.encode("utf-8", "surrogatepass"), "sha256")
    return urlsafe_b64encode(mac).rstrip(b"=").decode()
