"""Devices: a browser is known again by its own cookie, and to each of its people apart."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from authwell.identity.sessions.user_agents import UNKNOWN, device_name
from authwell.models.devices import devices
from authwell.protocol.server import AuthorizationServer, Caller
from authwell.storage.login.devices import MOST, Device
from authwell.storage.statements import Statement
from authwell.utils.randomness import new_secret
from tests.identity.conftest import NOW, People

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"


def browser(people: People, value: str | None, offset: timedelta = timedelta(0)) -> Caller:
    """A caller with a device cookie."""
    return replace(people.at(offset).caller, device=value, user_agent=FIREFOX)


def at(people: People, value: str | None, offset: timedelta = timedelta(0)) -> AuthorizationServer:
    """The server for that caller."""
    return replace(people.at(offset), caller=browser(people, value, offset))


def recorded(people: People, server: AuthorizationServer, name: str) -> Device:
    """The device of a new account that logs in there."""
    device = people.devices.record(server, people.add(name))
    assert device is not None
    return device


@pytest.mark.req("MF-10", "F11", "2.5")
def test_a_browser_is_known_after_a_login_and_by_its_cookie_alone(people: People) -> None:
    anna, value = people.add("anna"), new_secret("awd")
    before = people.devices.known(people.server.tenant.id, anna.id, browser(people, value))

    people.sessions.start(at(people, value), anna, {"pwd": NOW}, None)

    tenant_id = people.server.tenant.id
    known = people.devices.known(tenant_id, anna.id, browser(people, value))
    assert before is None
    assert known is not None
    assert known.name == "Firefox on Linux"
    for other in (None, new_secret("awd")):
        assert people.devices.known(tenant_id, anna.id, browser(people, other)) is None


@pytest.mark.req("MF-10")
def test_one_browser_is_a_device_of_each_of_its_people_apart(people: People) -> None:
    anna, bert, value = people.add("anna"), people.add("bert"), new_secret("awd")
    people.devices.record(at(people, value), anna)

    known = people.devices.known(people.server.tenant.id, bert.id, browser(people, value))

    assert known is None


def test_a_login_without_the_cookie_leaves_no_device(people: People) -> None:
    anna = people.add("anna")

    assert people.devices.record(at(people, None), anna) is None
    assert people.devices.list(people.server.tenant.id, anna.id) == ()


@pytest.mark.req("F12")
def test_a_forgotten_device_is_a_stranger_until_its_next_login(people: People) -> None:
    anna, value = people.add("anna"), new_secret("awd")
    tenant_id, server = people.server.tenant.id, at(people, value)
    device = people.devices.record(server, anna)
    assert device is not None
    people.devices.trust(tenant_id, anna.id, device.id, NOW + timedelta(days=1))

    assert people.devices.forget(tenant_id, anna.id, device.id, NOW)

    assert people.devices.known(tenant_id, anna.id, server.caller) is None
    known = people.devices.known(server.tenant.id, anna.id, server.caller)
    again = people.devices.record(server, anna, known)
    assert again is not None
    assert again.trusted_until is None


@pytest.mark.req("SE-09")
def test_nobody_forgets_or_trusts_anothers_device(people: People) -> None:
    device, bert = recorded(people, at(people, new_secret("awd")), "anna"), people.add("bert")
    tenant_id = people.server.tenant.id

    assert not people.devices.forget(tenant_id, bert.id, device.id, NOW)
    assert not people.devices.trust(tenant_id, bert.id, device.id, NOW)
    assert not people.devices.forget("another tenant", bert.id, device.id, NOW)


def test_devices_seen_longest_ago_make_place(people: People) -> None:
    anna = people.add("anna")
    for number in range(MOST + 3):
        people.devices.record(at(people, new_secret("awd"), timedelta(minutes=number)), anna)

    rows = people.database.all(
        Statement(select(func.count().label("number")).where(devices.c.account_id == anna.id)), {}
    )

    assert rows[0].number == MOST


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (FIREFOX, "Firefox on Linux"),
        (None, UNKNOWN),
        ("", UNKNOWN),
        ("\x00\x1b[31m", UNKNOWN),
        ("curl/8.5.0", "curl"),
        ("(" * 100_000, UNKNOWN),
        ("Mozilla/5.0 " * 10_000, UNKNOWN),
        ("\ud800" * 20, UNKNOWN),
    ],
)
def test_any_user_agent_has_a_name_of_reasonable_length(user_agent: str | None, name: str) -> None:
    assert device_name(user_agent) == name
