"""Everything that administrators do to the configuration, as single calls.

The command line and the clients API come here; each call reads, plans and writes, and starts
again if somebody else changed the configuration meanwhile.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from authwell.config.settings import Settings
from authwell.identity.clients import secrets as client_secrets
from authwell.identity.clients.secrets import ClientSecrets, Owner
from authwell.identity.clients.sectors import Sector, check_sector
from authwell.identity.configuration import (
    entries,
    export,
    lookups,
    planning,
    registrations,
)
from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.changes import Change, Plan
from authwell.identity.configuration.connections.means import Means
from authwell.identity.configuration.escalation import require_theirs
from authwell.identity.configuration.members import bare
from authwell.identity.configuration.people import PeopleRules
from authwell.identity.configuration.problems import Findings, Problem, Refused
from authwell.identity.configuration.references import References
from authwell.identity.configuration.sectors import (
    UncheckedSectors,
    require_checked,
    unchecked_sectors,
)
from authwell.identity.configuration.state import State, read_state
from authwell.identity.configuration.weakness import weakness_by
from authwell.identity.configuration.writing import (
    carry_out,
    hashed_passwords,
    write,
)
from authwell.identity.passwords.hashing import Passwords
from authwell.identity.tenants.defaults import DEFAULT_SLUG, policy_defaults
from authwell.protocol.clients.readers import InvalidClientMetadata
from authwell.protocol.model import SECRET_METHODS
from authwell.storage.clients import pages as client_pages
from authwell.storage.configuration.administration import administer_alone
from authwell.storage.configuration.rows import ClientRecord
from authwell.storage.database import Database
from authwell.storage.errors import Conflict
from authwell.storage.pages import Found, Wanted
from authwell.utils.fetches import Fetches
from authwell.utils.outgoing import Outgoing

ATTEMPTS = 3
"""Plans that may be overtaken before one is made while everybody else waits."""
EXISTS = "already_exists"

Sections = Mapping[str, Sequence[Mapping[str, Any]]]
PLAIN = References({}, Path(), warn_of_plain=False)
"""For entries whose secrets are values."""


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A client and the secret that is shown this once; None if it has none or chose its own."""

    client: ClientRecord
    secret: str | None


