"""Connected applications: the clients that a person allowed something, and taking it back."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from authwell.identity.clients import consent
from authwell.protocol.events import EventType
from authwell.protocol.model import Account, Grant
from authwell.protocol.server import AuthorizationServer
from authwell.storage.database import Database
from authwell.storage.tokens.consents import Consents, RememberedSince
from authwell.storage.tokens.grants import SqlGrants

_UNSAID = frozenset({"openid", consent.OFFLINE})


@dataclass(frozen=True, slots=True)
class Access:
    """One grant that stands: what its tokens may do, since when and until when."""

    since: datetime
    until: datetime
    offline: bool
    """Whether it outlives the session in which it was given."""


@dataclass(frozen=True, slots=True)
class Application:
    """A client with all that a person allowed it."""

    client_id: str
    name: str
    client_uri: str | None
    since: datetime
    allows: tuple[str, ...]
    """What it may do, a sentence each."""
    access: tuple[Access, ...]
    """Its grants that stand, the latest first; none: it is only not asked about again."""


class Applications:
    """The applications of one person at a time."""

    def __init__(self, database: Database) -> None:
        """Work on one database."""
        self._database = database

    def list(self, server: AuthorizationServer, account: Account) -> tuple[Application, ...]:
        """All clients with a remembered consent or a grant that stands, by name."""
        tenant_id = server.tenant.id
        remembered = {
            known.consent.client_id: known
            for known in Consents(self._database).list_since(tenant_id, account.id)
        }
        grants: dict[str, list[Grant]] = {}
        for grant in SqlGrants(self._database).list(tenant_id, account.id, server.now):
            if grant.ended is None:
                grants.setdefault(grant.client_id, []).append(grant)
        found = (
            _application(server, client_id, remembered.get(client_id), grants.get(client_id, ()))
            for client_id in remembered.keys() | grants.keys()
        )
        return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.client_id)))

    def remove(self, server: AuthorizationServer, account: Account, client_id: str) -> bool:
        """Forget the consent and end all grants, and thereby all tokens; False if there is none.

        The client is asked for consent again when it comes back.
        """
        client = server.clients.find(client_id)
        if client is None:
            return False
        event = server.event(EventType.CONSENT_REVOKED, client=client, account=account)
        return consent.revoke(self._database, event) is not None


def _application(
    server: AuthorizationServer,
    client_id: str,
    remembered: RememberedSince | None,
    grants: Iterable[Grant],
) -> Application:
    client = server.clients.find(client_id)
    access = tuple(
        Access(grant.created_at, grant.expires_at, grant.offline)
        for grant in sorted(grants, key=lambda grant: grant.created_at, reverse=True)
    )
    scope = frozenset[str]().union(*(grant.scope for grant in grants))
    since = [grant.since for grant in access]
    if remembered is not None:
        scope |= remembered.consent.scope
        since.append(remembered.since)
    return Application(
        client_id=client_id,
        name=client_id if client is None else client.name,
        client_uri=None if client is None else client.display.get("client_uri"),
        since=min(since),
        allows=tuple(consent.in_words(server.tenant, name) for name in sorted(scope - _UNSAID)),
        access=access,
    )
