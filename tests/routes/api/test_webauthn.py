"""Passkeys by JSON."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from authwell.models.grants import grants
from authwell.protocol.server import Caller
from authwell.storage.audit.events import AuditLog
from authwell.storage.people.accounts import Accounts
from authwell.storage.statements import Statement
from authwell.utils.clock import utc_now
from tests.routes.api.people import demand_a_factor
from tests.routes.api.talking import Answer, Talker, an_application
from tests.support.application import PASSWORD
from tests.support.authenticator import PRESENT, Authenticator
from tests.support.letters import take_letters

ORIGIN = "http://localhost"
AT = "/auth/webauthn"


def begin(api: Talker, token: str, **body: Any) -> dict[str, Any]:
    answer = api.call("POST", f"{AT}/register/begin", token=token, json=body)
    assert answer.status_code == 200, answer.text
    return dict(answer.json)


def register(api: Talker, token: str, key: Authenticator, name: str = "Phone") -> Answer:
    begun = begin(api, token)
    made = {
        "ceremony": begun["ceremony"],
        "credential": key.create(begun["publicKey"]),
        "name": name,
    }
    return api.call("POST", f"{AT}/register/complete", token=token, json=made)


def answer_with(api: Talker, key: Authenticator, **begun_with: Any) -> Answer:
    begun = api.call("POST", f"{AT}/authenticate/begin", json=begun_with)
    assert begun.status_code == 200, begun.text
    body = {"ceremony": begun.json["ceremony"], "credential": key.get(begun.json["publicKey"])}
    if "mfa_token" in begun_with:
        body["mfa_token"] = begun_with["mfa_token"]
    return api.call("POST", f"{AT}/authenticate/complete", json=body)


def listed(api: Talker, token: str) -> list[dict[str, Any]]:
    answer = api.call("GET", f"{AT}/credentials", token=token)
    return list(answer.json["credentials"])


@pytest.mark.req("E11", "2.8")
def test_a_passkey_is_registered_listed_renamed_and_removed(api: Talker) -> None:
    token, key = api.token(), Authenticator(ORIGIN)

    made = register(api, token, key)
    tokens = answer_with(api, key).json
    path = f"{AT}/credentials/{made.json['id']}"
    renamed = api.call("PUT", path, token=tokens["access_token"], json={"name": "Old phone"})

    assert (made.status_code, made.json["name"]) == (201, "Phone")
    assert len(made.json["backup_codes"]) >= 8
    assert tokens["user"]["username"] == "alice"
    assert (renamed.status_code, renamed.json["name"]) == (200, "Old phone")
    assert [one["name"] for one in listed(api, token)] == ["Old phone"]
    assert api.call("DELETE", path, token=tokens["access_token"]).status_code == 204
    assert api.call("DELETE", path, token=api.token()).status_code == 404
    assert listed(api, token) == []


@pytest.mark.req("E11", "MF-04")
def test_a_passkey_finishes_a_login_that_waits_for_it(api: Talker) -> None:
    key = Authenticator(ORIGIN, flags=PRESENT)
    register(api, api.token(), key)
    waiting = api.call("POST", "/auth/login", json={"username": "alice", "password": PASSWORD})

    done = answer_with(api, key, mfa_token=waiting.json["mfa_token"])

    assert (waiting.status_code, waiting.json["code"]) == (403, "mfa_required")
    assert "passkey" in waiting.json["methods"]
    assert (done.status_code, done.json["user"]["username"]) == (200, "alice")
    again = api.call(
        "POST", f"{AT}/authenticate/begin", json={"mfa_token": waiting.json["mfa_token"]}
    )
    assert (again.status_code, again.json["code"]) == (401, "invalid_mfa_token")


@pytest.mark.req("PA-01")
def test_alone_it_must_verify_its_user(api: Talker) -> None:
    key = Authenticator(ORIGIN, flags=PRESENT)
    register(api, api.token(), key)

    refused = answer_with(api, key)

    assert (refused.status_code, refused.json["code"]) == (401, "invalid_credentials")


@pytest.mark.req("PA-02")
def test_another_ceremony_does_not_complete_it(api: Talker) -> None:
    key = Authenticator(ORIGIN)
    register(api, api.token(), key)
    mine, others = (api.call("POST", f"{AT}/authenticate/begin", json={}).json for _ in range(2))

    body = {"ceremony": others["ceremony"], "credential": key.get(mine["publicKey"])}
    refused = api.call("POST", f"{AT}/authenticate/complete", json=body)

    assert refused.status_code == 401


@pytest.mark.req("PA-07", "AU-01")
def test_every_name_gets_credentials_to_choose_from(api: Talker) -> None:
    register(api, api.token(), Authenticator(ORIGIN))

    answers = [
        api.call("POST", f"{AT}/authenticate/begin", json={"username": name})
        for name in ("alice", "nobody")
    ]

    assert {answer.status_code for answer in answers} == {200}
    shapes = [
        {frozenset(entry) for entry in answer.json["publicKey"]["allowCredentials"]}
        for answer in answers
    ]
    assert shapes[0] == shapes[1] != set()


@pytest.mark.req("MF-05")
def test_an_old_login_adds_and_removes_nothing(api: Talker) -> None:
    token = api.token()
    made = register(api, token, Authenticator(ORIGIN)).json
    old = datetime.now(UTC) - timedelta(minutes=6)
    statement = update(grants).values(auth_time=old)
    api.application.site.database.write(Statement(statement), {})

    path = f"{AT}/credentials/{made['id']}"
    answers = [
        api.call("POST", f"{AT}/register/begin", token=token, json={}),
        api.call("PUT", path, token=token, json={"name": "Mine"}),
        api.call("DELETE", path, token=token),
    ]

    assert {answer.json["code"] for answer in answers} == {"recent_login_required"}
    assert [one["id"] for one in listed(api, token)] == [made["id"]]


@pytest.mark.req("E11", "MF-05", "MF-10")
def test_who_loses_a_passkey_to_an_administrator_is_told(api: Talker) -> None:
    token, site = api.token(), api.application.site
    made = register(api, token, Authenticator(ORIGIN)).json
    server = site.server(site.clock(), Caller(), site.snapshots)
    record = Accounts(site.database).find_by_name(server.tenant.id, "alice")
    assert record is not None
    account = replace(record.account, email="alice@people.example")

    taken, again = (
        site.passkeys.keyring.take(server, account, made["id"], "cli:root") for _ in range(2)
    )

    assert taken is not None
    assert again is None
    (letter,) = [each for each in take_letters(site) if each.template == "factor_removed"]
    assert letter.values["label"] == "Phone"
    assert listed(api, token) == []
    assert api.call("GET", "/auth/mfa/status", token=token).json["backup_codes_left"] == 0
    events = AuditLog(site.database).list(server.tenant.id, utc_now() + timedelta(minutes=1))
    actors = [event.actor for event in events if event.type.endswith(".removed")]
    assert actors == ["cli:root", "cli:root"]


@pytest.mark.req("MF-05")
def test_a_password_alone_adds_and_removes_nothing_beside_a_factor(api: Talker) -> None:
    token = api.token()
    register(api, token, Authenticator(ORIGIN))

    refused = api.call("POST", f"{AT}/register/begin", token=token, json={})

    assert (refused.status_code, refused.json["code"]) == (403, "recent_login_required")


@pytest.mark.req("K13")
def test_the_last_factor_of_somebody_who_must_have_one_stays() -> None:
    with an_application() as api:
        key = Authenticator(ORIGIN)
        made = register(api, api.token(), key).json
        demand_a_factor(api)
        token = answer_with(api, key).json["access_token"]

        refused = api.call("DELETE", f"{AT}/credentials/{made['id']}", token=token)

        assert (refused.status_code, refused.json["code"]) == (409, "mfa_required")


@pytest.mark.req("AU-15")
@pytest.mark.parametrize(
    "credential", [{}, {"id": "x"}, {"id": 1, "response": {}}, {"response": {"clientDataJSON": 1}}]
)
def test_odd_credentials_are_refused(api: Talker, credential: dict[str, Any]) -> None:
    token = api.token()
    ceremony = begin(api, token)["ceremony"]
    body = {"ceremony": ceremony, "credential": credential}

    made = api.call("POST", f"{AT}/register/complete", token=token, json={**body, "name": "x"})
    entered = api.call("POST", f"{AT}/authenticate/complete", json=body)

    assert (made.status_code, entered.status_code) == (400, 401)
