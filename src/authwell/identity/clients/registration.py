"""Clients that register and manage themselves (RFC 7591 section 3, RFC 7592 section 2).

The registration access token is shown with each answer that made it and kept as a digest. A
change replaces it in the statement that the change rests on, so an old one is worth nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Any, Final

from authwell.identity.clients import secrets as client_secrets
from authwell.identity.clients.secrets import ClientSecrets, Owner
from authwell.identity.clients.sectors import Sector, check_sector, sector_of
from authwell.identity.clients.targets import check_targets
from authwell.protocol.clients import registration, rights
from authwell.protocol.clients.members import EXTENSIONS
from authwell.protocol.clients.readers import InvalidClientMetadata
from authwell.protocol.clients.registration import Registered, Terms
from authwell.protocol.errors import (
    ClientDisabled,
    InvalidMetadata,
    InvalidToken,
    MissingToken,
    RegistrationOff,
    RegistrationsFull,
)
from authwell.protocol.events import EventType
from authwell.protocol.model import ClientSecret, Event
from authwell.protocol.server import AuthorizationServer
from authwell.storage.clients.initial_access_tokens import InitialAccessToken, InitialAccessTokens
from authwell.storage.clients.registrations import (
    Managed,
    NewRegistration,
    Registrations,
    Replacement,
)
from authwell.storage.configuration.rows import ClientRecord
from authwell.storage.database import Database
from authwell.storage.errors import Conflict
from authwell.utils.fetches import Fetches
from authwell.utils.randomness import digest, new_secret

ATTEMPTS: Final = 3
"""Changes that an administrator's may overtake."""


@dataclass(frozen=True, slots=True)
class Information:
    """What a client is told of itself (RFC 7592 section 3)."""

    client: ClientRecord
    metadata: Mapping[str, Any]
    access_token: str
    secret: str | None = None
    """Only where it was made, or sent, just now."""


