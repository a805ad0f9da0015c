"""The queue of webhooks is fair to tenants and endpoints, on both databases."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from authwell.protocol.model import Event
from authwell.storage.database import Database
from authwell.storage.webhooks.claiming import PLACES_OF_TENANT
from authwell.storage.webhooks.endpoints import Endpoint, Endpoints, Secrets
from authwell.storage.webhooks.pending import Message, Pending
from authwell.storage.webhooks.queue import WEBHOOK, WebhookQueue
from authwell.utils.randomness import new_id
from tests.storage.worlds import NOW, OTHER_TENANT, TENANT, is_waiting, populate

MOST = 20


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(database_url)
    populate(opened)
    yield opened
    opened.close()


def endpoint(database: Database, tenant_id: str = TENANT, name: str = "one") -> Endpoint:
    made = Endpoint(
        id=new_id(NOW),
        tenant_id=tenant_id,
        name=name,
        url="https://hooks.example/",
        description="",
        event_types=("*",),
        status="active",
        secrets=Secrets(b"sealed"),
        created_at=NOW,
        updated_at=NOW,
        active_since=NOW,
    )
    assert Endpoints(database).add(made, MOST, Event("webhook.created", tenant_id, NOW))
    return made


def put(database: Database, receiver: Endpoint, number: int, subject: str = "") -> list[str]:
    ids = [new_id(NOW + timedelta(milliseconds=count)) for count in range(number)]
    messages = [
        Message(receiver, event_id, "account.updated", subject or event_id, "{}")
        for event_id in ids
    ]
    Pending(database, ["account.updated"]).put(messages, NOW)
    return ids


@pytest.mark.req("WH-06")
def test_a_flood_of_one_tenant_leaves_places_for_another(database: Database) -> None:
    flooded = [endpoint(database, TENANT, f"flood {number}") for number in range(3)]
    for receiver in flooded:
        put(database, receiver, 30)
    put(database, endpoint(database, OTHER_TENANT), 2)

    claimed = WebhookQueue(database).claim(WEBHOOK, NOW, limit=8)

    tenants = [entry.tenant_id for entry in claimed]
    assert tenants.count(TENANT) == PLACES_OF_TENANT
    assert tenants.count(OTHER_TENANT) == 2


@pytest.mark.req("WH-06")
def test_endpoints_take_turns(database: Database) -> None:
    busy, quiet = endpoint(database, name="busy"), endpoint(database, name="quiet")
    put(database, busy, 10)
    put(database, quiet, 2)

    claimed = WebhookQueue(database).claim(WEBHOOK, NOW, limit=4)

    receivers = [entry.payload["endpoint_id"] for entry in claimed]
    assert sorted(receivers) == sorted([busy.id, quiet.id] * 2)


@pytest.mark.req("4.8")
def test_the_next_of_a_subject_waits_for_the_one_before(database: Database) -> None:
    first, second = put(database, endpoint(database), 2, subject="account:1")
    queue = WebhookQueue(database)

    (claimed,) = queue.claim(WEBHOOK, NOW, limit=8)
    nothing = queue.claim(WEBHOOK, NOW, limit=8)
    assert queue.finish(claimed, 200, NOW)
    (then,) = queue.claim(WEBHOOK, NOW, limit=8)

    assert claimed.payload["event_id"] == first
    assert nothing == ()
    assert then.payload["event_id"] == second


def test_a_claim_that_nobody_finishes_ends(database: Database) -> None:
    put(database, endpoint(database), 1)
    queue = WebhookQueue(database)
    (lost,) = queue.claim(WEBHOOK, NOW, limit=1)

    (again,) = queue.claim(WEBHOOK, NOW + timedelta(minutes=3), limit=1)

    assert again.id == lost.id
    assert not queue.finish(lost, 200, NOW + timedelta(minutes=3))
    assert queue.finish(again, 200, NOW + timedelta(minutes=3))


@pytest.mark.req("TN-12")
@pytest.mark.parametrize(
    ("what", "status"), [("webhook_endpoints", "disabled"), ("tenants", "suspended")]
)
def test_a_disabled_endpoint_and_a_suspended_tenant_get_nothing(
    database: Database, what: str, status: str
) -> None:
    put(database, endpoint(database), 1)
    with database.engines[1].connect() as connection:
        connection.exec_driver_sql(f"UPDATE {what} SET status = '{status}'")  # noqa: S608 - ours
        connection.commit()
    queue = WebhookQueue(database)

    assert not is_waiting(queue, WEBHOOK, NOW)
    assert queue.claim(WEBHOOK, NOW) == ()


def test_of_two_changes_of_what_was_read_one_is_written(database: Database) -> None:
    receiver = endpoint(database)
    stored = Endpoints(database)
    later = NOW + timedelta(seconds=1)
    event = Event("webhook.updated", TENANT, later)
    changed = replace(receiver, description="first", updated_at=later)

    assert stored.change(changed, NOW, event)
    assert not stored.change(replace(receiver, description="second"), NOW, event)
    found = stored.find(TENANT, receiver.id)
    assert found is not None
    assert found.description == "first"


@pytest.mark.req("TN-01")
def test_another_tenants_endpoint_does_not_exist(database: Database) -> None:
    receiver = endpoint(database)
    stored = Endpoints(database)

    assert stored.find(OTHER_TENANT, receiver.id) is None
    foreign = replace(receiver, tenant_id=OTHER_TENANT)
    assert not stored.delete(foreign, Event("webhook.deleted", OTHER_TENANT, NOW))
    assert stored.find(TENANT, receiver.id) is not None
