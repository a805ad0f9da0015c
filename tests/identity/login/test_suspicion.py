"""Suspicious activity: a table of rules, what a tenant wants done, and what is told (L8, L9)."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from authwell.identity.login.entrance import Entered, Entrance, Shown
from authwell.identity.login.suspicion.alerts import Alerts
from authwell.identity.login.suspicion.logins import LoginBlocked, Suspicion
from authwell.identity.login.suspicion.policy import DEFAULTS, actions
from authwell.identity.mail.letters import MAIL, Letter, Letters
from authwell.identity.sessions.locations import Locations
from authwell.identity.sessions.service import Sessions
from authwell.models.work import outbox
from authwell.protocol.events import EventType
from authwell.protocol.model import Account, Session
from authwell.protocol.policy import InvalidPolicy
from authwell.protocol.server import AuthorizationServer
from authwell.storage.audit.alerts import ALERT, RULES
from authwell.storage.audit.events import AuditLog
from authwell.storage.statements import Statement
from authwell.storage.work.outbox import Entry, Outbox
from authwell.utils.randomness import new_secret
from authwell.utils.sealing import Sealer
from tests.identity.conftest import NOW, PASSWORD, People
from tests.identity.sessions.geoip import AMSTERDAM, BERLIN, TOKYO, geoip_file
from tests.identity.sessions.test_devices import FIREFOX

LETTERS = Letters(Sealer(b"k" * 32))
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
HOME = new_secret("awd")


@dataclass
class Door:
    """An entrance that judges by a small GeoIP file."""

    people: People
    locations: Locations
    counted: list[tuple[str, str]] = field(default_factory=list)

    def server(
        self,
        offset: timedelta = timedelta(0),
        address: str = AMSTERDAM,
        device: str | None = HOME,
        policy: Mapping[str, Any] | None = None,
    ) -> AuthorizationServer:
        """The server as a caller reaches it."""
        server = self.people.at(offset)
        caller = replace(server.caller, address=address, device=device, user_agent=FIREFOX)
        tenant = replace(server.tenant, people_policy={"suspicious_activity": policy or {}})
        return replace(server, caller=caller, tenant=tenant)

    def log_in(self, account: Account, offset: timedelta = timedelta(0), **where: Any) -> Session:
        """Log in by the right password."""
        server = self.server(offset, **where)
        database = self.people.database
        sessions = Sessions(database, self.people.settings, locations=self.locations)
        suspicion = Suspicion(
            database, LETTERS, self.locations, lambda *sign: self.counted.append(sign)
        )
        found = self.people.login.authenticate(server, account.username, PASSWORD)
        assert isinstance(found, Account)
        entrance = Entrance(database, sessions, suspicion)
        entry = entrance.enter(server, Shown(found, {"pwd": server.now}))
        assert isinstance(entry, Entered)
        return entry.session

    def fail(self, account: Account, times: int) -> None:
        """Try a wrong password."""
        for _ in range(times):
            self.people.login.authenticate(self.server(), account.username, "wrong")

    def letters(self) -> list[Letter]:
        """What waits to be sent."""
        rows = self.people.database.all(
            Statement(select(outbox).where(outbox.c.kind == MAIL).order_by(outbox.c.id)), {}
        )
        entries = (Entry(row.tenant_id, row.kind, row.payload, row.created_at) for row in rows)
        return [LETTERS.open(entry) for entry in entries]

    def noticed(self, account: Account, kind: str = "login.suspicious") -> list[dict[str, Any]]:
        """What the audit log has of it."""
        return [data for type_, data in self.people.events(account) if type_ == kind]


@pytest.fixture
def door(people: People, tmp_path: Path) -> Door:
    return Door(people, Locations(geoip_file(tmp_path)))


@pytest.fixture
def anna(people: People) -> Account:
    return people.add("anna", email_verified=True, locale="de", full_name="Anna")


@pytest.mark.req("L9")
def test_the_first_login_of_an_account_is_not_told_of(door: Door, anna: Account) -> None:
    door.log_in(anna)

    assert door.letters() == []
    assert door.noticed(anna) == []


@pytest.mark.req("L8", "L9", "2.11", "D12")
def test_a_login_on_another_device_is_told_of_by_mail(door: Door, anna: Account) -> None:
    door.log_in(anna)

    door.log_in(anna, HOUR, device=new_secret("awd"))

    (letter,) = door.letters()
    assert (letter.template, letter.to, letter.language) == (
        "new_device",
        "anna@people.example",
        "de",
    )
    assert letter.values == {
        "name": "Anna",
        "at": (NOW + HOUR).isoformat(),
        "device": "Firefox on Linux",
        "location": "Amsterdam, NL",
        "address": AMSTERDAM,
        "link": f"{door.people.server.issuer}/account/sessions",
    }
    assert door.noticed(anna) == [
        {"new_device": {"device": "Firefox on Linux", "action": "notify"}}
    ]
    assert door.counted == [("new_device", "notify")]


@pytest.mark.req("L9", "MF-10")
def test_a_known_device_is_not_told_of(door: Door, anna: Account) -> None:
    for number in range(3):
        door.log_in(anna, number * DAY)

    assert door.letters() == []


@pytest.mark.req("L8")
def test_a_program_without_cookies_is_known_by_name_and_network(door: Door, anna: Account) -> None:
    door.log_in(anna, device=None)
    door.log_in(anna, HOUR, device=None)
    quiet = door.letters()

    door.log_in(anna, 2 * HOUR, device=None, address="192.0.2.77")

    assert quiet == []
    assert [letter.template for letter in door.letters()] == ["new_device"]


@pytest.mark.req("RC-07")
def test_an_address_that_nobody_has_proven_gets_no_letter(door: Door) -> None:
    bert = door.people.add("bert")
    door.log_in(bert)

    door.log_in(bert, HOUR, device=new_secret("awd"))

    assert door.letters() == []
    assert len(door.noticed(bert)) == 1


@pytest.mark.req("L8", "2.11")
def test_another_country_is_noticed_however_slow_the_journey(door: Door, anna: Account) -> None:
    door.log_in(anna)

    door.log_in(anna, 10 * DAY, address=TOKYO)

    assert door.noticed(anna) == [{"new_country": {"country": "JP", "action": "notify"}}]
    assert [letter.values["what"] for letter in door.letters()] == ["new_country"]


@pytest.mark.req("L8", "2.11")
def test_nobody_is_in_tokyo_an_hour_after_amsterdam(door: Door, anna: Account) -> None:
    door.log_in(anna)

    door.log_in(anna, HOUR, address=TOKYO, policy={"new_country": "ignore"})

    (noticed,) = door.noticed(anna)
    assert noticed["impossible_travel"]["action"] == "step_up"
    assert noticed["impossible_travel"]["kilometres"] == pytest.approx(9290, rel=0.01)


@pytest.mark.parametrize(("offset", "address"), [(HOUR, BERLIN), (13 * HOUR, TOKYO)])
def test_whom_an_airliner_could_carry_has_travelled(
    door: Door, anna: Account, offset: timedelta, address: str
) -> None:
    door.log_in(anna)

    door.log_in(anna, offset, address=address, policy={"new_country": "ignore"})

    assert door.noticed(anna) == []


@pytest.mark.req("L8", "2.11")
@pytest.mark.parametrize(("failures", "is_told"), [(2, False), (3, True)])
def test_many_failures_before_a_login_are_told_of(
    door: Door, anna: Account, failures: int, is_told: bool
) -> None:
    door.log_in(anna)
    door.fail(anna, failures)

    door.log_in(anna, HOUR / 6)

    noticed = [{"many_failures": {"failures": failures, "action": "notify"}}]
    assert door.noticed(anna) == (noticed if is_told else [])


@pytest.mark.req("L8", "2.11")
def test_a_tenant_may_refuse_such_logins_and_the_person_is_told(door: Door, anna: Account) -> None:
    door.log_in(anna)

    with pytest.raises(LoginBlocked):
        door.log_in(anna, 10 * DAY, address=TOKYO, policy={"new_country": "block"})

    assert door.noticed(anna) == []
    assert door.noticed(anna, "login.blocked") == [
        {"new_country": {"country": "JP", "action": "block"}}
    ]
    assert [letter.template for letter in door.letters()] == ["suspicious_activity"]


@pytest.mark.req("2.11")
def test_a_tenant_may_ignore_a_rule(door: Door, anna: Account) -> None:
    door.log_in(anna)

    door.log_in(anna, HOUR, device=new_secret("awd"), policy={"new_device": "ignore"})

    assert door.letters() == []


@pytest.mark.parametrize(
    "policy", [[], "notify", {"new_moon": "notify"}, {"new_device": "shout"}, {"new_device": []}]
)
def test_a_policy_that_means_nothing_is_refused(policy: object) -> None:
    with pytest.raises(InvalidPolicy, match=r"policy\.suspicious_activity"):
        actions({"suspicious_activity": policy})


def test_every_rule_has_a_default() -> None:
    assert {*RULES.values()} < set(DEFAULTS)
    assert actions({}) == DEFAULTS


def alert(door: Door, account: Account, kind: str, policy: Mapping[str, Any]) -> list[str]:
    """Meet an event, and work its alerts off; what was done."""
    database = door.people.database
    server = door.server(HOUR, policy=policy)
    AuditLog(database).add(server.event(EventType(kind), account=account))
    alerts = Alerts(database, LETTERS, lambda *sign: door.counted.append(sign))
    claimed = Outbox(database).claim(ALERT, server.now)
    return [alerts.deliver(server, entry) for entry in claimed]


@pytest.mark.req("L8", "PA-05", "2.11")
@pytest.mark.parametrize("kind", RULES)
def test_what_was_copied_is_told_of(door: Door, anna: Account, kind: str) -> None:
    session = door.log_in(anna)

    done = alert(door, anna, kind, {})

    assert done == ["notify"]
    assert [letter.values["what"] for letter in door.letters()] == [RULES[kind]]
    assert door.noticed(anna, "account.suspicious") == [{RULES[kind]: {"action": "notify"}}]
    assert door.counted == [(RULES[kind], "notify")]
    assert standing(door, anna) == [session.id]
    assert Outbox(door.people.database).claim(ALERT, NOW + DAY) == ()


@pytest.mark.req("2.11")
@pytest.mark.parametrize("action", ["step_up", "block"])
def test_after_a_copy_everything_may_have_to_be_shown_again(
    door: Door, anna: Account, action: str
) -> None:
    door.log_in(anna)

    alert(door, anna, "refresh_token.replayed", {"refresh_token_reuse": action})

    assert standing(door, anna) == []
    not_before = door.people.record(anna).not_before
    assert not_before == (NOW + HOUR if action == "block" else None)


def test_an_ignored_copy_is_not_told_of(door: Door, anna: Account) -> None:
    done = alert(door, anna, "refresh_token.replayed", {"refresh_token_reuse": "ignore"})

    assert done == ["ignore"]
    assert door.letters() == []


def standing(door: Door, account: Account) -> list[str]:
    """The ids of the account's sessions."""
    found = Sessions(door.people.database, door.people.settings)._stored.list(
        door.people.server.tenant.id, account.id, idle_since=NOW - DAY, now=NOW + HOUR
    )
    return [record.session.id for record in found]
