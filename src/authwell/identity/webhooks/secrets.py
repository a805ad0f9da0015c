"""The secrets of webhook endpoints: sealed, because messages are signed with them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from authwell.storage.webhooks.endpoints import Endpoint, Secrets
from authwell.utils import standard_webhooks
from authwell.utils.sealing import Sealer

OVERLAP: Final = timedelta(days=1)
"""How long the secret before is good beside a new one, unless it is said otherwise."""

_PURPOSE: Final = "webhooks"


@dataclass(frozen=True, slots=True)
class EndpointSecrets:
    """Seals and opens them; each is bound to its tenant and endpoint."""

    sealer: Sealer

    def sealed(self, tenant_id: str, endpoint_id: str, secret: str) -> bytes:
        """What is kept of a secret."""
        return self.sealer.seal(secret.encode(), _PURPOSE, _aad(tenant_id, endpoint_id))

    def keys(self, endpoint: Endpoint, now: datetime) -> tuple[bytes, ...]:
        """The keys that messages are signed with now, that of the newest secret first.

        Raises:
            CannotOpen: they were sealed by a key that is gone.
        """
        return tuple(standard_webhooks.key_of(secret) for secret in self.opened(endpoint, now))

    def opened(self, endpoint: Endpoint, now: datetime) -> tuple[str, ...]:
        """The secrets that are good now, the newest first.

        Raises:
            CannotOpen: as `keys`.
        """
        kept = [endpoint.secrets.current]
        if self.has_previous(endpoint.secrets, now) and endpoint.secrets.previous is not None:
            kept.append(endpoint.secrets.previous)
        aad = _aad(endpoint.tenant_id, endpoint.id)
        return tuple(self.sealer.open(sealed, _PURPOSE, aad).decode() for sealed in kept)

    def is_current(self, endpoint: Endpoint, secret: str) -> bool:
        """Whether it is the secret that the endpoint has.

        Raises:
            CannotOpen: as `keys`.
        """
        aad = _aad(endpoint.tenant_id, endpoint.id)
        return self.sealer.open(endpoint.secrets.current, _PURPOSE, aad) == secret.encode()

    def rotated(
        self, endpoint: Endpoint, secret: str, now: datetime, overlap: timedelta
    ) -> Secrets:
        """The secrets with a new one; the present one is good for `overlap` more."""
        sealed = self.sealed(endpoint.tenant_id, endpoint.id, secret)
        if not overlap:
            return Secrets(sealed)
        return Secrets(sealed, endpoint.secrets.current, now + overlap)

    @staticmethod
    def has_previous(secrets: Secrets, now: datetime) -> bool:
        """Whether the secret before is still good."""
        return secrets.previous_until is not None and secrets.previous_until > now


def _aad(tenant_id: str, endpoint_id: str) -> str:
    return f"webhook_endpoints.secret:{tenant_id}:{endpoint_id}"
