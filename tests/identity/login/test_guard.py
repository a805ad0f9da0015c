"""The guard of all doors: locks by account and address, and devices that stay open (AU-08)."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from authwell.identity.login.guard import MOST_IN_A_ROW, AddressLocked, Attempt, Door, Guard, Locked
from authwell.identity.login.password import LoginFailed
from authwell.identity.login.unlocking import unlock_account
from authwell.identity.sessions.devices import Devices
from authwell.models.audit import audit_events
from authwell.protocol.events import EventType
from authwell.protocol.model import Account
from authwell.protocol.server import AuthorizationServer
from authwell.storage.statements import Statement
from tests.identity.conftest import NOW, PASSWORD, People

COOKIE = "awd_" + "A" * 43


def at_home(people: People) -> AuthorizationServer:
    """The server as a browser with a device cookie sees it."""
    return replace(people.server, caller=replace(people.server.caller, device=COOKIE))


def from_address(people: People, address: str) -> AuthorizationServer:
    return replace(people.server, caller=replace(people.server.caller, address=address))


def guess(people: People, name: str, times: int, server: AuthorizationServer | None = None) -> None:
    for _ in range(times):
        people.login.authenticate(server or people.server, name, "wrong")


@pytest.mark.req("AU-08", "2.4")
def test_strangers_who_lock_an_account_do_not_lock_out_its_device(people: People) -> None:
    anna = people.add("anna")
    Devices(people.database).record(at_home(people), anna)

    guess(people, "anna", 9)
    strangers = people.login.authenticate(people.server, "anna", PASSWORD)
    at_hers = people.login.authenticate(at_home(people), "anna", PASSWORD)

    assert strangers == LoginFailed("account_locked")
    assert isinstance(at_hers, Account)
    assert people.login.authenticate(people.server, "anna", PASSWORD) == strangers


@pytest.mark.req("AU-08", "AU-03")
def test_a_known_device_has_guesses_of_its_own_and_not_more(people: People) -> None:
    anna = people.add("anna")
    Devices(people.database).record(at_home(people), anna)
    guess(people, "anna", 5)

    guess(people, "anna", 5, at_home(people))

    locked = people.login.authenticate(at_home(people), "anna", PASSWORD)
    assert locked == LoginFailed("account_locked")


@pytest.mark.req("AU-08")
def test_a_device_of_somebody_else_is_a_strangers(people: People) -> None:
    people.add("anna")
    Devices(people.database).record(at_home(people), people.add("bert"))
    guess(people, "anna", 5)

    outcome = people.login.authenticate(at_home(people), "anna", PASSWORD)

    assert outcome == LoginFailed("account_locked")


@pytest.mark.req("AU-03", "M3", "L10")
def test_an_address_that_fails_too_often_waits_whatever_the_account(people: People) -> None:
    people.settings = replace(people.settings, address_lockout_attempts=4)
    people.add("anna")

    guess(people, "anna", 2)
    guess(people, "nobody", 2)

    with pytest.raises(AddressLocked) as locked:
        people.login.authenticate(people.server, "anna", PASSWORD)
    assert locked.value.retry_after == timedelta(minutes=30, seconds=1)
    elsewhere = from_address(people, "192.0.2.2")
    assert isinstance(people.login.authenticate(elsewhere, "anna", PASSWORD), Account)
    later = people.at(timedelta(minutes=31))
    assert isinstance(people.login.authenticate(later, "anna", PASSWORD), Account)


@pytest.mark.req("AU-03")
def test_success_does_not_make_up_for_failures_of_an_address(people: People) -> None:
    people.settings = replace(people.settings, address_lockout_attempts=4)
    people.add("anna")

    for _ in range(3):
        guess(people, "nobody", 1)
        assert isinstance(people.login.authenticate(people.server, "anna", PASSWORD), Account)
    guess(people, "nobody", 1)

    with pytest.raises(AddressLocked) as locked:
        people.login.authenticate(people.server, "anna", PASSWORD)
    assert locked.value.retry_after == timedelta(minutes=30, seconds=1)


@pytest.mark.req("AU-03")
def test_a_network_of_ipv6_is_one_address(people: People) -> None:
    people.settings = replace(people.settings, address_lockout_attempts=3)

    for number in range(3):
        guess(people, "nobody", 1, from_address(people, f"2001:db8::{number}"))

    with pytest.raises(AddressLocked):
        guess(people, "nobody", 1, from_address(people, "2001:db8::ffff"))
    guess(people, "nobody", 1, from_address(people, "2001:db8:0:1::1"))


@pytest.mark.req("AU-03")
def test_no_account_survives_more_than_a_hundred_guesses_in_a_row(people: People) -> None:
    anna = people.add("anna")
    people.settings = replace(
        people.settings, account_lockout_attempts=1000, address_lockout_attempts=1000
    )
    Devices(people.database).record(at_home(people), anna)
    door = Door.of(people.server)

    counted = 0
    for day in range(150):
        knocked = replace(door, now=NOW + timedelta(days=day), caller=at_home(people).caller)
        counted += isinstance(people.guard.admit(knocked, "password", anna.id), Attempt)

    assert counted == 2 * MOST_IN_A_ROW == 100


@pytest.mark.req("MF-03", "AU-07")
def test_codes_are_counted_by_person_whatever_the_address(people: People) -> None:
    anna = people.add("anna")
    guard = people.guard

    admitted = [
        guard.admit(Door.of(from_address(people, f"192.0.2.{number}")), "second_factor", anna.id)
        for number in range(7)
    ]

    assert [isinstance(attempt, Attempt) for attempt in admitted] == [True] * 5 + [False] * 2
    assert admitted[6] == Locked()
    assert isinstance(guard.admit(Door.of(people.server), "password", anna.id), Attempt)


@pytest.mark.req("MF-03")
def test_a_right_password_does_not_give_new_guesses_at_codes(people: People) -> None:
    anna = people.add("anna")
    for _ in range(5):
        people.guard.admit(Door.of(people.server), "second_factor", anna.id)

    people.login.authenticate(people.server, "anna", PASSWORD)

    assert people.guard.admit(Door.of(people.server), "second_factor", anna.id) == Locked()


def test_a_failure_leaves_a_record_and_the_lock_of_an_address_too(people: People) -> None:
    anna = people.add("anna")
    people.settings = replace(people.settings, address_lockout_attempts=1)
    guard: Guard = people.guard

    attempt = guard.admit(Door.of(people.server), "second_factor", anna.id)
    assert isinstance(attempt, Attempt)
    guard.failed(attempt, EventType.SECOND_FACTOR_FAILED, method="totp")

    assert people.events(anna)[-1] == ("second_factor.failed", {"method": "totp", "failures": 1})
    locked = select(audit_events.c.address).where(audit_events.c.type == "address.locked")
    assert [row.address for row in people.database.all(Statement(locked), {})] == ["192.0.2.1"]


@pytest.mark.req("AU-08", "M3")
def test_an_administrator_opens_a_locked_account_at_once(people: People) -> None:
    anna = people.add("anna")
    guess(people, "anna", 5)
    event = replace(
        Door.of(people.server).event(EventType.ACCOUNT_UNLOCKED, anna.id), actor="cli:root"
    )

    was_locked = unlock_account(people.database, event)
    again = unlock_account(people.database, event)

    assert (was_locked, again) == (True, False)
    assert isinstance(people.login.authenticate(people.server, "anna", PASSWORD), Account)
    assert [kind for kind, _ in people.events(anna)].count("account.unlocked") == 1
