"""Logging in by a passkey: alone, or after something else (WebAuthn section 7.2)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from authwell.identity.login.guard import Door, Guard, Locked
from authwell.identity.passkeys import challenges
from authwell.identity.passkeys.candidates import Candidates
from authwell.identity.passkeys.challenges import LIFETIME, Ceremony
from authwell.identity.passkeys.errors import PasskeyRefused
from authwell.identity.passkeys.library import Assertion, check_assertion
from authwell.identity.passkeys.party import party_of
from authwell.identity.passkeys.registration import descriptor
from authwell.identity.passkeys.responses import GET, Response, encoded, read_response
from authwell.protocol import authentication_context as context
from authwell.protocol.events import EventType
from authwell.protocol.model import Account
from authwell.protocol.server import AuthorizationServer
from authwell.storage.audit.events import AuditLog
from authwell.storage.database import Database
from authwell.storage.login.passkeys import Passkey, StoredPasskeys
from authwell.storage.people.accounts import Accounts
from authwell.storage.people.links import Links
from authwell.utils.logs import get_logger

log = get_logger("passkeys")


@dataclass(frozen=True, slots=True)
class Proven:
    """The person of this account used a passkey of theirs just now.

    Attributes:
        methods: what that is worth (RFC 8176): `pop`, with `mfa` if the authenticator verified who
            used it.
    """

    account: Account
    passkey: Passkey
    methods: Mapping[str, datetime]


class Authentication:
    """Begins and completes it, for whoever is allowed to knock."""

    def __init__(
        self, database: Database, candidates: Candidates, guard: Guard, *, refuse_counter: bool
    ) -> None:
        """Take the database.

        Args:
            database: where passkeys are.
            candidates: what unknown people are offered.
            guard: counts attempts by address; nobody guesses a signature, so strangers who send
                wrong ones lock nobody's account.
            refuse_counter: whether a counter that went back shuts the door (THREATS.md PA-05).
        """
        self._accounts = Accounts(database)
        self._audit = AuditLog(database)
        self._links = Links(database)
        self._passkeys = StoredPasskeys(database)
        self._candidates = candidates
        self._guard = guard
        self._refuse_counter = refuse_counter

    def begin_login(
        self, server: AuthorizationServer, holder: str, username: str | None = None
    ) -> dict[str, Any]:
        """The options for `navigator.credentials.get` of somebody who is not known yet.

        Args:
            server: of this request.
            holder: what only their browser or program knows.
            username: if they said who they are, also keys that need to be named can answer.
                A name that nobody has is answered in the same way (PA-07).
        """
        challenge = challenges.begin(self._links, server, Ceremony(challenges.LOGIN, holder))
        options = _options(server, challenge, "required")
        if username is not None:
            options["allowCredentials"] = self._candidates.of(server, username)
        return options

    def begin_factor(
        self, server: AuthorizationServer, account: Account, holder: str
    ) -> dict[str, Any]:
        """The options for somebody who has shown already who they are."""
        ceremony = Ceremony(challenges.FACTOR, holder, account.id)
        known = self._passkeys.list(server.tenant.id, account.id)
        options = _options(server, challenges.begin(self._links, server, ceremony), "preferred")
        return {**options, "allowCredentials": [descriptor(passkey) for passkey in known]}

    def complete_login(self, server: AuthorizationServer, holder: str, sent: object) -> Proven:
        """Whose passkey it is; it is their only factor, so it must have verified them (PA-01).

        Raises:
            PasskeyRefused: the response proves nothing, or nobody that may log in.
        """
        return self._guarded(server, lambda: self._login(server, holder, sent))

    def complete_factor(
        self, server: AuthorizationServer, account: Account, holder: str, sent: object
    ) -> Proven:
        """Check that it is a passkey of this account.

        Raises:
            PasskeyRefused: it is not.
        """
        return self._guarded(server, lambda: self._factor(server, account, holder, sent))

    def _login(self, server: AuthorizationServer, holder: str, sent: object) -> Proven:
        response = read_response(sent, GET, party_of(server))
        challenges.finish(
            self._links, server, Ceremony(challenges.LOGIN, holder), response.challenge
        )
        passkey = self._find(server, response)
        # A key that had to be named says nothing of its owner; the signature says enough.
        if response.user_handle not in (passkey.account_id, None):
            raise PasskeyRefused("passkey_other_account", passkey.account_id)
        proven = self._check(server, passkey, response)
        if context.MFA not in proven.methods:
            raise PasskeyRefused("passkey_user_verification", passkey.account_id)
        return proven

    def _factor(
        self, server: AuthorizationServer, account: Account, holder: str, sent: object
    ) -> Proven:
        response = read_response(sent, GET, party_of(server))
        ceremony = Ceremony(challenges.FACTOR, holder, account.id)
        challenges.finish(self._links, server, ceremony, response.challenge)
        passkey = self._find(server, response)
        if passkey.account_id != account.id or response.user_handle not in (account.id, None):
            raise PasskeyRefused("passkey_other_account", account.id)
        return self._check(server, passkey, response)

    def _find(self, server: AuthorizationServer, response: Response) -> Passkey:
        passkey = self._passkeys.find(server.tenant.id, response.credential_id)
        if passkey is None:
            raise PasskeyRefused("passkey_unknown")
        return passkey

    def _check(self, server: AuthorizationServer, passkey: Passkey, response: Response) -> Proven:
        assertion = check_assertion(response, party_of(server), passkey.public_key)
        if assertion.is_backup_eligible != passkey.is_backup_eligible:
            raise PasskeyRefused("passkey_not_proven", passkey.account_id)
        record = self._accounts.find(server.tenant.id, passkey.account_id)
        if record is None or record.status != "active":
            raise PasskeyRefused("account_disabled", passkey.account_id)
        self._note_use(server, passkey, assertion, record.account)
        return Proven(record.account, passkey, _methods(server.now, assertion))

    def _note_use(
        self,
        server: AuthorizationServer,
        passkey: Passkey,
        assertion: Assertion,
        account: Account,
    ) -> None:
        """Keep the counter; one that went back may mean that the key was copied (section 6.1.1)."""
        count, now = assertion.sign_count, server.now
        is_backed_up = assertion.is_backed_up
        if self._passkeys.use(
            passkey, sign_count=count, is_backed_up=is_backed_up, now=now, backwards=False
        ):
            return
        data = {"passkey": passkey.id, "counter": count, "refused": self._refuse_counter}
        self._audit.add(
            server.event(EventType.PASSKEY_COUNTER_REGRESSED, account=account, data=data)
        )
        if self._refuse_counter:
            raise PasskeyRefused("passkey_counter", account.id)
        self._passkeys.use(
            passkey, sign_count=count, is_backed_up=is_backed_up, now=now, backwards=True
        )

    def _guarded(self, server: AuthorizationServer, check: Callable[[], Proven]) -> Proven:
        attempt = self._guard.admit(Door.of(server), "passkey")
        if isinstance(attempt, Locked):
            raise PasskeyRefused("account_locked")
        try:
            proven = check()
        except PasskeyRefused as refusal:
            log.info("login.failed", rule=refusal.rule, account_id=refusal.account_id)
            self._guard.failed(attempt, EventType.LOGIN_FAILED, reason=refusal.rule)
            raise
        self._guard.succeeded(attempt)
        return proven


def _methods(now: datetime, assertion: Assertion) -> dict[str, datetime]:
    """`user` is that somebody was there (RFC 8176); `mfa` that the key knows who."""
    names = [context.POP, context.USER]
    if assertion.is_backup_eligible:
        # It may be synchronized, so it is not bound to the hardware it was made in.
        names.append(context.SWK)
    if assertion.user_verified:
        names.append(context.MFA)
    return dict.fromkeys(names, now)


def _options(server: AuthorizationServer, challenge: str, user_verification: str) -> dict[str, Any]:
    return {
        "challenge": encoded(challenge.encode()),
        "timeout": int(LIFETIME.total_seconds() * 1000),
        "rpId": party_of(server).id,
        "allowCredentials": [],
        "userVerification": user_verification,
    }
