"""Links by mail that log in (REQUIREMENTS.md E8 to E10).

A link works in the browser that asked for it. Opened elsewhere, it only shows a code, which that
browser asks for: whoever has one asked for in a stranger's name gains nothing by it being opened
(THREATS.md RC-12). The answer to asking is the same for every address (AU-01, AU-02).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from hashlib import sha256
from hmac import compare_digest
from hmac import new as new_mac
from typing import Final
from urllib.parse import urlencode

from authwell.config.settings import Settings
from authwell.identity.login.guard import Door, Guard, Locked
from authwell.identity.mail.letters import Letter, Letters
from authwell.identity.people.names import canonical_email
from authwell.protocol.events import EventType
from authwell.protocol.model import Account, Tenant
from authwell.protocol.server import AuthorizationServer
from authwell.storage.database import Database
from authwell.storage.people.accounts import AccountRecord, Accounts
from authwell.storage.people.links import Link, Links, drop_links, put_link
from authwell.storage.values import event_values
from authwell.storage.work.outbox import ADD_EVENT
from authwell.utils.logs import get_logger
from authwell.utils.randomness import digest, new_secret
from authwell.utils.sealing import Sealer
from authwell.utils.urls import below

log = get_logger("magic_links")

MEMBER: Final = "magic_links"
"""Of a tenant's policy."""
PATH: Final = "/magic-link"
LINK: Final = "magic_link"
WAITING: Final = "magic_link_waiting"
"""The browser or program that asked, until somebody has logged in there."""

_LINK_PREFIX: Final = "aml"
_WAITING_PREFIX: Final = "amw"
_CODE_PURPOSE: Final = "magic-link-codes"
_DIGITS: Final = 6


class MagicLinkRefused(Exception):
    """Nobody logs in by this link or code; the rule is for the log and never shown."""

    def __init__(self, rule: str) -> None:
        """Name the rule that was broken."""
        super().__init__(rule)
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Asked:
    """That somebody wants a link.

    Attributes:
        email: as they typed it.
        browser: the secret of their browser; None for a program, which gets the link's token.
        onward: parameters of the page that the link leads to, such as the request that waits.
        allowed: whether the limits of mails let one be sent.
    """

    email: str
    browser: str | None
    onward: Mapping[str, str] = field(default_factory=dict[str, str])
    allowed: bool = True


