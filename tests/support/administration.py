"""What an administrator does: the clients API with a token, the rest by the command line."""

from dataclasses import dataclass
from typing import Any

import httpx2

from tests.support.configuration import Entry
from tests.support.site import Site


@dataclass(frozen=True, slots=True)
class Administration:
    """An administrator of a site."""

    site: Site

    @property
    def bearer(self) -> dict[str, str]:
        """The header of a fresh administrator's token."""
        return {"Authorization": f"Bearer {self.site.client_credentials('admin', scope='admin')}"}

    def request(self, method: str, path: str = "", **options: Any) -> httpx2.Response:
        """A request to the clients API."""
        url = self.site.endpoint("clients") + path
        return self.site.http.request(method, url, headers=self.bearer, **options)

    def create(self, entry: Entry) -> httpx2.Response:
        """Create a client."""
        return self.request("POST", json=entry)

    def disable_account(self, username: str) -> None:
        """Shut an account out."""
        self.site.run("user", "update", username, "--status", "disabled")

    def delete_account(self, username: str) -> None:
        """Remove an account."""
        self.site.run("user", "delete", username, "--yes")

    def set_password(self, username: str, password: str) -> None:
        """Give an account another password."""
        self.site.run("user", "update", username, "--password", password)

    def disable_client(self, client_id: str) -> None:
        """Shut a client out."""
        self.site.run("client", "update", client_id, "--status", "disabled")

    def revoke_consent(self, username: str, client_id: str) -> None:
        """Take back what an account allowed a client."""
        self.site.run("user", "revoke-consent", username, client_id)
