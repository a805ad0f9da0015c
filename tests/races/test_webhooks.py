"""Many workers on the webhooks, and many who look for events: each message is sent once, in order."""

from collections import Counter

import pytest

from authwell.identity.webhooks.fanout import FanOut
from authwell.protocol.model import Event
from authwell.storage.audit.events import AuditLog
from authwell.storage.database import Database
from authwell.storage.pages import Wanted
from authwell.storage.webhooks.endpoints import Endpoints
from authwell.storage.webhooks.log import DeliveryLog
from authwell.storage.webhooks.queue import WEBHOOK, WebhookQueue
from authwell.utils.randomness import new_id
from tests.races.runners import Race, processes, race
from tests.storage.test_webhook_queue import MOST, endpoint, put
from tests.storage.worlds import LATER, TENANT, is_waiting

__all__ = ["processes", "race"]

MESSAGES = 60
ALL = Wanted("created_at", 99)


def send_all(database: Database, number: int) -> list[str]:
    """Claim and finish until everything is done."""
    queue = WebhookQueue(database)
    sent = []
    while is_waiting(queue, WEBHOOK, LATER):
        for entry in queue.claim(WEBHOOK, LATER, limit=2):
            sent.append(entry.payload["event_id"])
            assert queue.finish(entry, 200, LATER)
    return sent


@pytest.mark.req("WH-06")
def test_no_message_is_claimed_by_two_workers(race: Race) -> None:
    database = Database(race.url)
    for name in ("one", "two"):
        put(database, endpoint(database, name=name), MESSAGES // 2)

    sent = Counter(entry for worker in race.run(send_all) for entry in worker)

    assert len(sent) == MESSAGES
    assert set(sent.values()) == {1}
    database.close()


def look(database: Database, number: int) -> int:
    return FanOut(database, lambda: None).run(LATER)


@pytest.mark.req("WH-06", "4.8")
def test_an_event_that_many_find_is_on_its_way_once(race: Race) -> None:
    database = Database(race.url)
    receiver = endpoint(database)
    for _ in range(10):
        AuditLog(database).add(Event("account.updated", TENANT, LATER, id=new_id(LATER)))

    race.run(look)

    assert len(DeliveryLog(database).page(TENANT, receiver.id, ALL).rows) == 10
    database.close()


def make(database: Database, number: int) -> str:
    try:
        return endpoint(database, name=f"endpoint {number} {new_id()}").id
    except AssertionError:
        return ""


def test_a_tenant_never_has_more_endpoints_than_it_may(race: Race) -> None:
    database = Database(race.url)
    for number in range(MOST - 2):
        endpoint(database, name=f"before {number}")

    made = [endpoint_id for endpoint_id in race.run(make) if endpoint_id]

    assert len(made) == 2
    assert len(Endpoints(database).page(TENANT, Wanted("name", 99)).rows) == MOST
    database.close()
