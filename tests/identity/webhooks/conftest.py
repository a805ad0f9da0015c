"""A house whose tenant has a receiver of webhooks, which is a small server on the loopback."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from authwell.identity.configuration.authors import Author
from authwell.identity.webhooks.delivery import WebhookDelivery
from authwell.identity.webhooks.fanout import FanOut
from authwell.identity.webhooks.service import Webhooks, WithSecret
from authwell.protocol.model import Event
from authwell.storage.audit.events import AuditLog
from authwell.storage.pages import Wanted
from authwell.storage.webhooks.log import Delivery, read_delivery
from authwell.storage.webhooks.queue import WEBHOOK, WebhookQueue
from authwell.utils.randomness import new_id
from tests.conftest import NewDatabase
from tests.parts import leaks
from tests.parts.https import HttpsServer, Reply, https_server
from tests.support.house import House, house_on

PATH = "/hook"


@dataclass
class Post:
    """A house, and somebody who is told."""

    house: House
    party: HttpsServer
    made: WithSecret

    @property
    def webhooks(self) -> Webhooks:
        return self.house.site.webhooks

    @property
    def tenant_id(self) -> str:
        return self.house.server.tenant.id

    @property
    def author(self) -> Author:
        return Author("cli:tester", self.house.now)

    @property
    def endpoint_id(self) -> str:
        return self.made.endpoint.id

    def happens(self, kind: str = "account.updated", **members: Any) -> Event:
        """Something happens; the next thing happens later."""
        self.house.now = self.house.now.replace(microsecond=self.house.now.microsecond + 1)
        now = self.house.now
        account_id = members.pop("account_id", new_id(now))
        event = Event(kind, self.tenant_id, now, account_id=account_id, id=new_id(now), **members)
        AuditLog(self.house.site.database).add(event)
        return event

    def look(self) -> int:
        """Look for events; how many messages were found."""
        return FanOut(self.house.site.database, lambda: None).run(self.house.now)

    def send(self) -> list[str]:
        """Send all that is due, one after the other; what became of each."""
        site = self.house.site
        outcomes: list[str] = []
        queue = WebhookQueue(site.database)
        sender = WebhookDelivery(site.database, site.sealer, site.outgoing)
        while claimed := queue.claim(WEBHOOK, self.house.now, limit=1):
            outcomes.append(sender.deliver(self.house.server, claimed[0]))
        return outcomes

    def log(self, which: str = "") -> tuple[Delivery, ...]:
        """The log of the endpoint."""
        endpoint = self.webhooks.get(self.tenant_id, self.endpoint_id)
        page = self.webhooks.deliveries(endpoint, Wanted("-created_at", 200), which or None)
        return tuple(read_delivery(row) for row in page.rows)

    def events(self, prefix: str = "webhook.") -> list[str]:
        """The types of audit events about webhooks, the oldest first."""
        rows = self.house.rows("SELECT type FROM audit_events ORDER BY at, id")
        return [row["type"] for row in rows if row["type"].startswith(prefix)]

    def seen(self) -> list[tuple[dict[str, str], dict[str, Any]]]:
        """What the receiver got: headers in lower case, and bodies."""
        return [
            ({name.lower(): value for name, value in headers.items()}, json.loads(body))
            for _, path, headers, body in self.party.seen
            if path == PATH
        ]

    def answer(self, status: int, **headers: str) -> None:
        """What the receiver says from now on."""
        self.party.replies[PATH] = Reply(status=status, headers=headers, body=b"secret of the net")


@pytest.fixture(scope="module")
def party(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpsServer]:
    with https_server(tmp_path_factory.mktemp("receiver")) as running:
        yield running


@pytest.fixture(scope="module")
def shared_house(new_database: NewDatabase, party: HttpsServer) -> Iterator[House]:
    allowed = {"OUTGOING_ALLOW": party.host_port, "OUTGOING_CA_FILE": str(party.ca_file)}
    house = house_on(new_database("sqlite"), **allowed)
    house.site.snapshots.current()
    yield house
    house.site.database.close()


@pytest.fixture
def post(shared_house: House, party: HttpsServer) -> Iterator[Post]:
    party.seen.clear()
    party.replies[PATH] = Reply(status=204)
    shared_house.rows("DELETE FROM audit_events")
    tenant_id = shared_house.server.tenant.id
    members = {"name": "receiver", "url": party.origin + PATH, "event_types": ["*"]}
    author = Author("cli:tester", shared_house.now)
    made = shared_house.site.webhooks.create(tenant_id, members, author)
    yield Post(shared_house, party, made)
    # The next test begins with an empty log; what this one has caused counts too.
    leaks.note_database(shared_house.site.database.engines[0].url.render_as_string())
    shared_house.rows("DELETE FROM webhook_endpoints")
    shared_house.rows("DELETE FROM webhook_cursors")
