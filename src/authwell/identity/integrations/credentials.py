"""Keys and secrets of integrations: a key is kept as its digest, a secret is sealed."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from authwell.identity.people.api_keys import PREFIX
from authwell.storage.integrations import Credentials, Integration
from authwell.utils import standard_webhooks
from authwell.utils.randomness import digest, new_secret
from authwell.utils.sealing import Sealer

OVERLAP: Final = timedelta(days=1)
"""How long key and secret before are good beside new ones, unless it is said otherwise."""

_PURPOSE: Final = "integrations"


def new_api_key() -> str:
    """A key of 256 random bits."""
    return new_secret(PREFIX)


@dataclass(frozen=True, slots=True)
class IntegrationSecrets:
    """Seals and opens them; each is bound to its tenant and integration."""

    sealer: Sealer

    def kept(self, tenant_id: str, integration_id: str, api_key: str, secret: str) -> Credentials:
        """What is kept of both."""
        return Credentials(digest(api_key), self.sealed(tenant_id, integration_id, secret))

    def sealed(self, tenant_id: str, integration_id: str, secret: str) -> bytes:
        """What is kept of a secret."""
        return self.sealer.seal(secret.encode(), _PURPOSE, _aad(tenant_id, integration_id))

    def opened(self, integration: Integration, credentials: Credentials) -> str:
        """The secret of an integration.

        Raises:
            CannotOpen: it was sealed by a key that is gone.
        """
        aad = _aad(integration.tenant_id, integration.id)
        return self.sealer.open(credentials.secret, _PURPOSE, aad).decode()

    def is_current(self, integration: Integration, secret: str) -> bool:
        """Whether it is the secret that the integration has.

        Raises:
            CannotOpen: as `opened`.
        """
        return self.opened(integration, integration.current) == secret

    def signing_key(self, integration: Integration, credentials: Credentials) -> bytes:
        """The key that messages are signed with.

        Raises:
            CannotOpen: as `opened`.
        """
        return standard_webhooks.key_of(self.opened(integration, credentials))


def _aad(tenant_id: str, integration_id: str) -> str:
    return f"integrations.secret:{tenant_id}:{integration_id}"
