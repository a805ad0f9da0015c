"""Logins at once: the limit of sessions holds, and one browser is one device."""

from dataclasses import replace
from datetime import timedelta

import pytest

from authwell.identity.sessions.devices import Devices
from authwell.identity.sessions.service import Sessions
from authwell.protocol.model import Session
from authwell.protocol.server import AuthorizationServer, Caller
from authwell.storage.database import Database
from authwell.storage.login.sessions import Sessions as StoredSessions
from authwell.storage.store import SqlStore
from authwell.utils.randomness import new_secret
from tests.identity.conftest import DEVELOPMENT, NOW
from tests.protocol.conftest import make_world
from tests.races.runners import Race, processes, race
from tests.storage.worlds import ACCOUNT, SESSION, TENANT, an_event

from authwell.config.settings import load_settings  # isort: skip

__all__ = ["processes", "race"]

SETTINGS = load_settings(DEVELOPMENT)
DAY = timedelta(days=1)


def log_in(database: Database, number: int, most: int, device: str | None) -> Session:
    """Start a session of a new browser."""
    server = _server(database, device)
    settings = replace(SETTINGS, session_max_devices=most)
    _, session = Sessions(database, settings).start(server, ACCOUNT, {"pwd": NOW}, None)
    return session


@pytest.mark.req("F9", "F10", "2.5", "K15")
@pytest.mark.parametrize("most", [1, 3])
def test_of_logins_at_once_no_more_stay_than_may(race: Race, most: int) -> None:
    database = Database(race.url)
    StoredSessions(database).end(TENANT, SESSION, an_event("session.ended"))

    started = race.run(log_in, most, None)

    standing = StoredSessions(database).list(TENANT, ACCOUNT.id, idle_since=NOW - DAY, now=NOW)
    assert len(standing) == most
    assert {one.session.id for one in standing} <= {session.id for session in started}
    database.close()


@pytest.mark.req("MF-10", "2.5")
def test_one_browser_that_logs_in_at_once_is_one_device(race: Race) -> None:
    database, value = Database(race.url), new_secret("awd")

    race.run(log_in, 100, value)

    assert len(Devices(database).list(TENANT, ACCOUNT.id)) == 1
    database.close()


def _server(database: Database, device: str | None) -> AuthorizationServer:
    world = make_world()
    return replace(
        world.server,
        tenant=replace(world.server.tenant, id=TENANT),
        store=SqlStore(database),
        now=NOW,
        caller=Caller(address="192.0.2.1", user_agent="Test", device=device),
    )
