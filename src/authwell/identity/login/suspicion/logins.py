"""Judging a login before its session begins, and telling of what was found.

`judge` only reads. What it found is told once by `note`: when a second factor is asked for on its
account, when the login succeeds, or when it is refused.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from authwell.identity.login.suspicion.policy import DEFAULTS, Action, actions
from authwell.identity.login.suspicion.rules import LOGIN_RULES, Details, Earlier, Facts
from authwell.identity.login.suspicion.telling import Sighting, tell
from authwell.identity.mail.letters import Letters
from authwell.identity.sessions.devices import device_digest
from authwell.identity.sessions.locations import Locations, Place
from authwell.identity.sessions.user_agents import device_name
from authwell.protocol.events import EventType
from authwell.protocol.model import Account
from authwell.protocol.server import AuthorizationServer
from authwell.storage.database import Database
from authwell.storage.login.devices import Device
from authwell.storage.login.history import LoginHistory, Standing
from authwell.utils.logs import get_logger

log = get_logger("suspicion")


class LoginBlocked(Exception):
    """A rule whose action is to block applied; the person gets a letter, the caller a 403."""


@dataclass(frozen=True, slots=True)
class Sign:
    """A rule that applied."""

    rule: str
    action: Action
    details: Details


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of a login.

    Attributes:
        signs: the rules that applied.
        device: the caller's, if the account has logged in with it before.
    """

    signs: tuple[Sign, ...] = ()
    device: Device | None = None

    @property
    def blocks(self) -> bool:
        """Whether it must be refused."""
        return any(sign.action == "block" for sign in self.signs)

    def of(self, *wanted: Action) -> "Verdict":
        """The signs with these actions."""
        return Verdict(tuple(sign for sign in self.signs if sign.action in wanted))

    @property
    def asks_step_up(self) -> bool:
        """Whether a second factor is asked for also on a trusted device.

        Whoever has none goes on, and gets a letter: else nobody without one could travel.
        """
        return any(sign.action == "step_up" for sign in self.signs)


class Suspicion:
    """Judges logins."""

    def __init__(
        self,
        database: Database,
        letters: Letters,
        locations: Locations,
        count: Callable[[str, str], None] = lambda _rule, _action: None,
        when_posted: Callable[[], object] = lambda: None,
    ) -> None:
        """Take what judging needs.

        Args:
            database: what is known of earlier logins.
            letters: what people are told by.
            locations: tells where an address is.
            count: counts a rule that applied, with its action.
            when_posted: called when a letter waits in the outbox.
        """
        self._database = database
        self._history = LoginHistory(database)
        self._letters = letters
        self._locations = locations
        self._count = count
        self._when_posted = when_posted

    def judge(self, server: AuthorizationServer, account: Account) -> Verdict:
        """What the rules say of somebody who has shown that they are this account."""
        key = device_digest(server.caller, account.id)
        standing = self._history.standing(server.tenant.id, account.id, key)
        facts = self._facts(server, account, standing)
        wanted = actions(server.tenant.people_policy)
        found = [(rule, applies(facts)) for rule, applies in LOGIN_RULES.items()]
        signs = (
            Sign(rule, wanted[rule], details)
            for rule, details in found
            if details is not None and wanted[rule] != "ignore"
        )
        return Verdict(tuple(signs), standing.device)

    def require_not_blocked(
        self, server: AuthorizationServer, account: Account, verdict: Verdict
    ) -> None:
        """Refuse the login if a rule says so.

        Raises:
            LoginBlocked: one does; the person was told.
        """
        if verdict.blocks:
            self.note(server, account, verdict, EventType.LOGIN_BLOCKED)
            log.info("login.blocked", rule="suspicious_login", account_id=account.id)
            raise LoginBlocked

    def note(
        self,
        server: AuthorizationServer,
        account: Account,
        verdict: Verdict,
        kind: EventType = EventType.LOGIN_SUSPICIOUS,
    ) -> None:
        """Keep and tell what was found, if anything; the letter tells of the gravest sign."""
        if not verdict.signs:
            return
        for sign in verdict.signs:
            self._count(sign.rule, sign.action)
        gravest = max(verdict.signs, key=lambda sign: list(DEFAULTS).index(sign.rule))
        data = {sign.rule: {**sign.details, "action": sign.action} for sign in verdict.signs}
        event = server.event(kind, account=account, data=data)
        place = self._locations.find(server.caller.address)
        sighting = Sighting(gravest.rule, device_name(server.caller.user_agent), place.label)
        with self._database.transaction() as transaction:
            is_told = tell(transaction, self._letters, server.issuer, event, sighting)
        if is_told:
            self._when_posted()

    def _facts(self, server: AuthorizationServer, account: Account, standing: Standing) -> Facts:
        tenant_id, caller = server.tenant.id, server.caller

        @cache
        def earlier() -> tuple[Earlier, ...]:
            return tuple(
                Earlier(one.at, one.user_agent, Place.of(one.location))
                for one in self._history.last(tenant_id, account.id)
            )

        return Facts(
            now=server.now,
            user_agent=caller.user_agent,
            place=self._locations.find(caller.address),
            has_cookie=caller.device is not None,
            is_known_device=standing.device is not None,
            has_logged_in=standing.last_login_at is not None,
            failures=standing.failures,
            read_earlier=earlier,
        )
