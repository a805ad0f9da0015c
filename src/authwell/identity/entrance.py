"""The one way from what a person has shown to a session, whichever door they came by.

Pages and API call it after a password, a passkey, a link from a mail or a code. It decides
whether that is enough (THREATS.md MF-04): nobody else starts a session. If it is not, what was
shown waits as a `pending_login`, which is worth nothing but going on (BR-11): it is used up by
one statement, ends after ten minutes, and belongs to the browser that it was begun in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hmac import compare_digest
from typing import Literal

from authwell.identity.sessions import Sessions
from authwell.protocol import authentication_context as context
from authwell.protocol.model import Account, Session
from authwell.protocol.server import AuthorizationServer
from authwell.storage.accounts import Accounts
from authwell.storage.database import Database
from authwell.storage.factors import Enrolled, Factors
from authwell.storage.links import Link, Links
from authwell.utils.randomness import digest, new_secret

PENDING = "pending_login"
PREFIX = "awp"
LIFETIME = timedelta(minutes=10)

Method = Literal["totp", "passkey", "backup_code"]
"""What a second factor is asked or enrolled by."""

STEP_UP: tuple[tuple[str, tuple[Method, ...]], ...] = (
    (context.MULTI_FACTOR, ("passkey", "totp", "backup_code")),
    (context.PHISHING_RESISTANT, ("passkey",)),
)
"""What leads from a login by one factor to each class; the weaker, the more does."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a request asks of a login, beyond what the tenant and the person want anyway.

    Attributes:
        acr: the classes of which one must be reached, also on a trusted device; empty: any.
        since: what was shown earlier in the session does not count; None: it does.
        is_wish: whether whoever has no such factor goes on without.
    """

    acr: frozenset[str] = frozenset()
    since: datetime | None = None
    is_wish: bool = False


ANYTHING = Wanted()


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person has shown of themselves up to now.

    Attributes:
        account: who it is.
        methods: each method (RFC 8176: `pwd`, `otp`, `pop`, ...) and when it was shown. A
            passkey that verified its user is `pop` with `mfa`.
        present: the session of the browser before, if any.
        browser: the browser's secret, to which a login that has to wait is bound; None: it is
            bound to its token alone, as for callers of the JSON API.
    """

    account: Account
    methods: Mapping[str, datetime]
    present: Session | None = None
    browser: str | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """It was enough: the session and the value of its cookie."""

    cookie: str
    session: Session


@dataclass(frozen=True, slots=True)
class SecondFactorNeeded:
    """One of these must be shown too; the token names what was shown up to now."""

    token: str
    methods: tuple[Method, ...]


@dataclass(frozen=True, slots=True)
class EnrolmentNeeded:
    """One of these must be set up first, because the person has none."""

    token: str
    methods: tuple[Method, ...]


Entry = Entered | SecondFactorNeeded | EnrolmentNeeded


@dataclass(frozen=True, slots=True)
class Pending:
    """A login that waits for a second factor: who it would be, and what may be shown.

    Attributes:
        digest: of its token.
        account: who it would be.
        methods: what was shown, and when.
        wanted: what the request asks.
        asked: what may be shown or, with `enrols`, set up.
        enrols: whether a factor has to be set up.
    """

    digest: bytes
    account: Account
    methods: Mapping[str, datetime]
    wanted: Wanted
    asked: tuple[Method, ...]
    enrols: bool


@dataclass(frozen=True, slots=True)
class _Lack:
    """What is missing."""

    asked: tuple[Method, ...]
    enrols: bool = False


@dataclass(frozen=True, slots=True)
class _Level:
    """What was counted of all that was shown, and what it is worth."""

    methods: Mapping[str, datetime]
    amr: tuple[str, ...] = field(default=())

    @classmethod
    def of(cls, shown: Shown, wanted: Wanted) -> "_Level":
        """What the same person showed earlier in the session counts unless it is too old."""
        earlier: Mapping[str, datetime] = {}
        if shown.present is not None and shown.present.account.id == shown.account.id:
            earlier = shown.present.methods
        counted = {
            name: at for name, at in earlier.items() if wanted.since is None or at >= wanted.since
        }
        methods = {**counted, **shown.methods}
        return cls(methods, context.methods_of(methods))