@dataclass(frozen=True, slots=True)
class Configurator:
    """Reads and changes the configuration of one tenant."""

    database: Database
    rules: planning.Rules
    fetches: Fetches
    slug: str = DEFAULT_SLUG
    _turn: Lock = field(default_factory=Lock, repr=False)
    """Threads of a process do not overtake each other; processes may."""

    @classmethod
    def of(
        cls,
        database: Database,
        settings: Settings,
        passwords: Passwords,
        secrets: ClientSecrets | None = None,
        fetches: Fetches | None = None,
    ) -> "Configurator":
        """With the rules of a server's settings; in a served process with its fetches."""
        outgoing = Outgoing.of(settings.outgoing_allow, settings.outgoing_ca_file)
        rules = planning.Rules(
            secrets=secrets or ClientSecrets.of(settings, passwords),
            people=PeopleRules(passwords, weakness_by(settings)),
            means=Means.of(settings, outgoing),
            policy_defaults=policy_defaults(settings),
        )
        return cls(database, rules, fetches or Fetches(outgoing))

    def state(self) -> State:
        """The configuration now."""
        return read_state(self.database, self.slug)

    def plan(self, sections: Sections, references: References, now: datetime) -> Plan:
        """What would change if the sections were applied.

        Raises:
            Refused: they are wrong; every finding.
        """
        return self.plan_on(self.state(), sections, references, now)

    def plan_on(
        self, state: State, sections: Sections, references: References, now: datetime
    ) -> Plan:
        """The same for a state that was read before, or of a tenant that is not there yet."""
        made = self._plan(state, sections, references, now)
        self._check(unchecked_sectors(made, frozenset()))
        return made

    def apply(self, sections: Sections, references: References, author: Author) -> Plan:
        """Make everything as the sections say.

        Raises:
            Refused: they are wrong; nothing was written.
            Conflict: a name was taken at the same moment.
        """
        return self._change(
            author, lambda state: self._plan(state, sections, references, author.now)
        )

    def check(self, state: State, section: str, entry: Mapping[str, Any], author: Author) -> None:
        """See that one entry could be applied to a state; findings are named within it.

        Raises:
            Refused: it could not.
        """
        require_theirs(self._plan_one(state, section, entry, author), state, author)

    def create(self, section: str, entry: Mapping[str, Any], author: Author) -> Plan:
        """Make one new thing.

        Raises:
            Refused: it is wrong, or there is one of that name.
        """

        def plan(state: State) -> Plan:
            made = self._plan_one(state, section, entry, author)
            if not any(change.action == "create" for change in made.changes):
                raise Refused([Problem("", "exists already", EXISTS)])
            return made

        return self._change(author, plan)

    def update(
        self,
        section: str,
        find: Callable[[State], Mapping[str, Any]],
        members: Mapping[str, Any],
        author: Author,
    ) -> Plan:
        """Change some members of one thing; None takes a member away.

        Args:
            section: of the document.
            find: gives the thing as an entry, or raises NotFound.
            members: the new values.
            author: who.
        """

        def plan(state: State) -> Plan:
            merged = {**find(state), **members}
            entry = {name: value for name, value in merged.items() if value is not None}
            return self._plan_one(state, section, entry, author)

        return self._change(author, plan)

    def remove(self, plan_removal: Callable[[State], list[Change]], author: Author) -> Plan:
        """Remove one thing as a function of `removals` plans it."""
        return self._change(author, lambda state: Plan(state.stamp, tuple(plan_removal(state))))

    def create_client(self, entry: Mapping[str, Any], author: Author) -> NewSecret:
        """Register a client; one that needs a secret and brings none is given one."""
        secret = None
        method = entry.get("token_endpoint_auth_method") or "client_secret_basic"
        if method in tuple(SECRET_METHODS) and entry.get("client_secret") is None:
            secret = client_secrets.generate()
            entry = {**entry, "client_secret": secret}
        self.create("clients", entry, author)
        return NewSecret(self.client(str(entry["client_id"])), secret)

    def rotate_secret(
        self, client_id: str, author: Author, overlap: timedelta = client_secrets.ROTATION_OVERLAP
    ) -> NewSecret:
        """Give a client a new secret; the present one is good for `overlap` more.

        Raises:
            NotFound: there is no such client.
            Refused: its method needs none.
        """
        secret = client_secrets.generate()

        def plan(state: State) -> Plan:
            metadata = lookups.client(state, client_id).metadata
            kept = self.rules.secrets.keep_for(
                secret, Owner(state.tenant.id, client_id), signs=registrations.signs(metadata)
            )
            change = registrations.rotation(state, client_id, kept, author.now, overlap)
            return Plan(state.stamp, (change,))

        self._change(author, plan)
        return NewSecret(self.client(client_id), secret)

    def client(self, client_id: str) -> ClientRecord:
        """One client.

        Raises:
            NotFound: there is none.
        """
        return lookups.client(self.state(), client_id)

    def clients_page(self, tenant_id: str, wanted: Wanted, filters: Mapping[str, Any]) -> Found:
        """A page of clients as rows, which `client_pages.client_of` reads."""
        return client_pages.PAGES.read(self.database, wanted, {"tenant_id": tenant_id}, filters)

    def export(self, now: datetime, *, with_secrets: bool) -> export.Document:
        """All of it as a document."""
        sealer = self.rules.means.sealer
        return export.export(self.state(), now, sealer, with_secrets=with_secrets)

    def _plan(
        self, state: State, sections: Sections, references: References, now: datetime
    ) -> Plan:
        findings = Findings(tenant=state.tenant.slug)
        read = entries.read(sections, references, findings)
        return planning.plan(read, state, self.rules, now, findings)

    def _plan_one(
        self, state: State, section: str, entry: Mapping[str, Any], author: Author
    ) -> Plan:
        """As a document of one entry, whose findings need not say which."""
        try:
            plan = self._plan(state, {section: [entry]}, PLAIN, author.now)
        except Refused as refused:
            raise Refused(_of_one(section, refused.problems)) from refused
        return replace(plan, warnings=tuple(_of_one(section, plan.warnings)))

    def _change(self, author: Author, make_plan: Callable[[State], Plan]) -> Plan:
        checked: frozenset[Sector] = frozenset()
        while True:
            try:
                with self._turn:
                    return self._change_alone(author, make_plan, checked)
            except UncheckedSectors as found:
                # Other servers are called while nobody waits for us.
                self._check(found.sectors)
                checked |= found.sectors

    def _check(self, sectors: Iterable[Sector]) -> None:
        for sector in sectors:
            try:
                check_sector(self.fetches, sector)
            except InvalidClientMetadata as error:
                text = f"{bare(error)} (client {sector.client_id})"
                raise Refused([Problem(error.member, text, error.code)]) from error

    def _change_alone(
        self,
        author: Author,
        make_plan: Callable[[State], Plan],
        checked: frozenset[Sector],
    ) -> Plan:
        passwords = self.rules.people.passwords
        for _ in range(ATTEMPTS):
            state = self.state()
            plan = make_plan(state)
            require_theirs(plan, state, author)
            require_checked(plan, checked)
            try:
                carry_out(self.database, state.tenant, plan, author, passwords)
            except Conflict:
                # Somebody was quicker: what they wrote is part of the next plan.
                continue
            return plan
        with administer_alone(self.database, state.tenant.id, author.now) as transaction:
            state = self.state()
            plan = make_plan(state)
            require_theirs(plan, state, author)
            require_checked(plan, checked)
            write(transaction, state.tenant, plan, author, hashed_passwords(plan, passwords))
        return plan


def _of_one(section: str, problems: Sequence[Problem]) -> list[Problem]:
    prefix = f"{section}[0]"
    return [
        replace(problem, path=problem.path.removeprefix(prefix).removeprefix("."))
        for problem in problems
    ]
