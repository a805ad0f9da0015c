"""Browser sessions: started anew at each login, ended by age, idleness, accounts and people."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from authwell.models.sessions import session_clients, sessions
from authwell.protocol import subjects
from authwell.protocol.authentication_context import PASSWORD
from authwell.protocol.model import Account, Session
from authwell.storage.configuration.administration import administer
from authwell.storage.statements import Statement
from authwell.utils.randomness import digest
from tests.identity.conftest import NOW, People
from tests.storage.worlds import CLIENT, TENANT, a_grant, add, issue

DAY = timedelta(days=1)
PWD = {"pwd": NOW}


def shown(method: str, offset: timedelta) -> dict[str, datetime]:
    """A method and when it was shown."""
    return {method: NOW + offset}


def start(people: People, account: Account, offset: timedelta = timedelta(0)) -> str:
    """The cookie of a new browser's session."""
    cookie, _ = people.sessions.start(people.at(offset), account, shown("pwd", offset), None)
    return cookie


def found(people: People, cookie: str, offset: timedelta = timedelta(0)) -> Session | None:
    """The session of a cookie at a moment after the start."""
    return people.sessions.find(TENANT, cookie, NOW + offset)


def column(people: People, name: str) -> list[object]:
    """One column of the sessions, the oldest first, without that of the populated world."""
    statement = select(sessions.c[name]).where(sessions.c.address == "192.0.2.1")
    rows = people.database.all(Statement(statement.order_by(sessions.c.created_at)), {})
    return [row[0] for row in rows]


@pytest.mark.req("SE-04")
def test_the_cookie_is_a_handle_of_a_record_that_knows_only_its_digest(people: People) -> None:
    anna = people.add("anna", full_name="Anna")

    cookie, session = people.sessions.start(people.server, anna, PWD, None)

    assert len(cookie) == len("aws_") + 43
    assert column(people, "digest") == [digest(cookie)]
    assert session == Session(session.id, anna, NOW, ("pwd",), PASSWORD, {"pwd": NOW})
    assert found(people, cookie) == replace(session, account=replace(anna, updated_at=NOW))


@pytest.mark.parametrize(
    "cookie", ["", "aws_", "x", "aws_" + "A" * 43, "aws_" + "\0" * 43, "aws_é"]
)
@pytest.mark.req("SE-01")
def test_a_planted_cookie_is_nobodys(people: People, cookie: str) -> None:
    start(people, people.add("anna"))

    assert found(people, cookie) is None


@pytest.mark.req("SE-01")
def test_logging_in_again_goes_on_under_a_new_handle(people: People) -> None:
    anna = people.add("anna")
    old, first = people.sessions.start(people.server, anna, PWD, None)

    both = shown("pwd", DAY) | shown("otp", DAY)
    new, second = people.sessions.start(people.at(DAY), anna, both, first)

    assert found(people, old, DAY) is None
    renewed = found(people, new, DAY)
    assert renewed is not None
    assert renewed.id == second.id == first.id
    assert renewed.auth_time == NOW + DAY
    assert renewed.amr == ("pwd", "otp", "mfa")


@pytest.mark.req("LO-07")
def test_somebody_else_in_the_same_browser_gets_nothing_of_the_session_before(
    people: People,
) -> None:
    anna, bert = people.add("anna"), people.add("bert")
    old, first = people.sessions.start(people.server, anna, PWD, None)

    new, second = people.sessions.start(people.server, bert, PWD, first)

    assert found(people, old) is None
    assert second.id != first.id
    assert second.account.id == bert.id
    assert found(people, new) is not None


@pytest.mark.req("LO-04")
def test_an_ended_session_is_not_renewed(people: People) -> None:
    anna = people.add("anna")
    _, first = people.sessions.start(people.server, anna, PWD, None)
    people.sessions.end(people.server, first)

    cookie, second = people.sessions.start(people.server, anna, PWD, first)

    assert second.id != first.id
    assert found(people, cookie) is not None


@pytest.mark.req("SE-07")
def test_a_session_ends_when_it_is_idle_for_too_long(people: People) -> None:
    people.settings = replace(
        people.settings,
        session_inactivity_timeout_days=2 * DAY,
        session_expire_days=5 * DAY,
    )
    cookie = start(people, people.add("anna"))

    assert found(people, cookie, 1.9 * DAY)
    assert found(people, cookie, 3.8 * DAY)
    assert found(people, cookie, 5.8 * DAY) is None


@pytest.mark.req("SE-07")
def test_a_session_ends_by_age_however_busy_it_is(people: People) -> None:
    people.settings = replace(people.settings, session_expire_days=2 * DAY)
    cookie = start(people, people.add("anna"))

    assert found(people, cookie, 1.9 * DAY)
    assert found(people, cookie, 2.1 * DAY) is None


