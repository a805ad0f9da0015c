"""Registering a passkey for an account that is logged in (WebAuthn section 7.1)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from authwell.identity.factors.second_factors import SecondFactors
from authwell.identity.passkeys import challenges
from authwell.identity.passkeys.challenges import LIFETIME, Ceremony
from authwell.identity.passkeys.errors import PasskeyRefused
from authwell.identity.passkeys.library import ALGORITHMS, NewKey, check_registration
from authwell.identity.passkeys.names import passkey_name
from authwell.identity.passkeys.party import is_possible, party_of
from authwell.identity.passkeys.responses import CREATE, Response, encoded, read_response
from authwell.protocol.events import EventType
from authwell.protocol.model import Account
from authwell.protocol.server import AuthorizationServer
from authwell.storage.database import Database
from authwell.storage.errors import Conflict
from authwell.storage.login.passkeys import Passkey, StoredPasskeys, add_passkey
from authwell.storage.people.links import Links
from authwell.utils.randomness import new_id

MOST = 20
"""Passkeys of one account."""


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """What somebody wants to register.

    Attributes:
        name: what its owner calls it.
        response: what the browser returned, as JSON.
    """

    name: str
    response: object


@dataclass(frozen=True, slots=True)
class Registered:
    """A passkey that counts from now on.

    Attributes:
        backup_codes: to be shown this once; empty if the account had some.
    """

    passkey: Passkey
    backup_codes: tuple[str, ...]


class Registration:
    """Begins and completes it; the caller has made sure that the person is present."""

    def __init__(self, database: Database, factors: SecondFactors) -> None:
        """Take the database, and the second factors, of which a passkey is one."""
        self._database = database
        self._factors = factors
        self._links = Links(database)
        self._passkeys = StoredPasskeys(database)

    def begin(
        self, server: AuthorizationServer, account: Account, holder: str, *, passwordless: bool
    ) -> dict[str, Any]:
        """The options for `navigator.credentials.create`, as JSON (section 5.4).

        Args:
            server: of this request.
            account: who is logged in.
            holder: what only their browser or program knows.
            passwordless: whether it must be found without a name and verify its user; if not,
                that is preferred.

        Raises:
            PasskeyRefused: the account has as many as it may have, or the issuer has no name.
        """
        known = self._passkeys.list(server.tenant.id, account.id)
        if len(known) >= MOST or not is_possible(server):
            raise PasskeyRefused("passkey_too_many", account.id)
        ceremony = Ceremony(
            challenges.REGISTRATION, holder, account.id, {"passwordless": passwordless}
        )
        challenge = challenges.begin(self._links, server, ceremony)
        return _options(server, account, challenge, known, passwordless=passwordless)

    def complete(
        self, server: AuthorizationServer, account: Account, holder: str, wanted: NewPasskey
    ) -> Registered:
        """Keep the new passkey and tell its owner by mail.

        Raises:
            PasskeyRefused: the response proves nothing.
            InvalidName: the name cannot be shown.
        """
        name = passkey_name(wanted.name)
        response = read_response(wanted.response, CREATE, party_of(server))
        ceremony = Ceremony(challenges.REGISTRATION, holder, account.id)
        link = challenges.finish(self._links, server, ceremony, response.challenge)
        key = check_registration(response, party_of(server))
        passwordless = link.data.get("passwordless") is True
        if key.credential_id != response.credential_id:
            raise PasskeyRefused("passkey_not_proven", account.id)
        if passwordless and not key.user_verified:
            raise PasskeyRefused("passkey_user_verification", account.id)
        made = _passkey(server, account, name, key, response, passwordless=passwordless)
        return Registered(made, self._keep(server, account, made))

    def _keep(
        self, server: AuthorizationServer, account: Account, made: Passkey
    ) -> tuple[str, ...]:
        data = {"passkey": made.id, "name": made.name, "attestation": made.attestation}
        event = server.event(EventType.PASSKEY_REGISTERED, account=account, data=data)
        try:
            with self._database.transaction() as transaction:
                add_passkey(transaction, made, event)
                return self._factors.added(transaction, server, account, "passkey", made.name)
        except Conflict as error:
            raise PasskeyRefused("passkey_taken", account.id) from error


def _passkey(
    server: AuthorizationServer,
    account: Account,
    name: str,
    key: NewKey,
    response: Response,
    *,
    passwordless: bool,
) -> Passkey:
    told = response.is_discoverable
    return Passkey(
        id=new_id(server.now),
        tenant_id=server.tenant.id,
        account_id=account.id,
        credential_id=key.credential_id,
        public_key=key.public_key,
        sign_count=key.sign_count,
        transports=response.transports,
        aaguid=key.aaguid,
        attestation=key.attestation,
        is_discoverable=passwordless if told is None else told,
        is_backup_eligible=key.is_backup_eligible,
        is_backed_up=key.is_backed_up,
        name=name,
        created_at=server.now,
    )


def _options(
    server: AuthorizationServer,
    account: Account,
    challenge: str,
    known: tuple[Passkey, ...],
    *,
    passwordless: bool,
) -> dict[str, Any]:
    party = party_of(server)
    wish = "required" if passwordless else "preferred"
    return {
        "rp": {"id": party.id, "name": party.name},
        "user": {
            "id": encoded(account.id.encode()),
            "name": account.email or account.username,
            "displayName": account.full_name or account.username,
        },
        "challenge": encoded(challenge.encode()),
        "pubKeyCredParams": [{"type": "public-key", "alg": alg} for alg in ALGORITHMS],
        "timeout": int(LIFETIME.total_seconds() * 1000),
        "excludeCredentials": [descriptor(passkey) for passkey in known],
        "authenticatorSelection": {
            "residentKey": wish,
            "requireResidentKey": passwordless,
            "userVerification": wish,
        },
        "attestation": "none",
        "extensions": {"credProps": True},
    }


def descriptor(passkey: Passkey) -> Mapping[str, Any]:
    """A passkey as browsers are told of it (section 5.8.3)."""
    return {
        "type": "public-key",
        "id": encoded(passkey.credential_id),
        "transports": list(passkey.transports),
    }
