"""Periodic work: one instance does it in each period, and a stopped one hands it on."""

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from authwell.config.settings import load_settings
from authwell.identity.keys.keeper import key_keeper
from authwell.identity.tenants.defaults import ensure_default_tenant
from authwell.models.work import leases
from authwell.ops.schedules import Schedules, StartsWithFirstRequest, Task
from authwell.ops.tasks import tasks
from authwell.storage.database import Database
from authwell.storage.statements import Statement
from authwell.storage.work.leases import Leases
from authwell.utils.sealing import Sealer
from tests.identity.conftest import DEVELOPMENT
from tests.parts.server import StartServer

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HELD = Statement(select(leases.c.name))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    yield opened
    opened.close()


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def held(database: Database) -> list[str]:
    return [row.name for row in database.all(HELD, {})]


def test_one_instance_runs_a_task_in_each_period(database: Database) -> None:
    runs: list[datetime] = []
    now = NOW
    task = Task("t", MINUTE, runs.append)
    instances = [Schedules([task], Leases(database), lambda: now) for _ in range(3)]

    for _ in range(2):
        for instance in instances:
            if instance is not instances[0] or not runs:
                instance.run_due()
        now += MINUTE

    assert runs == [NOW, NOW + MINUTE]


def test_a_stopped_instance_gives_its_leases_back(database: Database) -> None:
    done = threading.Event()
    schedules = Schedules([Task("t", MINUTE, lambda _: done.set())], Leases(database))

    schedules.start()
    assert done.wait(20)
    schedules.stop()

    assert held(database) == []
    assert not any(t.name == "authwell-schedules" for t in threading.enumerate())


def test_a_failing_task_does_not_end_the_thread(database: Database) -> None:
    attempts: list[datetime] = []

    def fail(now: datetime) -> None:
        attempts.append(now)
        raise OSError("away")

    schedules = Schedules([Task("t", timedelta(seconds=0.2), fail)], Leases(database))

    schedules.start()

    assert eventually(lambda: len(attempts) >= 2)
    schedules.stop()


def test_a_process_has_one_thread_and_starts_it_with_the_first_request(
    database: Database,
) -> None:
    schedules = Schedules([Task("t", MINUTE, lambda _: None)], Leases(database))
    layer = StartsWithFirstRequest(lambda _environ, _start: [b"answer"], schedules)

    def threads() -> int:
        return [thread.name for thread in threading.enumerate()].count("authwell-schedules")

    before = threads()
    answers = [b"".join(layer({}, lambda *_: lambda _: None)) for _ in range(3)]

    assert answers == [b"answer"] * 3
    assert (before, threads()) == (0, 1)
    schedules.stop()


def test_the_calendar_of_the_keys_is_one_of_the_tasks(database: Database) -> None:
    settings = load_settings(DEVELOPMENT)
    sealer = Sealer(settings.key_encryption_key)
    tenant = ensure_default_tenant(database, settings, NOW)
    keeper = key_keeper(database, sealer, settings)
    keeper.ensure(tenant.id, ["ES256"], NOW)
    after = NOW + settings.key_rotation_days

    results = {task.name: task.run(after) for task in tasks(database, sealer, settings)}

    states = [key.state for key in keeper.keys.list(tenant.id)]
    assert sorted(states) == ["active", "next", "retiring"]
    assert results["periodic:key-calendar"]


@pytest.mark.req("B17", "1.15")
@pytest.mark.parametrize("kind", ["granian", "gunicorn"])
def test_a_served_process_does_the_work_by_itself_and_hands_it_on(
    start_server: StartServer, kind: str
) -> None:
    server = start_server(SERVER=kind)
    database = Database(server.environ["DATABASE_URL"])

    assert eventually(lambda: "periodic:clean-up" in held(database))
    server.stop()

    assert held(database) == []
    database.close()
