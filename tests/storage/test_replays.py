"""The port `Replays`: a key is used once, until nobody could present it any more."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from authwell.storage.cleanup import CleanUp
from authwell.storage.database import Database
from authwell.storage.store import SqlStore
from authwell.utils.randomness import digest
from tests.storage.worlds import NOW, OTHER_TENANT, TENANT, World

KEY = digest("jti")
END = NOW + timedelta(minutes=6)
THREADS = 20


@pytest.mark.req("CA-05")
def test_a_key_is_used_once(world: World) -> None:
    uses = [world.store.replays.use(TENANT, KEY, END, NOW) for _ in range(3)]

    assert uses == [True, False, False]


@pytest.mark.req("CA-06")
def test_tenants_and_keys_are_apart(world: World) -> None:
    world.store.replays.use(TENANT, KEY, END, NOW)

    assert world.store.replays.use(OTHER_TENANT, KEY, END, NOW)
    assert world.store.replays.use(TENANT, digest("other"), END, NOW)


def test_a_key_whose_time_is_over_is_forgotten(world: World) -> None:
    world.store.replays.use(TENANT, KEY, END, NOW)

    before = world.store.replays.use(TENANT, KEY, END, END - timedelta(microseconds=1))
    after = world.store.replays.use(TENANT, KEY, END + timedelta(minutes=6), END)
    again = world.store.replays.use(TENANT, KEY, END + timedelta(minutes=6), END)

    assert (before, after, again) == (False, True, False)


@pytest.mark.req("CA-05", "ST-11")
def test_of_twenty_at_once_one_wins(world: World) -> None:
    for number in range(5):
        key, start = digest(f"jti-{number}"), Barrier(THREADS)

        def use(_: int, key: bytes = key, start: Barrier = start) -> bool:
            start.wait()
            return world.store.replays.use(TENANT, key, END, NOW)

        with ThreadPoolExecutor(THREADS) as pool:
            wins = sum(pool.map(use, range(THREADS)))

        assert wins == 1


@pytest.mark.req("1.15")
def test_the_clean_up_takes_expired_ones_only(database: Database) -> None:
    replays = SqlStore(database).replays
    replays.use(TENANT, KEY, END, NOW)
    replays.use(TENANT, digest("later"), END + timedelta(seconds=1), NOW)

    early = CleanUp(database).run(END - timedelta(seconds=1))
    late = CleanUp(database).run(END)

    assert (early["used assertions"], late["used assertions"]) == (0, 1)
    assert not replays.use(TENANT, digest("later"), END, END)
