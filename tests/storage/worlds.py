"""A store with a tenant, two clients, an account and a session in it: in memory or in a database."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Table, insert, select, update

from authwell.models.accounts import accounts
from authwell.models.audit import audit_events
from authwell.models.clients import clients
from authwell.models.sessions import sessions
from authwell.models.tenants import tenants
from authwell.protocol.model import Account, Event, Grant
from authwell.protocol.ports import Store
from authwell.protocol.records import (
    Authorization,
    CodeRecord,
    NewRefreshToken,
    Redemption,
    Rotation,
)
from authwell.storage.database import Database
from authwell.storage.memory import MemoryStore, Standing
from authwell.storage.statements import Statement
from authwell.storage.store import SqlStore
from authwell.storage.webhooks.queue import WebhookQueue
from authwell.storage.work.outbox import Outbox
from authwell.storage.work.queues import Readiness
from authwell.utils.randomness import digest, new_id, new_secret

NOW = datetime(2026, 11, 21, 12, 0, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(seconds=5)
# The same in each process of a race.
TENANT = "019aa6a1-4e80-7000-8000-000000000001"
OTHER_TENANT = "019aa6a1-4e80-7000-8000-000000000002"
CLIENT = "web"
OTHER_CLIENT = "other"
SESSION = "019aa6a1-4e80-7000-8000-000000000003"
ACCOUNT = Account(
    id="019aa6a1-4e80-7000-8000-000000000004",
    username="alice",
    email="alice@example.com",
    email_verified=True,
    full_name="Alice",
    claims={"given_name": "Alice"},
    roles=("admin",),
    updated_at=NOW,
)


class World(Protocol):
    """A store, and what happens around it."""

    @property
    def store(self) -> Store: ...
    def disable(self, what: str) -> None:
        """Disable the tenant, the client or the account."""
        ...

    def forget_before(self, what: str, moment: datetime) -> None:
        """Set `not_before` of the tenant, the client or the account."""
        ...

    def end_session(self) -> None:
        """Log out."""
        ...

    def events(self) -> list[str]:
        """The types of the audit rows."""
        ...

    def subjects(self) -> list[tuple[str | None, str | None]]:
        """Account and session of the audit rows, the oldest first."""
        ...


class MemoryWorld:
    """Everything in memory."""

    def __init__(self) -> None:
        self.store = MemoryStore()

    def _set(self, what: str, standing: Standing) -> None:
        shelves = self.store.shelves
        if what == "tenant":
            shelves.tenants[TENANT] = standing
        elif what == "client":
            shelves.clients[TENANT, CLIENT] = standing
        else:
            shelves.accounts[ACCOUNT.id] = standing

    def disable(self, what: str) -> None:
        self._set(what, Standing(status="disabled"))

    def forget_before(self, what: str, moment: datetime) -> None:
        self._set(what, Standing(not_before=moment))

    def end_session(self) -> None:
        self.store.shelves.ended_sessions.add(SESSION)

    def events(self) -> list[str]:
        return [event.type for event in self.store.shelves.events]

    def subjects(self) -> list[tuple[str | None, str | None]]:
        return [(event.account_id, event.session_id) for event in self.store.shelves.events]


class SqlWorld:
    """Everything in a database."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.store = SqlStore(database)

    def _set(self, what: str, **values: Any) -> None:
        table = {"tenant": tenants, "client": clients, "account": accounts}[what]
        key = table.c["client_id" if what == "client" else "id"]
        wanted = {"tenant": TENANT, "client": CLIENT, "account": ACCOUNT.id}[what]
        self.database.write(Statement(update(table).where(key == wanted).values(values)), {})

    def disable(self, what: str) -> None:
        self._set(what, status="suspended" if what == "tenant" else "disabled")

    def forget_before(self, what: str, moment: datetime) -> None:
        self._set(what, not_before=moment)

    def end_session(self) -> None:
        self.database.write(Statement(update(sessions).values(ended_at=NOW)), {})

    def events(self) -> list[str]:
        rows = self.database.all(Statement(select(audit_events.c.type)), {})
        return [row.type for row in rows]

    def subjects(self) -> list[tuple[str | None, str | None]]:
        columns = (audit_events.c.account_id, audit_events.c.session_id)
        rows = self.database.all(Statement(select(*columns).order_by(audit_events.c.at)), {})
        return [(row.account_id, row.session_id) for row in rows]


def add(database: Database, table: Table, **values: Any) -> None:
    """Insert one row; what is left out is NULL."""
    database.write(Statement(insert(table).values(values)), {})


