"""`/blocks` (REQUIREMENTS.md L10): administrators see, set and lift what is shut out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from prometheus_client import REGISTRY

from authwell.app import create_app
from authwell.identity.administration.blocks import Blocking
from authwell.identity.login.guard import Door
from authwell.middleware.context import EXTENSION
from authwell.protocol.server import Caller as WebCaller
from authwell.storage.audit.events import AuditLog
from authwell.utils.clock import utc_now
from authwell.utils.randomness import new_id
from tests.conftest import NewDatabase
from tests.routes.api.administrators import administrator_token
from tests.routes.api.people import add_account
from tests.routes.api.talking import Answer, Talker, an_application
from tests.support.application import PASSWORD, Application, make_application
from tests.support.tenants import add_service, as_service

ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9"}
CREDENTIALS = {"grant_type": "client_credentials"}


@dataclass(frozen=True, slots=True)
class Desk:
    """An administrator at the list of blocks."""

    talker: Talker
    token: str

    def __call__(self, method: str, path: str = "", **sent: Any) -> Answer:
        """A request below `/blocks`."""
        return self.talker.call(method, f"/blocks{path}", token=self.token, **sent)

    def block(self, kind: str, value: str, **more: Any) -> Answer:
        """Set one."""
        return self("POST", json={"kind": kind, "value": value, **more})

    def lift(self, set_before: Answer) -> None:
        """Lift one."""
        assert self("DELETE", f"/{set_before.json['id']}").status_code == 204

    def events(self, kind: str) -> list[Any]:
        """Audit events of a type, the latest first."""
        site = self.talker.application.site
        found = AuditLog(site.database).list(
            site.snapshots.known().id, before=utc_now() + timedelta(days=1), limit=200
        )
        return [event for event in found if event.type == kind]

    def log_in(self, username: str, **sent: Any) -> Answer:
        """Somebody's login."""
        body = {"username": username, "password": PASSWORD}
        return self.talker.call("POST", "/auth/login", json=body, **sent)


@pytest.fixture(scope="module")
def ada() -> Iterator[Desk]:
    """A superuser."""
    with an_application() as talker:
        yield Desk(talker, administrator_token(talker))


def somebody(desk: Desk) -> tuple[str, str]:
    """A new account with the usual password: its name and id."""
    name = f"p{new_id()[-12:]}"
    return name, add_account(desk.talker, name)


def counted(kind: str) -> float:
    """Refusals by blocks of a kind, in this process."""
    return REGISTRY.get_sample_value("authwell_blocked_total", {"kind": kind}) or 0.0


@pytest.mark.req("L10", "M4")
def test_nothing_is_answered_to_a_blocked_network_until_it_is_let_in_again(ada: Desk) -> None:
    made, before = ada.block("address", "203.0.113.77/24", reason="guesses"), counted("address")

    refused = [
        ada.talker.call("GET", path, environ_base=ELSEWHERE)
        for path in ("/login", "/auth/login", "/.well-known/openid-configuration")
    ]
    token = ada.talker.call("POST", "/oauth/token", data=CREDENTIALS, environ_base=ELSEWHERE)
    health = ada.talker.call("GET", "/health", environ_base=ELSEWHERE)

    assert (made.status_code, made.json["value"]) == (201, "203.0.113.0/24")
    assert [answer.status_code for answer in (*refused, token)] == [403, 403, 403, 403]
    assert token.json["reason"] == "address_blocked"
    assert counted("address") == before + 4
    assert health.status_code == 200
    assert ada.talker.call("GET", "/login").status_code == 200
    ada.lift(made)
    assert ada.talker.call("GET", "/login", environ_base=ELSEWHERE).status_code == 200
    assert ada.events("block.set")[0].data["reason"] == "guesses"
    assert ada.events("block.lifted")[0].data["value"] == "203.0.113.0/24"


