"""Browser sessions on SQLite and PostgreSQL."""

from dataclasses import replace
from datetime import timedelta

import pytest

from authwell.protocol.model import Session
from authwell.storage.database import Database
from authwell.storage.login.sessions import NewSession, SessionRecord, Sessions
from authwell.storage.people.accounts import Accounts
from authwell.storage.store import SqlStore
from authwell.utils.randomness import digest, new_id
from tests.storage.worlds import (
    ACCOUNT,
    CLIENT,
    LATER,
    NOW,
    OTHER_TENANT,
    SESSION,
    TENANT,
    SqlWorld,
    a_grant,
    an_event,
    issue,
)

IDLE_SINCE = NOW - timedelta(days=30)
NEW = NewSession(
    digest=digest("cookie"),
    id=new_id(NOW),
    tenant_id=TENANT,
    account_id=ACCOUNT.id,
    auth_time=NOW,
    amr=("pwd", "otp"),
    created_at=NOW,
    expires_at=NOW + timedelta(days=30),
    acr="2",
    address="192.0.2.1",
    user_agent="x" * 2000 + "\x00",
)


def find(sessions: Sessions, value: str = "cookie", days: int = 0) -> SessionRecord | None:
    now = LATER + timedelta(days=days)
    return sessions.find(
        TENANT, digest(value), idle_since=IDLE_SINCE + timedelta(days=days), now=now
    )


def test_a_started_session_is_found_with_its_account(database: Database) -> None:
    sessions = Sessions(database)

    sessions.start(NEW, an_event("login"))

    found = find(sessions)
    assert found is not None
    assert found.session == Session(
        NEW.id, ACCOUNT, NOW, ("pwd", "otp"), "2", {"pwd": NOW, "otp": NOW}
    )
    assert (found.last_seen_at, found.expires_at) == (NOW, NEW.expires_at)
    assert found.user_agent == "x" * 512
    assert sessions.find(OTHER_TENANT, NEW.digest, idle_since=IDLE_SINCE, now=LATER) is None


def test_a_login_is_remembered(database: Database) -> None:
    Sessions(database).start(NEW, an_event("login"))

    record = Accounts(database).find(TENANT, ACCOUNT.id)
    assert record is not None
    assert record.last_login_at == NOW


def test_a_session_ends_by_itself(database: Database) -> None:
    sessions = Sessions(database)
    sessions.start(NEW, an_event())

    assert find(sessions, days=29) is not None
    assert find(sessions, days=30) is None


def test_a_session_that_was_not_seen_has_ended(database: Database) -> None:
    sessions = Sessions(database)
    sessions.start(NEW, an_event())
    later = NOW + timedelta(hours=2)

    before = sessions.find(TENANT, NEW.digest, idle_since=later - timedelta(hours=1), now=later)
    sessions.touch(TENANT, NEW.digest, later)
    after = sessions.find(TENANT, NEW.digest, idle_since=later - timedelta(hours=1), now=later)

    assert before is None
    assert after is not None


@pytest.mark.parametrize("what", ["account", "tenant"])
def test_a_session_older_than_not_before_has_ended(database: Database, what: str) -> None:
    sessions = Sessions(database)
    sessions.start(NEW, an_event())

    SqlWorld(database).forget_before(what, NOW + timedelta(milliseconds=1))

    assert find(sessions) is None


def test_a_session_of_a_disabled_account_has_ended(database: Database) -> None:
    sessions = Sessions(database)
    sessions.start(NEW, an_event())

    SqlWorld(database).disable("account")

    assert find(sessions) is None


def test_authenticating_again_changes_the_cookie(database: Database) -> None:
    sessions = Sessions(database)
    sessions.start(NEW, an_event())

    again = Session(NEW.id, ACCOUNT, LATER, ("hwk",), None, {"hwk": LATER})
    renewed = sessions.renew(
        TENANT,
        again,
        digest=digest("new"),
        expires_at=LATER + timedelta(days=30),
        event=an_event("again", LATER),
    )

    found = find(sessions, "new")
    assert renewed
    assert find(sessions) is None
    assert found is not None
    assert found.session == again


def test_ending_a_session_names_its_clients(database: Database) -> None:
    sessions = Sessions(database)
    grant = a_grant()
    issue(SqlStore(database), grant)

    ended = sessions.end(TENANT, SESSION, an_event("logout"))
    again = sessions.end(TENANT, SESSION, an_event("logout"))

    assert ended is not None
    assert ended.clients == ((CLIENT, grant.sid),)
    assert again is None
    assert find(sessions, "session") is None
    assert sessions.find_by_sid(TENANT, str(grant.sid)) == SESSION
    assert sessions.find_by_sid(OTHER_TENANT, str(grant.sid)) is None


def test_ending_all_sessions_may_spare_one(database: Database) -> None:
    sessions = Sessions(database)
    sessions.start(NEW, an_event())
    other = replace(NEW, id=new_id(NOW), digest=digest("other"))
    sessions.start(other, an_event())

    ended = sessions.end_all(TENANT, ACCOUNT.id, an_event("logout"), except_id=NEW.id)

    left = sessions.list(TENANT, ACCOUNT.id, idle_since=IDLE_SINCE, now=LATER)
    assert {session.id for session in ended} == {SESSION, other.id}
    assert [record.session.id for record in left] == [NEW.id]


@pytest.mark.parametrize("sid", ["", "\x00", "\ud800", "' --", "x" * 100_000])
def test_any_sid_is_looked_up(database: Database, sid: str) -> None:
    assert Sessions(database).find_by_sid(TENANT, sid) is None