class MagicLinks:
    """Sends them and uses them up."""

    def __init__(
        self, database: Database, sealer: Sealer, letters: Letters, settings: Settings
    ) -> None:
        """Take the database, what keeps codes secret, the mails, and the settings."""
        self._guard = Guard(database, settings)
        self._database = database
        self._accounts = Accounts(database)
        self._links = Links(database)
        self._sealer = sealer
        self._letters = letters
        self._lifetime: timedelta = settings.magic_link_expire_minutes
        self._is_on = settings.magic_links_enabled

    def are_offered(self, tenant: Tenant) -> bool:
        """Whether people of this tenant log in so."""
        return tenant.people_policy.get(MEMBER, self._is_on) is True

    def send(self, server: AuthorizationServer, asked: Asked) -> str:
        """Send a link if the address is that of somebody who may log in.

        Returns:
            What names the asking in `confirm`; it is no different where nobody was written to.
        """
        canonical = canonical_email(asked.email)
        record = self._accounts.find_by_name(server.tenant.id, canonical) if canonical else None
        owner = record if record is not None and _may_have_link(record, canonical) else None
        request = new_secret(_WAITING_PREFIX)
        with self._database.transaction() as transaction:
            put_link(transaction, self._waiting(server, asked, request, owner))
            if owner is not None and asked.allowed:
                link, letter = self._link(server, asked, request, owner)
                put_link(transaction, link)
                event = server.event(EventType.MAGIC_LINK_REQUESTED, account=owner.account)
                transaction.all(ADD_EVENT, event_values(event))
                self._letters.post(transaction, server.tenant.id, letter, server.now)
        return request

    def opens_here(self, server: AuthorizationServer, token: str, browser: str | None) -> bool:
        """Whether a link logs in here; False: it was asked for elsewhere. Nothing is used up.

        Raises:
            MagicLinkRefused: it is unknown, used or expired.
        """
        return _is_of(self._find(server, LINK, token), browser)

    def use(self, server: AuthorizationServer, token: str, browser: str | None) -> Account:
        """Use a link up where it was asked for: who has shown that the mailbox is theirs.

        Raises:
            MagicLinkRefused: it is unknown, used, expired or asked for elsewhere, or its account
                may not log in.
        """
        return self._guarded(server, None, lambda: self._use(server, token, browser))

    def show_code(self, server: AuthorizationServer, token: str) -> str:
        """Use a link up that was opened elsewhere: the code to be typed where it was asked for.

        Raises:
            MagicLinkRefused: it is unknown, used or expired, or nobody waits for it any more.
        """
        link = self._take(server, LINK, token)
        key = bytes.fromhex(link.data["waiting"])
        waiting = self._links.find(server.tenant.id, WAITING, key, server.now)
        if waiting is None:
            raise MagicLinkRefused("magic_link_unknown")
        code = _new_code()
        data = {"email": link.data["email"], "code": self._mac(key, code)}
        self._links.set_data(waiting, data, server.now)
        return code

    def confirm(
        self, server: AuthorizationServer, request: str, code: str, browser: str | None
    ) -> Account:
        """Check a code where the link was asked for; the fifth wrong one ends it.

        Raises:
            MagicLinkRefused: the code is wrong, or nothing waits for one here.
        """
        waiting = self._links.find(server.tenant.id, WAITING, digest(request), server.now)
        # Before the link was opened there is nothing to guess, so strangers lock nobody.
        guessed = waiting.account_id if waiting is not None and "code" in waiting.data else None
        check = partial(self._confirm, server, waiting, request, code, browser)
        return self._guarded(server, guessed, check)

    def _use(self, server: AuthorizationServer, token: str, browser: str | None) -> Account:
        if not _is_of(self._find(server, LINK, token), browser):
            raise MagicLinkRefused("magic_link_elsewhere")
        return self._owner(server, self._take(server, LINK, token))

    def _confirm(
        self,
        server: AuthorizationServer,
        waiting: Link | None,
        request: str,
        code: str,
        browser: str | None,
    ) -> Account:
        if waiting is None or not _is_of(waiting, browser):
            raise MagicLinkRefused("magic_link_unknown")
        expected = waiting.data.get("code", "")
        if not compare_digest(expected, self._mac(waiting.digest, code.strip())):
            self._links.count_failure(server.tenant.id, WAITING, waiting.digest, server.now)
            raise MagicLinkRefused("magic_link_code")
        return self._owner(server, self._take(server, WAITING, request))

    def _guarded(
        self, server: AuthorizationServer, account_id: str | None, check: Callable[[], Account]
    ) -> Account:
        attempt = self._guard.admit(Door.of(server), "link", account_id)
        if isinstance(attempt, Locked):
            raise MagicLinkRefused("account_locked")
        try:
            account = check()
        except MagicLinkRefused as refusal:
            log.info("login.failed", rule=refusal.rule)
            self._guard.failed(attempt, EventType.LOGIN_FAILED, reason=refusal.rule)
            raise
        self._guard.succeeded(attempt)
        return account

    def _find(self, server: AuthorizationServer, kind: str, value: str) -> Link:
        found = self._links.find(server.tenant.id, kind, digest(value), server.now)
        if found is None:
            raise MagicLinkRefused("magic_link_unknown")
        return found

    def _take(self, server: AuthorizationServer, kind: str, value: str) -> Link:
        taken = self._links.take(server.tenant.id, kind, digest(value), server.now)
        if taken is None:
            raise MagicLinkRefused("magic_link_unknown")
        return taken

    def _owner(self, server: AuthorizationServer, link: Link) -> Account:
        """Whose link it is, if the address is still theirs; their other links end."""
        record = self._accounts.find(server.tenant.id, link.account_id or "")
        if record is None or not _may_have_link(record, link.data.get("email")):
            raise MagicLinkRefused("magic_link_account")
        with self._database.transaction() as transaction:
            drop_links(transaction, server.tenant.id, record.id, (LINK, WAITING), server.now)
        return record.account

    def _waiting(
        self, server: AuthorizationServer, asked: Asked, request: str, owner: AccountRecord | None
    ) -> Link:
        return Link(
            digest=digest(request),
            tenant_id=server.tenant.id,
            kind=WAITING,
            account_id=owner.id if owner is not None else None,
            created_at=server.now,
            expires_at=server.now + self._lifetime,
            browser_digest=_bound_to(asked),
        )

    def _link(
        self, server: AuthorizationServer, asked: Asked, request: str, owner: AccountRecord
    ) -> tuple[Link, Letter]:
        token = new_secret(_LINK_PREFIX)
        link = Link(
            digest=digest(token),
            tenant_id=server.tenant.id,
            kind=LINK,
            account_id=owner.id,
            created_at=server.now,
            expires_at=server.now + self._lifetime,
            browser_digest=_bound_to(asked),
            data={"email": owner.email_canonical, "waiting": digest(request).hex()},
        )
        query = urlencode({"token": token, **asked.onward})
        values = {
            "name": owner.full_name or owner.username,
            "link": below(server.issuer, f"{PATH}?{query}"),
            "minutes": str(int(self._lifetime.total_seconds()) // 60),
        }
        return link, Letter(LINK, owner.email or "", owner.locale, values)

    def _mac(self, waiting: bytes, code: str) -> str:
        key = self._sealer.derive(_CODE_PURPOSE)
        return new_mac(key, waiting + code.encode("utf-8", "replace"), sha256).hexdigest()


def _may_have_link(record: AccountRecord, email: str | None) -> bool:
    """An address that was never shown to be theirs may be a stranger's (AU-17)."""
    is_theirs = record.email_canonical == email and record.email_verified
    return record.status == "active" and is_theirs


def _bound_to(asked: Asked) -> bytes | None:
    return digest(asked.browser) if asked.browser is not None else None


def _is_of(link: Link, browser: str | None) -> bool:
    """Whether this browser asked; what a program asked for is for programs."""
    if link.browser_digest is None or browser is None:
        return link.browser_digest is None and browser is None
    return compare_digest(link.browser_digest, digest(browser))


def _new_code() -> str:
    number = int.from_bytes(digest(new_secret("code"))[:8])
    return f"{number % 10**_DIGITS:0{_DIGITS}}"