class Entrance:
    """Decides on what was shown."""

    def __init__(self, database: Database, sessions: Sessions) -> None:
        """Take the database, and what starts sessions."""
        self._accounts = Accounts(database)
        self._factors = Factors(database)
        self._links = Links(database)
        self._sessions = sessions

    def enter(self, server: AuthorizationServer, shown: Shown, wanted: Wanted = ANYTHING) -> Entry:
        """Start a session, or say what else must be shown."""
        level = _Level.of(shown, wanted)
        lack = self._lack(server, shown, level, wanted)
        if lack is None:
            return Entered(
                *self._sessions.start(server, shown.account, level.methods, shown.present)
            )
        token = self._put(server, shown, wanted, lack)
        answer = EnrolmentNeeded if lack.enrols else SecondFactorNeeded
        return answer(token, lack.asked)

    def pending(
        self, server: AuthorizationServer, token: str, browser: str | None = None
    ) -> Pending | None:
        """The login that waits under this token; None if it is gone, or another browser's.

        Also where the account was shut, or its credentials changed, meanwhile.
        """
        found = self._links.find(server.tenant.id, PENDING, digest(token), server.now)
        if found is None or found.account_id is None or not _is_bound(found, browser):
            return None
        record = self._accounts.find(server.tenant.id, found.account_id)
        if record is None or record.status != "active":
            return None
        if record.not_before is not None and record.not_before > found.created_at:
            return None
        return _pending(found, record.account)

    def go_on(
        self,
        server: AuthorizationServer,
        pending: Pending,
        methods: Mapping[str, datetime],
        present: Session | None = None,
        browser: str | None = None,
    ) -> Entry | None:
        """Use the waiting login up and enter with what was shown now; None if it is gone.

        Args:
            server: of this request.
            pending: the login that waited.
            methods: what was proven just now.
            present: the session of the browser before, if any.
            browser: its secret; None for callers of the JSON API.
        """
        if self._links.take(server.tenant.id, PENDING, pending.digest, server.now) is None:
            return None
        together = {**pending.methods, **methods}
        shown = Shown(pending.account, together, present, browser)
        return self.enter(server, shown, pending.wanted)

    def _lack(
        self, server: AuthorizationServer, shown: Shown, level: _Level, wanted: Wanted
    ) -> _Lack | None:
        """What is missing; asked for only where one factor is all there is."""
        classes = context.classes_of(level.amr)
        if wanted.acr and not classes & wanted.acr:
            asked = _leading_to(wanted.acr - classes)
            if asked:
                return self._missing(server, shown, asked, wanted)
        if context.has_two_factors(level.amr):
            return None
        enrolled = self._factors.enrolled(server.tenant.id, shown.account.id)
        if enrolled.any:
            return _Lack(_offered(STEP_UP[0][1], enrolled))
        return None

    def _missing(
        self,
        server: AuthorizationServer,
        shown: Shown,
        asked: tuple[Method, ...],
        wanted: Wanted,
    ) -> _Lack | None:
        enrolled = self._factors.enrolled(server.tenant.id, shown.account.id)
        offered = _offered(asked, enrolled)
        if offered:
            return _Lack(offered)
        if wanted.is_wish:
            return None
        return _Lack(_enrollable(asked), enrols=True)

    def _put(self, server: AuthorizationServer, shown: Shown, wanted: Wanted, lack: _Lack) -> str:
        token = new_secret(PREFIX)
        data = {
            "methods": {name: at.isoformat() for name, at in shown.methods.items()},
            "acr": sorted(wanted.acr),
            "since": wanted.since.isoformat() if wanted.since else None,
            "is_wish": wanted.is_wish,
            "asked": list(lack.asked),
            "enrols": lack.enrols,
        }
        self._links.put(
            Link(
                digest=digest(token),
                tenant_id=server.tenant.id,
                kind=PENDING,
                account_id=shown.account.id,
                created_at=server.now,
                expires_at=server.now + LIFETIME,
                browser_digest=digest(shown.browser) if shown.browser else None,
                data=data,
            )
        )
        return token


def _leading_to(acr: frozenset[str]) -> tuple[Method, ...]:
    """What leads to one of these classes; empty if no second factor does."""
    return next((methods for name, methods in STEP_UP if name in acr), ())


def _offered(asked: tuple[Method, ...], enrolled: Enrolled) -> tuple[Method, ...]:
    """What of it the person has; a backup code stands in for a factor, and is none itself."""
    has: dict[Method, bool] = {
        "passkey": enrolled.passkeys > 0,
        "totp": enrolled.totp,
        "backup_code": enrolled.any and enrolled.backup_codes > 0,
    }
    return tuple(method for method in asked if has[method])


def _enrollable(asked: tuple[Method, ...]) -> tuple[Method, ...]:
    return tuple(method for method in asked if method != "backup_code")


def _is_bound(link: Link, browser: str | None) -> bool:
    """Whether the link is this browser's; one of the API belongs to whoever has the token."""
    if link.browser_digest is None:
        return browser is None
    return browser is not None and compare_digest(link.browser_digest, digest(browser))


def _pending(link: Link, account: Account) -> Pending:
    since = link.data["since"]
    return Pending(
        digest=link.digest,
        account=account,
        methods={n: datetime.fromisoformat(at) for n, at in link.data["methods"].items()},
        wanted=Wanted(
            acr=frozenset(link.data["acr"]),
            since=datetime.fromisoformat(since) if since else None,
            is_wish=link.data["is_wish"],
        ),
        asked=tuple(link.data["asked"]),
        enrols=link.data["enrols"],
    )