@dataclass(frozen=True, slots=True)
class Registrar:
    """Registers clients.

    Attributes:
        most_unused: how many openly registered clients may wait for their first use.
    """

    database: Database
    secrets: ClientSecrets
    fetches: Fetches
    most_unused: int

    def register(
        self, server: AuthorizationServer, sent: Mapping[str, Any], token: str | None
    ) -> Information:
        """Register a client.

        Args:
            server: its tenant.
            sent: the JSON object of the request.
            token: the initial access token, if one was sent.

        Raises:
            OAuthError: it is refused; see `protocol.clients.registration.read`.
            BearerError: the token is missing, or nothing is left of it.
        """
        allowed = self._allowed(server, token)
        terms = _terms(server, allowed)
        client_id = token_hex(16)
        made = self._checked(server, client_id, sent, terms)
        secret, kept = self._secret(server, made)
        access_token = new_secret("rat")
        now = server.now
        record = ClientRecord(client_id, made.metadata, now, now, kept, registered_by=terms.origin)
        new = NewRegistration(
            tenant_id=server.tenant.id,
            client=record,
            origin=terms.origin,
            token_digest=digest(access_token),
            event=_registered(server, made, allowed),
            scope_limit=_joined(terms.scope_limit),
            initial_access_token=(allowed.id, allowed.digest) if allowed else None,
            is_announced=made.client.is_public,
        )
        self._keep(server, new)
        return Information(
            record, registration.information(made.client, made.metadata), access_token, secret
        )

    def read(self, server: AuthorizationServer, client_id: str, token: str) -> Information:
        """The client as it is registered.

        Raises:
            InvalidToken: the token is not this client's, or there is no such client, which is
                the same to whoever asks (THREATS.md DR-04).
            ClientDisabled: an administrator has switched it off.
        """
        record = self._managed(server, client_id, token).client
        client = registration.present(server, client_id, record.metadata, record.registered_by)
        return Information(record, registration.information(client, record.metadata), token)

    def update(
        self, server: AuthorizationServer, client_id: str, token: str, sent: Mapping[str, Any]
    ) -> Information:
        """Replace all that the client says of itself (RFC 7592 section 2.2).

        Raises:
            OAuthError: as `register`.
            BearerError: as `read`.
        """
        for _ in range(ATTEMPTS):
            managed = self._managed(server, client_id, token)
            try:
                return self._updated(server, managed, token, sent)
            except Conflict:
                # An administrator was quicker: what they wrote is part of what is replaced next.
                continue
        raise Conflict("clients.updated_at")

    def delete(self, server: AuthorizationServer, client_id: str, token: str) -> None:
        """End the client and everything that was granted by it (RFC 7592 section 2.3).

        Raises:
            BearerError: as `read`.
        """
        self._managed(server, client_id, token)
        event = _event(server, EventType.CLIENT_DELETED, client_id)
        if not Registrations(self.database).end(
            server.tenant.id, client_id, digest(token), server.now, event
        ):
            raise _not_its_token(client_id)

    def _allowed(self, server: AuthorizationServer, token: str | None) -> InitialAccessToken | None:
        """The initial access token, where one was sent or is needed."""
        require_on(server)
        if token is None:
            if server.tenant.registration.mode == "open":
                return None
            raise MissingToken("an initial access token is needed")
        tokens = InitialAccessTokens(self.database, server.tenant.id)
        found = tokens.find(digest(token), server.now)
        if found is None:
            raise InvalidToken("no initial access token, or nothing is left of it")
        return found

    def _checked(
        self,
        server: AuthorizationServer,
        client_id: str,
        sent: Mapping[str, Any],
        terms: Terms,
        known: Sector | None = None,
    ) -> Registered:
        """What was sent by all rules; the sector is fetched last, unless it is as known."""
        made = registration.read(server, client_id, sent, terms)
        sector = sector_of(client_id, made.metadata)
        try:
            check_targets(self.fetches.outgoing, client_id, made.metadata)
            if sector is not None and sector != known:
                check_sector(self.fetches, sector)
        except InvalidClientMetadata as error:
            raise registration.refusal(error) from error
        return made

    def _secret(
        self, server: AuthorizationServer, made: Registered
    ) -> tuple[str | None, tuple[ClientSecret, ...]]:
        if not made.client.has_secret:
            return None, ()
        secret = client_secrets.generate()
        owner = Owner(server.tenant.id, made.client.client_id)
        return secret, (self.secrets.keep_for(secret, owner, signs=_signs(made)),)

    def _keep(self, server: AuthorizationServer, new: NewRegistration) -> None:
        registrations = Registrations(self.database)
        match registrations.add(new, server.now, most_unused=self.most_unused):
            case "token_used_up":
                raise InvalidToken("the last use of the initial access token went elsewhere")
            case "full":
                raise RegistrationsFull(
                    "Too many clients wait for their first use. Try again later.",
                    reason=f"{self.most_unused} clients are registered and were never used",
                    rule="registrations_full",
                )
            case "added":
                return

    def _managed(self, server: AuthorizationServer, client_id: str, token: str) -> Managed:
        require_on(server)
        found = Registrations(self.database).find(server.tenant.id, client_id, digest(token))
        if found is None:
            raise _not_its_token(client_id)
        if found.client.status != "active":
            raise ClientDisabled(f"client {client_id} is disabled")
        return found

    def _updated(
        self, server: AuthorizationServer, managed: Managed, token: str, sent: Mapping[str, Any]
    ) -> Information:
        client = managed.client
        known = self._known_secret(server, client, sent)
        made = self._checked(
            server,
            client.client_id,
            sent,
            _terms_of(managed),
            sector_of(client.client_id, client.metadata),
        )
        kept = _merged(server, managed, made)
        secret, secrets = self._new_secrets(server, made, client, known)
        access_token = new_secret("rat")
        event = _event(server, EventType.CLIENT_UPDATED, client.client_id)
        written = Registrations(self.database).replace(
            Replacement(
                tenant_id=server.tenant.id,
                seen=client,
                metadata=kept,
                secrets=secrets,
                token_digest=digest(token),
                new_digest=digest(access_token),
                event=event,
            ),
            server.now,
        )
        if not written:
            raise _not_its_token(client.client_id)
        told = registration.information(made.client, kept)
        return Information(client, told, access_token, secret)

    def _known_secret(
        self, server: AuthorizationServer, client: ClientRecord, sent: Mapping[str, Any]
    ) -> str | None:
        """The present secret, if the request repeats it; who it is about must be said."""
        if sent.get("client_id") != client.client_id:
            raise InvalidMetadata(
                "client_id must be there and be that of the address.", rule="client_id_differs"
            )
        secret = sent.get("client_secret")
        if secret is None:
            return None
        owner = Owner(server.tenant.id, client.client_id)
        live = tuple(kept for kept in client.secrets if client_secrets.is_live(kept, server.now))
        signs = any(kept.kind == "sealed" for kept in live)
        if not isinstance(secret, str) or not self.secrets.is_kept(
            live, secret, owner, signs=signs
        ):
            raise InvalidMetadata(
                "client_secret is not the client's; leave it out.", rule="client_secret_differs"
            )
        return secret

    def _new_secrets(
        self,
        server: AuthorizationServer,
        made: Registered,
        client: ClientRecord,
        known: str | None,
    ) -> tuple[str | None, tuple[ClientSecret, ...] | None]:
        """The secret to tell, and those to keep; None leaves them as they are."""
        if not made.client.has_secret:
            return None, ()
        owner, signs = Owner(server.tenant.id, client.client_id), _signs(made)
        fitting = self.secrets.refitted(client.secrets, owner, signs=signs)
        if fitting:
            return known, None if fitting == client.secrets else fitting
        secret = known or client_secrets.generate()
        return secret, (self.secrets.keep_for(secret, owner, signs=signs),)