def test_being_seen_is_written_every_five_minutes_at_most(people: People) -> None:
    cookie = start(people, people.add("anna"))

    found(people, cookie, timedelta(minutes=4))
    early = column(people, "last_seen_at")
    found(people, cookie, timedelta(minutes=6))
    late = column(people, "last_seen_at")

    assert early == [NOW]
    assert late == [NOW + timedelta(minutes=6)]


@pytest.mark.req("SE-08")
def test_a_session_ends_with_its_account(people: People) -> None:
    anna, bert = people.add("anna"), people.add("bert")
    of_anna, of_bert = start(people, anna), start(people, bert)

    people.change(anna, status="disabled")
    people.change(bert, not_before=NOW + timedelta(seconds=1))

    assert found(people, of_anna) is None
    assert found(people, of_bert) is None


@pytest.mark.req("SE-08")
@pytest.mark.parametrize(("roles", "stands"), [((), False), (("admin", "editor"), True)])
def test_a_session_ends_with_a_role(people: People, roles: tuple[str, ...], stands: bool) -> None:
    anna = people.add("anna", roles=["admin"])
    cookie = start(people, anna)

    with administer(people.database, TENANT, NOW, since=None) as administration:
        administration.people.change(anna.id, {"roles": roles})

    assert (found(people, cookie) is not None) is stands


def test_a_session_of_another_tenant_is_unknown(people: People) -> None:
    cookie = start(people, people.add("anna"))

    assert people.sessions.find("other", cookie, NOW) is None


@pytest.mark.req("F9")
def test_the_devices_seen_longest_ago_give_way(people: People) -> None:
    people.settings = replace(people.settings, session_max_devices=2)
    anna = people.add("anna")
    cookies = [start(people, anna, number * timedelta(minutes=1)) for number in range(4)]

    standing = [found(people, cookie, timedelta(minutes=4)) is not None for cookie in cookies]

    assert standing == [False, False, True, True]
    kinds = [kind for kind, _ in people.events(anna)]
    assert kinds.count("session.ended") == 2


@pytest.mark.req("F9", "K15")
def test_one_session_for_each_person_if_so_configured(people: People) -> None:
    people.settings = replace(people.settings, single_session_per_user=True)
    anna, bert = people.add("anna"), people.add("bert")
    first, others = start(people, anna), start(people, bert)

    second = start(people, anna, timedelta(seconds=1))

    assert found(people, first, DAY) is None
    assert found(people, second, DAY) is not None
    assert found(people, others, DAY) is not None


def test_starting_remembers_the_login(people: People) -> None:
    anna = people.add("anna")

    _, session = people.sessions.start(people.at(DAY), anna, shown("pwd", DAY), None)

    assert people.record(anna).last_login_at == NOW + DAY
    assert people.events(anna)[-1] == ("login.succeeded", {"amr": ["pwd"]})
    people.sessions.start(people.at(2 * DAY), anna, shown("pwd", 2 * DAY), session)
    assert people.record(anna).last_login_at == NOW + 2 * DAY


def with_client(people: People, session: Session) -> str:
    """Let the client take part in a session; the `sid` that it knows."""
    sid = subjects.sid(session.id, CLIENT)
    add(
        people.database,
        session_clients,
        session_id=session.id,
        client_id=CLIENT,
        tenant_id=TENANT,
        sid=sid,
        created_at=NOW,
    )
    return sid


@pytest.mark.req("LO-04")
def test_ending_names_the_clients_that_took_part_and_happens_once(people: People) -> None:
    anna = people.add("anna")
    cookie, session = people.sessions.start(people.server, anna, PWD, None)
    sid = with_client(people, session)

    first = people.sessions.end(people.server, session)
    second = people.sessions.end(people.server, session)

    assert first == ((CLIENT, sid),)
    assert second == ()
    assert found(people, cookie) is None
    assert [kind for kind, _ in people.events(anna)].count("session.ended") == 1


def test_a_client_ends_the_session_that_it_knows_by_its_sid_only(people: People) -> None:
    anna = people.add("anna")
    client = people.server.clients.find(CLIENT)
    assert client is not None
    cookie, session = people.sessions.start(people.server, anna, PWD, None)
    sid = with_client(people, session)

    unknown = people.sessions.end_by_sid(people.server, "unknown", client)
    foreign = people.sessions.end_by_sid(people.server, sid, replace(client, client_id="other"))
    assert (unknown, foreign) == ((), ())
    assert found(people, cookie) is not None

    assert people.sessions.end_by_sid(people.server, sid, client) == ((CLIENT, sid),)
    assert found(people, cookie) is None


def test_the_grants_of_a_session_end_with_it(people: People) -> None:
    anna = people.add("anna")
    _, session = people.sessions.start(people.server, anna, PWD, None)
    grant = a_grant(account=anna, session_id=session.id, offline=False)
    code = issue(people.server.store, grant).code

    people.sessions.end(people.server, session)

    kept = people.server.store.codes.find(TENANT, code.digest, NOW)
    assert kept is not None
    assert kept.grant.ended == "session_ended"
