"""Logout tokens on their way: what a client gets, and what follows from its answer."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from authwell.identity.sessions.back_channel import MAX_REFUSALS, BackChannel
from authwell.protocol.authorization import hints
from authwell.protocol.errors import BearerError
from authwell.protocol.jose import signing
from authwell.protocol.server import AuthorizationServer
from authwell.protocol.tokens import access_token
from authwell.storage.audit.events import AuditLog
from authwell.storage.database import Database
from authwell.storage.login.endings import BACK_CHANNEL
from authwell.storage.work.outbox import Entry, Outbox, add_entry
from authwell.storage.work.queues import MAX_ATTEMPTS
from authwell.utils.outgoing import Outgoing
from tests.conftest import NewDatabase
from tests.parts.https import HttpsServer, Reply, https_server
from tests.protocol.conftest import ALICE, NOW, WEB, make_world
from tests.support import jose

EVENTS: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}
PATH = "/backchannel"
SESSION = "01936b4e-0000-7000-8000-000000000002"


@pytest.fixture
def other(tmp_path: Path) -> Iterator[HttpsServer]:
    with https_server(tmp_path) as running:
        yield running


@pytest.fixture
def database(new_database: NewDatabase) -> Iterator[Database]:
    opened = Database(new_database("sqlite"))
    yield opened
    opened.close()


def a_server(other: HttpsServer, **members: object) -> AuthorizationServer:
    client = {**WEB, "client_id": "told", "backchannel_logout_uri": other.origin + PATH, **members}
    return make_world(client).server


def channel(database: Database, other: HttpsServer) -> BackChannel:
    return BackChannel(database, Outgoing.of((other.host_port,), other.ca_file))


def put(database: Database, server: AuthorizationServer, client_id: str = "told") -> Outbox:
    payload = {"client_id": client_id, "sid": "the-sid", "account_id": ALICE.id}
    entry = Entry(server.tenant.id, BACK_CHANNEL, payload, NOW, session_id=SESSION)
    with database.transaction() as transaction:
        add_entry(transaction, entry)
    return Outbox(database)


def status(database: Database, server: AuthorizationServer) -> str:
    (delivery,) = Outbox(database).list_of_session(server.tenant.id, SESSION, BACK_CHANNEL)
    return delivery.status


def events(database: Database, server: AuthorizationServer) -> list[str]:
    found = AuditLog(database).list(server.tenant.id, NOW + timedelta(days=9))
    assert all(event.session_id == SESSION and event.client_id for event in found)
    return [event.type for event in found]


@pytest.mark.req("LO-05", "oidcc-backchannel-rp-initiated-logout")
@pytest.mark.parametrize("alg", ["RS256", "ES256", "EdDSA"])
@pytest.mark.parametrize("code", [200, 204])
def test_a_client_gets_a_logout_token_and_nothing_else(
    database: Database, other: HttpsServer, alg: str, code: int
) -> None:
    server = a_server(other, id_token_signed_response_alg=alg)
    other.replies[PATH] = Reply(status=code)
    (entry,) = put(database, server).claim(BACK_CHANNEL, NOW)

    outcome = channel(database, other).deliver(server, entry)

    ((method, _, headers, body),) = other.seen
    form = parse_qs(body.decode())
    (token,) = form.pop("logout_token")
    claims = signing.verify(token, server.tenant.keys, "logout+jwt")
    jti = claims.pop("jti")
    assert (method, headers["Content-Type"]) == ("POST", "application/x-www-form-urlencoded")
    assert form == {}
    assert claims == {
        "iss": server.issuer,
        "aud": "told",
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 120,
        "events": EVENTS,
        "sub": ALICE.id,
        "sid": "the-sid",
    }
    assert jti
    assert jose.header_of(token)["alg"] == alg
    assert outcome == "delivered"
    assert status(database, server) == "delivered"
    assert events(database, server) == ["backchannel_logout.delivered"]


@pytest.mark.req("LO-05")
def test_a_logout_token_is_no_other_token(database: Database, other: HttpsServer) -> None:
    server = a_server(other)
    (entry,) = put(database, server).claim(BACK_CHANNEL, NOW)
    channel(database, other).deliver(server, entry)
    ((_, _, _, body),) = other.seen
    token = parse_qs(body.decode())["logout_token"][0]

    assert hints.read(server, token) is None
    with pytest.raises(BearerError):
        access_token.read(server, token)


@pytest.mark.parametrize("code", [401, 404, 500, 501, 503, 504])
def test_a_client_that_fails_is_asked_again_with_a_new_token(
    database: Database, other: HttpsServer, code: int
) -> None:
    server = a_server(other)
    waiting = put(database, server)
    other.replies[PATH] = Reply(status=code)

    for minutes in (0, 1):
        (entry,) = waiting.claim(BACK_CHANNEL, NOW + timedelta(minutes=minutes))
        assert channel(database, other).deliver(server, entry) == "retried"
        assert status(database, server) == "retrying"

    tokens = {parse_qs(body.decode())["logout_token"][0] for _, _, _, body in other.seen}
    assert len(tokens) == 2
    assert events(database, server) == []


@pytest.mark.parametrize(("code", "attempts"), [(400, MAX_REFUSALS), (503, MAX_ATTEMPTS)])
def test_a_client_that_goes_on_failing_is_given_up(
    database: Database, other: HttpsServer, code: int, attempts: int
) -> None:
    server = a_server(other)
    waiting = put(database, server)
    other.replies[PATH] = Reply(status=code)

    outcomes = []
    for hours in range(0, 2 * attempts, 2):
        (entry,) = waiting.claim(BACK_CHANNEL, NOW + timedelta(hours=hours))
        outcomes.append(channel(database, other).deliver(server, entry))

    assert outcomes == ["retried"] * (attempts - 1) + ["failed"]
    assert waiting.claim(BACK_CHANNEL, NOW + timedelta(days=30)) == ()
    assert status(database, server) == "failed"
    assert events(database, server) == ["backchannel_logout.failed"]


@pytest.mark.parametrize("client_id", ["gone", "web"])
def test_a_client_that_is_gone_or_wants_none_is_given_up_at_once(
    database: Database, other: HttpsServer, client_id: str
) -> None:
    server = a_server(other)
    (entry,) = put(database, server, client_id).claim(BACK_CHANNEL, NOW)

    assert channel(database, other).deliver(server, entry) == "failed"
    assert other.seen == []


@pytest.mark.req("LO-05")
@pytest.mark.parametrize(
    "uri",
    [
        "https://127.0.0.1:1/logout",
        "https://localhost:1/logout",
        "https://169.254.169.254/latest",
        "https://[::1]:1/",
    ],
)
def test_nobody_is_called_whom_the_rules_forbid(
    database: Database, other: HttpsServer, uri: str
) -> None:
    server = a_server(other, backchannel_logout_uri=uri)
    (entry,) = put(database, server).claim(BACK_CHANNEL, NOW)

    outcome = channel(database, other).deliver(server, entry)

    (delivery,) = Outbox(database).list_of_session(server.tenant.id, SESSION, BACK_CHANNEL)
    assert outcome == "retried"
    assert (delivery.last_error or "").startswith("ForbiddenTarget")


@pytest.mark.req("LO-05")
def test_a_redirect_is_not_followed(database: Database, other: HttpsServer) -> None:
    server = a_server(other)
    other.replies[PATH] = Reply(status=302, headers={"Location": other.origin + "/elsewhere"})
    (entry,) = put(database, server).claim(BACK_CHANNEL, NOW)

    assert channel(database, other).deliver(server, entry) == "retried"
    assert other.calls("/elsewhere") == 0