def populate(database: Database) -> None:
    """The rows that grants refer to."""
    times = {"created_at": NOW, "updated_at": NOW}
    for tenant_id, slug in ((TENANT, "default"), (OTHER_TENANT, "second")):
        issuer = f"https://{slug}.example"
        tenant = {"id": tenant_id, "slug": slug, "issuer": issuer, "name": slug, "policy": {}}
        add(database, tenants, **tenant, status="active", **times)
        for client_id in (CLIENT, OTHER_CLIENT):
            client = {"tenant_id": tenant_id, "client_id": client_id, "metadata": {}}
            add(database, clients, **client, status="active", **times)
    add_account(database)
    add(
        database,
        sessions,
        digest=digest("session"),
        id=SESSION,
        tenant_id=TENANT,
        account_id=ACCOUNT.id,
        auth_time=NOW,
        amr=["pwd"],
        created_at=NOW,
        last_seen_at=NOW,
        expires_at=NOW + timedelta(days=30),
    )


def add_account(database: Database) -> None:
    """Alice."""
    add(
        database,
        accounts,
        id=ACCOUNT.id,
        tenant_id=TENANT,
        username=ACCOUNT.username,
        username_canonical=ACCOUNT.username,
        email=ACCOUNT.email,
        email_canonical=ACCOUNT.email,
        email_verified=ACCOUNT.email_verified,
        full_name=ACCOUNT.full_name,
        claims=dict(ACCOUNT.claims),
        roles=list(ACCOUNT.roles),
        status="active",
        created_at=NOW,
        updated_at=ACCOUNT.updated_at,
    )


def an_event(kind: str = "test", at: datetime = NOW) -> Event:
    """An audit event of that type."""
    return Event(type=kind, tenant_id=TENANT, at=at, client_id=CLIENT, data={"n": 1})


def a_grant(**changes: Any) -> Grant:
    """Alice's grant for the client, in her session."""
    grant = Grant(
        id=new_id(NOW),
        tenant_id=TENANT,
        client_id=CLIENT,
        account=ACCOUNT,
        scope=frozenset({"openid", "read"}),
        resources=("https://api.example",),
        created_at=NOW,
        expires_at=NOW + timedelta(days=7),
        session_id=SESSION,
        sid=new_secret("sid")[:40],
        claims={"id_token": {"email": None}},
        auth_time=NOW,
        amr=("pwd",),
        acr="1",
    )
    return replace(grant, **changes)


@dataclass(frozen=True)
class Issued:
    """What `issue` kept."""

    grant: Grant
    code: CodeRecord


def a_code(grant: Grant, **changes: Any) -> CodeRecord:
    """A code for the grant."""
    code = CodeRecord(
        digest=digest(new_secret("code")),
        client_id=grant.client_id,
        grant=grant,
        expires_at=NOW + timedelta(seconds=60),
        redirect_uri="https://app.example/cb",
        code_challenge="challenge",
        nonce="nonce",
    )
    return replace(code, **changes)


def issue(store: Store, grant: Grant | None = None, **changes: Any) -> Issued:
    """Issue a code; `changes` are of the `Authorization`."""
    grant = grant or a_grant()
    code = a_code(grant)
    authorization = Authorization(grant=grant, code=code, event=an_event("code_issued"))
    assert store.codes.issue(replace(authorization, **changes))
    return Issued(grant, code)


def a_refresh_token(value: str | None = None) -> NewRefreshToken:
    """A new refresh token."""
    return NewRefreshToken(digest(value or new_secret("rt")), NOW + timedelta(days=7))


def a_redemption(issued: Issued, **changes: Any) -> Redemption:
    """The use of an issued code, with a refresh token."""
    redemption = Redemption(
        tenant_id=TENANT,
        client_id=CLIENT,
        code_digest=issued.code.digest,
        grant_id=issued.grant.id,
        now=LATER,
        event=an_event("code_redeemed"),
        refresh_token=a_refresh_token(),
    )
    return replace(redemption, **changes)


def a_rotation(presented: NewRefreshToken, **changes: Any) -> Rotation:
    """The use of a refresh token."""
    rotation = Rotation(
        tenant_id=TENANT,
        client_id=CLIENT,
        digest=presented.digest,
        now=LATER,
        event=an_event("token_refreshed"),
        successor_digest=a_refresh_token().digest,
        successor_sealed=b"sealed",
    )
    return replace(rotation, **changes)


def started(store: Store, grant: Grant | None = None) -> tuple[Grant, NewRefreshToken]:
    """A grant with a refresh token."""
    grant, token = grant or a_grant(), a_refresh_token()
    store.grants.start(grant, an_event("grant_started"), token)
    return grant, token


WAYS_TO_END: Mapping[str, str] = {
    "tenant": "tenant_disabled",
    "client": "client_disabled",
    "account": "account_disabled",
}


def is_waiting(queue: Outbox | WebhookQueue, kind: str, now: datetime) -> bool:
    """Whether a claim may find something."""
    return kind in Readiness(queue.database, {kind: queue.ready(kind)}).names(now)