@pytest.mark.req("L10", "SE-08")
def test_a_blocked_account_is_logged_out_and_cannot_log_in(ada: Desk) -> None:
    name, account_id = somebody(ada)
    token = ada.log_in(name).json["access_token"]

    made, before = ada.block("account", account_id), counted("account")
    mine = ada.talker.call("GET", "/users/me", token=token)
    again = ada.log_in(name)

    assert made.status_code == 201
    assert mine.status_code == 401
    assert again.status_code == 401
    assert counted("account") == before + 1
    assert again.json["detail"] == ada.log_in("nobody-at-all").json["detail"]
    ada.lift(made)
    anew = ada.log_in(name).json["access_token"]
    assert ada.talker.call("GET", "/users/me", token=anew).status_code == 200
    assert ada.talker.call("GET", "/users/me", token=token).status_code == 401


@pytest.mark.req("L10")
def test_a_blocked_client_gets_and_keeps_no_token(ada: Desk) -> None:
    add_service(ada.talker.application.site, "default")

    def ask() -> Answer:
        return ada.talker.call("POST", "/oauth/token", data=CREDENTIALS, headers=as_service())

    token = ask().json["access_token"]
    made, before = ada.block("client", "service"), counted("client")
    refused = ask()
    page = ada.talker.call("GET", "/oauth/authorize?client_id=service")

    assert made.status_code == 201
    assert (refused.status_code, refused.json["error"]) == (401, "invalid_client")
    assert page.status_code == 400
    assert counted("client") == before + 2
    assert ada.talker.call("GET", "/blocks", token=token).status_code == 401
    ada.lift(made)
    anew = ask().json["access_token"]
    # 403: it is known, and may not do this.
    found = [ada.talker.call("GET", "/blocks", token=each).status_code for each in (token, anew)]
    assert found == [401, 403]


@pytest.mark.req("L10", "TN-14")
@pytest.mark.parametrize(
    ("kind", "value", "status", "code"),
    [
        ("address", "127.0.0.0/8", 409, "own_address"),
        ("address", "0.0.0.0/0", 400, "invalid_request"),
        ("address", "::/0", 400, "invalid_request"),
        ("address", "not an address", 400, "invalid_request"),
        ("address", "::ffff:203.0.113.1/97", 400, "invalid_request"),
        ("address", "fe80::1%eth0", 400, "invalid_request"),
        ("account", "nobody", 404, "not_found"),
        ("client", "nobody", 404, "not_found"),
        ("client", "authwell", 404, "not_found"),
        ("tenant", "default", 400, "invalid_request"),
    ],
)
def test_what_cannot_be_blocked_is_refused(
    ada: Desk, kind: str, value: str, status: int, code: str
) -> None:
    refused = ada.block(kind, value)

    assert (refused.status_code, refused.json["code"]) == (status, code)


@pytest.mark.req("L10", "G14")
def test_nobody_blocks_a_superuser_or_the_same_twice_or_until_yesterday(ada: Desk) -> None:
    name = f"p{new_id()[-12:]}"
    superuser = add_account(ada.talker, name, roles=frozenset({"admin"}))
    made = ada.block("address", "198.51.100.1")
    past = (utc_now() - timedelta(days=1)).isoformat()

    assert ada.block("account", superuser).json["code"] == "superuser"
    assert ada.block("address", "198.51.100.1/32").json["code"] == "already_blocked"
    assert ada.block("address", "198.51.100.2", expires_at=past).status_code == 400
    ada.lift(made)


@pytest.mark.req("L10", "M12")
@pytest.mark.parametrize(
    "moment", ["9999-12-31T23:59:59-01:00", "0001-01-01T00:00:00+01:00", "2999-01-01T00:00:00", ""]
)
def test_an_end_that_is_no_moment_is_refused(ada: Desk, moment: str) -> None:
    refused = ada.block("address", "198.51.100.3", expires_at=moment)

    assert (refused.status_code, refused.json["code"]) == (400, "invalid_request")
    assert list(refused.json["errors"]) == ["expires_at"]
    assert ada("GET").status_code == 200