def _terms(server: AuthorizationServer, allowed: InitialAccessToken | None) -> Terms:
    profiles = server.tenant.registration.profiles
    if allowed is None:
        return Terms("open", profiles)
    if allowed.profile is not None:
        profiles = (allowed.profile,)
    return Terms("initial_access_token", profiles, allowed.scope)


def _terms_of(managed: Managed) -> Terms:
    """Those of its registration: an update never widens them."""
    limit, known = managed.scope_limit, managed.client.metadata
    return Terms(
        origin=managed.client.registered_by,
        profiles=(str(known["profile"]),) if "profile" in known else (),
        scope_limit=None if limit is None else frozenset(limit.split()),
        present_scope=frozenset(str(known.get("scope", "")).split()),
    )


def _merged(server: AuthorizationServer, managed: Managed, made: Registered) -> dict[str, Any]:
    """What a client said of itself with what only administrators say of it.

    Raises:
        InvalidMetadata: they do not go together, or it would take a right elsewhere.
    """
    client, limit = managed.client, managed.scope_limit
    given = {name: value for name, value in client.metadata.items() if name in EXTENSIONS}
    kept = {**made.metadata, **given}
    if rights.has_given(client.metadata, None if limit is None else frozenset(limit.split())):
        try:
            rights.check_unchanged(client.metadata, kept)
        except InvalidClientMetadata as error:
            raise registration.refusal(error) from error
    registration.present(server, client.client_id, kept, client.registered_by)
    return kept


def _signs(made: Registered) -> bool:
    return made.client.token_endpoint_auth_method == "client_secret_jwt"


def _joined(scope: frozenset[str] | None) -> str | None:
    return None if scope is None else " ".join(sorted(scope))


def _registered(
    server: AuthorizationServer, made: Registered, allowed: InitialAccessToken | None
) -> Event:
    data: dict[str, str] = {"by": made.client.registered_by}
    if allowed is not None:
        data["initial_access_token"] = allowed.id
    return server.event(EventType.CLIENT_REGISTERED, client=made.client, data=data)


def _event(server: AuthorizationServer, kind: EventType, client_id: str) -> Event:
    return replace(server.event(kind), client_id=client_id, actor=f"client:{client_id}")


def require_on(server: AuthorizationServer) -> None:
    """Check that the tenant lets clients register themselves at all.

    Raises:
        RegistrationOff: it does not.
    """
    if server.tenant.registration.mode == "off":
        raise RegistrationOff(
            "Clients cannot register themselves here.",
            reason="the tenant's policy has registration: off",
            rule="registration_off",
        )


def _not_its_token(client_id: str) -> InvalidToken:
    return InvalidToken(f"not the registration access token of {client_id[:100]!r}")
