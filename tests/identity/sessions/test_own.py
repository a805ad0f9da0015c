"""A person's own sessions: what they see of them, and how they end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from authwell.identity.sessions.own import OwnSessions
from authwell.protocol.model import Account, Session
from authwell.utils.randomness import new_secret
from tests.identity.conftest import NOW, People
from tests.identity.sessions.test_devices import FIREFOX, at

HOUR = timedelta(hours=1)


def own(people: People) -> OwnSessions:
    """The service of people themselves; it tells whether clients were to be told."""
    return OwnSessions(people.database, people.settings, lambda: None)


def logged_in(
    people: People, account: Account, offset: timedelta = timedelta(0), device: str | None = None
) -> Session:
    """A session of a browser."""
    _, session = people.sessions.start(
        at(people, device, offset), account, {"pwd": NOW + offset}, None
    )
    return session


@pytest.mark.req("F1", "F4", "F11", "F12")
def test_the_list_shows_device_place_and_which_one_asks(people: People) -> None:
    anna = people.add("anna")
    first, second = logged_in(people, anna), logged_in(people, anna, HOUR)

    found = own(people).list(people.at(2 * HOUR), anna, first.id)

    assert [(one.id, one.is_current) for one in found] == [(second.id, False), (first.id, True)]
    assert found[0].device == "Firefox on Linux"
    assert (found[0].user_agent, found[0].address) == (FIREFOX, "192.0.2.1")
    assert found[0].location == "192.0.2.0/24"
    assert found[0].created_at == NOW + HOUR


@pytest.mark.req("F2", "F5")
def test_one_is_ended(people: People) -> None:
    anna = people.add("anna")
    first, second = logged_in(people, anna), logged_in(people, anna)

    assert own(people).end(people.server, anna, second.id)

    assert not own(people).end(people.server, anna, second.id)
    assert [one.id for one in own(people).list(people.server, anna)] == [first.id]
    assert people.events(anna)[-1] == ("session.ended", {"by": "owner"})


@pytest.mark.req("SE-09")
@pytest.mark.parametrize("session_id", ["", "\0", "é" * 9, "01a1fd1f-3090-7ebb-81c2-69d8a5f51c9f"])
def test_an_unknown_session_is_not_ended(people: People, session_id: str) -> None:
    assert not own(people).end(people.server, people.add("anna"), session_id)


@pytest.mark.req("SE-09")
def test_anothers_session_does_not_exist(people: People) -> None:
    anna, bert = people.add("anna"), people.add("bert")
    of_anna = logged_in(people, anna)

    assert not own(people).end(people.server, bert, of_anna.id)
    assert own(people).end_all(people.server, bert) == 0

    assert len(own(people).list(people.server, anna)) == 1
    assert own(people).list(people.server, bert) == ()


@pytest.mark.req("F3", "K14")
def test_all_are_ended_the_present_one_too(people: People) -> None:
    anna = people.add("anna")
    logged_in(people, anna)
    logged_in(people, anna)

    assert own(people).end_all(people.server, anna) == 2
    assert own(people).list(people.server, anna) == ()


@pytest.mark.req("F6", "K14")
def test_all_others_are_ended(people: People) -> None:
    anna = people.add("anna")
    kept = logged_in(people, anna)
    logged_in(people, anna)

    assert own(people).end_others(people.server, anna, kept.id) == 1
    assert [one.id for one in own(people).list(people.server, anna)] == [kept.id]


@pytest.mark.req("F12")
def test_a_forgotten_device_takes_its_sessions_with_it(people: People) -> None:
    anna, here, there = people.add("anna"), new_secret("awd"), new_secret("awd")
    kept = logged_in(people, anna, device=here)
    gone = logged_in(people, anna, device=there)
    device_id = next(
        one.device_id for one in own(people).list(people.server, anna) if one.id == gone.id
    )
    assert device_id is not None

    assert own(people).forget_device(people.server, anna, device_id)

    assert [one.id for one in own(people).list(people.server, anna)] == [kept.id]
    assert not own(people).forget_device(people.server, anna, device_id)
    assert [type_ for type_, _ in people.events(anna)][-1] == "device.forgotten"


@pytest.mark.req("SE-09")
def test_anothers_device_does_not_exist(people: People) -> None:
    anna, bert = people.add("anna"), people.add("bert")
    logged_in(people, anna, device=new_secret("awd"))
    (device,) = own(people).devices(people.server, anna)

    assert not own(people).forget_device(people.server, bert, device.id)
    assert own(people).devices(people.server, bert) == ()


@pytest.mark.req("F9", "Q-SESSION_MAX_DEVICES", "K15", "2.5")
def test_the_eleventh_device_ends_the_oldest_session(people: People) -> None:
    anna = people.add("anna")
    opened = [logged_in(people, anna, number * HOUR) for number in range(11)]

    found = own(people).list(people.at(11 * HOUR), anna)

    assert people.settings.session_max_devices == 10
    assert {one.id for one in found} == {session.id for session in opened[1:]}


@pytest.mark.req("F10", "K15", "2.5")
def test_with_single_sessions_a_login_ends_the_others(people: People) -> None:
    people.settings = replace(people.settings, single_session_per_user=True)
    anna = people.add("anna")
    logged_in(people, anna)
    last = logged_in(people, anna, HOUR)

    assert [one.id for one in own(people).list(people.at(HOUR), anna)] == [last.id]