@pytest.mark.req("L10", "TN-05")
def test_who_may_block_does_not_thereby_shut_out_people_or_clients(ada: Desk) -> None:
    _, account_id = somebody(ada)
    ada.talker.call("POST", "/roles", token=ada.token, json={"name": "gate"})
    permissions = ada.talker.call("GET", "/permissions?limit=200", token=ada.token).json
    (block_create,) = [
        one["id"]
        for one in permissions["permissions"]
        if (one["resource_type"], one["action"]) == ("block", "create")
    ]
    roles = ada.talker.call("GET", "/roles?limit=200", token=ada.token).json["roles"]
    (gate,) = [one["id"] for one in roles if one["name"] == "gate"]
    path = f"/roles/{gate}/permissions/{block_create}"
    given = ada.talker.call("POST", path, token=ada.token)
    gatekeeper = Desk(ada.talker, administrator_token(ada.talker, "gatekeeper", "gate"))

    made = gatekeeper.block("address", "198.51.100.7")

    assert given.status_code < 300, given.text
    assert made.status_code == 201
    assert gatekeeper.block("account", account_id).status_code == 403
    assert gatekeeper.block("client", "service").status_code == 403
    assert gatekeeper("DELETE", f"/{made.json['id']}").status_code == 403
    ada.lift(made)


@pytest.mark.req("L10")
def test_blocks_are_listed_by_kind_and_lifted_when_their_time_is_over(ada: Desk) -> None:
    soon = utc_now() + timedelta(hours=1)
    made = ada.block("address", "192.0.2.0/28", expires_at=soon.isoformat())
    listed = ada("GET", "?kind=address&value=192.0.2.0/28&limit=1").json
    found = ada("GET", f"/{made.json['id']}")
    blocking = Blocking(ada.talker.application.site.database)

    early, due = (blocking.lift_expired(soon + timedelta(seconds=by)) for by in (-1, 1))

    assert [block["id"] for block in listed["blocks"]] == [made.json["id"]]
    assert (found.status_code, found.json["value"]) == (200, "192.0.2.0/28")
    assert (early, due) == (0, 1)
    assert ada("GET", f"/{made.json['id']}").status_code == 404
    assert ada("DELETE", f"/{made.json['id']}").status_code == 404
    assert ada.events("block.lifted")[0].actor == "system"


@pytest.mark.req("L10", "AU-08")
def test_what_failed_attempts_have_locked_is_listed_and_unlocked(ada: Desk) -> None:
    site = ada.talker.application.site
    door = Door(site.snapshots.known(), utc_now(), WebCaller(address="203.0.113.200"))
    for _ in range(site.settings.address_lockout_attempts):
        site.guard.admit(door, "passkey")

    (lock,) = ada("GET", "/locks").json["locks"]
    body = {"address": lock["value"]}
    unlocked, again = (ada("POST", "/locks/unlock", json=body) for _ in range(2))

    assert (lock["kind"], lock["value"]) == ("address", "203.0.113.200")
    assert lock["locked_until"] is not None
    assert (unlocked.status_code, again.status_code) == (204, 404)
    assert ada("GET", "/locks").json["locks"] == []
    assert ada.events("address.unlocked")[0].data == {"address": "203.0.113.200"}


@pytest.mark.req("L10")
def test_what_another_process_gives_out_before_it_has_heard_is_dead(
    new_database: NewDatabase,
) -> None:
    """A process believes its snapshot for a while (docs/architecture.md, Snapshots)."""
    talker = Talker(make_application(new_database("postgresql")))
    site = talker.application.site
    ada = Desk(talker, administrator_token(talker))
    add_service(site, "default")
    app = create_app(site.settings)
    other = Talker(Application(app, app.extensions[EXTENSION]))
    assert other.call("GET", "/.well-known/openid-configuration").status_code == 200

    made = ada.block("client", "service")
    given = other.call("POST", "/oauth/token", data=CREDENTIALS, headers=as_service())
    token = given.json.get("access_token", "none was given")

    assert ada.talker.call("GET", "/blocks", token=token).status_code == 401
    ada.lift(made)
    assert ada.talker.call("GET", "/blocks", token=token).status_code == 401
    for each in (talker, other):
        each.application.site.database.close()
