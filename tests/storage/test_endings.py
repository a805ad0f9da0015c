"""Whatever ends a session leaves a logout token for each of its clients in the outbox, once."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from authwell.models.clients import clients
from authwell.models.work import outbox
from authwell.storage.cleanup import CleanUp
from authwell.storage.configuration.administration import administer
from authwell.storage.database import Database
from authwell.storage.login.endings import BACK_CHANNEL
from authwell.storage.login.sessions import Sessions
from authwell.storage.statements import Statement
from authwell.storage.store import SqlStore
from authwell.storage.work.outbox import Outbox
from tests.storage.worlds import (
    ACCOUNT,
    CLIENT,
    LATER,
    NOW,
    OTHER_CLIENT,
    SESSION,
    TENANT,
    a_grant,
    an_event,
    issue,
)

WAITING = Statement(select(outbox.c.payload, outbox.c.session_id).where(outbox.c.done_at.is_(None)))


def log_out(database: Database) -> None:
    Sessions(database).end(TENANT, SESSION, an_event("session.ended", LATER))


def log_out_everywhere(database: Database) -> None:
    Sessions(database).end_all(TENANT, ACCOUNT.id, an_event("session.ended", LATER))


def change_the_password(database: Database) -> None:
    with administer(database, TENANT, LATER, since=None) as change:
        change.people.end_sessions(ACCOUNT.id)


def delete_the_account(database: Database) -> None:
    with administer(database, TENANT, LATER, since=None) as change:
        change.people.delete(ACCOUNT.id)


def change_and_fail(database: Database) -> None:
    with administer(database, TENANT, LATER, since=None) as change:
        change.people.end_sessions(ACCOUNT.id)
        raise KeyError


def stay_away(database: Database) -> None:
    CleanUp(database, idle=timedelta(days=1)).run(NOW + timedelta(days=2))


def grow_old(database: Database) -> None:
    CleanUp(database, idle=timedelta(days=90)).run(NOW + timedelta(days=31))


WAYS = (
    log_out,
    log_out_everywhere,
    change_the_password,
    delete_the_account,
    stay_away,
    grow_old,
)


def take_part(database: Database, *client_ids: str) -> dict[str, str | None]:
    """Let clients take part in the session; the `sid` of each."""
    sids = {}
    for number, client_id in enumerate(client_ids):
        grant = a_grant(client_id=client_id, sid=f"sid-{number}")
        issue(SqlStore(database), grant)
        sids[client_id] = grant.sid
    return sids


def register(database: Database, client_id: str) -> None:
    metadata = {"backchannel_logout_uri": "https://app.example/logout"}
    database.write(
        Statement(
            update(clients).where(clients.c.client_id == client_id).values(metadata=metadata)
        ),
        {},
    )


@pytest.mark.req("oidcc-backchannel-rp-initiated-logout")
@pytest.mark.parametrize("end", WAYS)
def test_each_client_that_asked_is_told_once(
    database: Database, end: Callable[[Database], None]
) -> None:
    sids = take_part(database, CLIENT, OTHER_CLIENT)
    register(database, CLIENT)

    for _ in range(2):
        end(database)

    (row,) = database.all(WAITING, {})
    assert row.session_id == SESSION
    assert row.payload == {"client_id": CLIENT, "sid": sids[CLIENT], "account_id": ACCOUNT.id}


def test_a_client_that_took_no_part_is_not_told(database: Database) -> None:
    register(database, CLIENT)

    log_out(database)

    assert database.all(WAITING, {}) == []


def test_nothing_waits_if_the_change_was_undone(database: Database) -> None:
    take_part(database, CLIENT)
    register(database, CLIENT)

    with pytest.raises(KeyError):
        change_and_fail(database)

    assert database.all(WAITING, {}) == []


def test_the_deliveries_of_a_session_have_a_status(database: Database) -> None:
    take_part(database, CLIENT)
    register(database, CLIENT)
    log_out(database)
    waiting = Outbox(database)

    def status() -> str:
        (delivery,) = waiting.list_of_session(TENANT, SESSION, BACK_CHANNEL)
        return delivery.status

    seen = [status()]
    (entry,) = waiting.claim(BACK_CHANNEL, LATER)
    waiting.fail(entry, "away", LATER)
    seen.append(status())
    (entry,) = waiting.claim(BACK_CHANNEL, LATER + timedelta(minutes=1))
    waiting.give_up(entry, "gone", LATER, an_event())
    seen.append(status())

    assert seen == ["pending", "retrying", "failed"]
    assert waiting.list_of_session(TENANT, "another", BACK_CHANNEL) == ()
