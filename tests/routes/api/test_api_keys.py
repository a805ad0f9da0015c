"""`/auth/api-keys` and the header `X-API-Key`."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text, update

from authwell.identity.people.api_keys import SCOPES
from authwell.models.grants import grants
from authwell.routes.auth.api_keys import ApiKeysSchema, MadeApiKeySchema
from authwell.storage.audit.events import AuditLog
from authwell.storage.people.accounts import Accounts
from authwell.storage.people.api_keys import LIST_KEYS
from authwell.storage.statements import Statement
from authwell.utils.randomness import digest
from tests.routes.api.people import BOB, add_account, change_account
from tests.routes.api.talking import Answer, Talker, an_application

READ = {"name": "script", "scopes": ["read:user"]}


def make(api: Talker, token: str, **changes: Any) -> Answer:
    return api.call("POST", "/auth/api-keys", token=token, json={**READ, **changes})


@pytest.mark.req("J1", "J2", "J3", "J4", "C5")
def test_a_key_reads_the_account_until_it_is_revoked(api: Talker) -> None:
    token = api.token()

    made = make(api, token, expires_in_days=30)

    key = made.json["api_key"]
    listed = api.call("GET", "/auth/api-keys", token=token)
    assert made.status_code == 201
    assert MadeApiKeySchema().validate(made.json) == {}
    assert (key[:4], len(key)) == ("ask_", 47)
    assert key not in listed.text
    assert ApiKeysSchema().validate(listed.json) == {}
    assert api.call("GET", "/auth/me", key=key).json["username"] == "alice"
    assert api.call("DELETE", f"/auth/api-keys/{made.json['id']}", token=token).status_code == 204
    refused = api.call("GET", "/auth/me", key=key)
    assert (refused.status_code, refused.json["code"]) == (401, "invalid_api_key")
    assert api.call("GET", "/auth/api-keys", token=token).json == {"api_keys": []}
    assert api.call("DELETE", f"/auth/api-keys/{made.json['id']}", token=token).status_code == 404


@pytest.mark.req("J1", "MF-05")
def test_an_old_login_makes_no_key_that_would_outlive_it(api: Talker) -> None:
    token = api.token()
    statement = update(grants).values(auth_time=datetime.now(UTC) - timedelta(minutes=6))
    api.application.site.database.write(Statement(statement), {})

    refused = make(api, token)

    assert (refused.status_code, refused.json["code"]) == (403, "recent_login_required")
    assert api.call("GET", "/auth/api-keys", token=token).json == {"api_keys": []}
    assert make(api, api.token()).status_code == 201


@pytest.mark.req("J1", "J9", "TN-08")
def test_only_the_digest_of_a_key_is_kept(api: Talker) -> None:
    key = make(api, api.token()).json["api_key"]

    database, tenant = api.application.site.database, api.application.site.snapshots.known()
    account = Accounts(database).find_by_name(tenant.id, "alice")
    assert account is not None
    rows = database.all(LIST_KEYS, {"tenant_id": tenant.id, "account_id": account.id, "limit": 10})
    assert [row.key_digest for row in rows] == [digest(key)]
    assert key not in repr(rows)
    events = AuditLog(database).list(tenant.id, datetime.now(UTC) + timedelta(minutes=1))
    assert "api_key.created" in [event.type for event in events]
    assert key not in repr(events)


@pytest.mark.req("J5", "Q-API_KEY_DEFAULT_EXPIRE_DAYS")
def test_a_key_expires_in_a_year_unless_told_otherwise(api: Talker) -> None:
    made = make(api, api.token()).json

    lifetime = datetime.fromisoformat(made["expires_at"]) - datetime.fromisoformat(
        made["created_at"]
    )
    assert lifetime == timedelta(days=365)


@pytest.mark.req("J5", "Q-API_KEY_DEFAULT_EXPIRE_DAYS", "Q-API_KEY_MAX_PER_USER")
def test_number_and_lifetime_of_keys_are_settings() -> None:
    with an_application(API_KEY_DEFAULT_EXPIRE_DAYS="2", API_KEY_MAX_PER_USER="1") as talker:
        token = talker.token()
        first, second = make(talker, token), make(talker, token)

    made, ends = (datetime.fromisoformat(first.json[name]) for name in ("created_at", "expires_at"))
    assert ends - made == timedelta(days=2)
    assert second.status_code == 409


@pytest.mark.req("J5", "2.10", "Q-API_KEY_MAX_PER_USER")
def test_an_account_has_as_many_keys_as_the_setting_says(api: Talker) -> None:
    token = api.token()
    most = api.application.site.settings.api_key_max_per_user
    made = [make(api, token) for _ in range(most)]

    refused = make(api, token)

    assert {answer.status_code for answer in made} == {201}
    assert (refused.status_code, refused.json["code"]) == (409, "too_many_api_keys")
    api.call("DELETE", f"/auth/api-keys/{made[0].json['id']}", token=token)
    assert make(api, token).status_code == 201


@pytest.mark.req("J1", "AU-14", "AU-15")
@pytest.mark.parametrize(
    "change",
    [
        {"scopes": ["admin"]},
        {"scopes": ["read:user", "write:everything"]},
        {"scopes": []},
        {"scopes": "read:user"},
        {"scopes": None},
        {"name": ""},
        {"name": "a\x07b"},
        {"name": 1},
        {"expires_in_days": 0},
        {"expires_in_days": "30"},
        {"expires_in_days": True},
        {"expires_in_days": 10**30},
        {"account_id": "another"},
    ],
)
def test_what_does_not_fit_is_refused(refusing: Talker, token: str, change: dict[str, Any]) -> None:
    answer = make(refusing, token, **change)

    (member,) = change
    assert (answer.status_code, answer.json["code"]) == (400, "invalid_request")
    assert next(iter(answer.json["errors"])).startswith(member)


@pytest.mark.req("J1", "J9", "TN-08")
def test_a_key_does_what_its_scopes_say_and_nothing_else(api: Talker) -> None:
    token = api.token()
    key = make(api, token, scopes=["read:user"]).json["api_key"]
    powerful = make(api, token, scopes=list(SCOPES)).json["api_key"]

    assert api.call("GET", "/users/me", key=key).status_code == 200
    assert api.call("GET", "/auth/sessions", key=key).status_code == 403
    assert api.call("GET", "/auth/sessions", key=powerful).status_code == 200
    for method, path, sent in [
        ("POST", "/auth/api-keys", READ),
        ("GET", "/auth/api-keys", None),
        ("POST", "/auth/logout", None),
    ]:
        refused = api.call(method, path, key=powerful, json=sent)
        assert (refused.status_code, refused.json["code"]) == (403, "insufficient_scope")


@pytest.mark.req("J4", "J9")
@pytest.mark.parametrize(
    "key", ["", "ask_", "x", "ask_" + "x" * 43, "ask_" + "x" * 5000, "ask_\xff" + "x" * 42]
)
def test_no_other_key_opens_anything(refusing: Talker, key: str) -> None:
    answer = refusing.call("GET", "/users/me", key=key)

    assert (answer.status_code, answer.json["code"]) == (401, "invalid_api_key")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.req("J5", "TN-08")
def test_a_key_that_has_expired_is_worth_nothing(api: Talker) -> None:
    made = make(api, api.token(), expires_in_days=1).json
    asked = [api.call("GET", "/users/me", key=made["api_key"]).status_code]

    with api.application.site.database.engines[1].begin() as connection:
        past = {"id": made["id"], "then": "2026-01-01 00:00:00.000000"}
        connection.execute(text("UPDATE api_keys SET expires_at = :then WHERE id = :id"), past)

    asked.append(api.call("GET", "/users/me", key=made["api_key"]).status_code)
    assert asked == [200, 401]


@pytest.mark.req("J9")
def test_a_token_and_a_key_together_are_refused(api: Talker) -> None:
    token = api.token()
    key = make(api, token).json["api_key"]

    answer = api.call("GET", "/users/me", token=token, key=key)

    assert (answer.status_code, answer.json["code"]) == (400, "invalid_request")


@pytest.mark.req("J9", "SE-08", "TN-08")
@pytest.mark.parametrize("status", ["disabled", "deleted", "pending"])
def test_a_key_of_somebody_shut_out_is_worth_nothing(api: Talker, status: str) -> None:
    key = make(api, api.token()).json["api_key"]

    change_account(api, "alice", status=status)

    assert api.call("GET", "/users/me", key=key).json["code"] == "invalid_api_key"


@pytest.mark.req("J3", "SE-09")
def test_keys_of_others_do_not_exist(api: Talker) -> None:
    add_account(api, BOB)
    theirs = make(api, api.log_in(BOB)["access_token"]).json
    token = api.token()

    refused = api.call("DELETE", f"/auth/api-keys/{theirs['id']}", token=token)

    assert (refused.status_code, refused.json["code"]) == (404, "not_found")
    assert api.call("GET", "/auth/api-keys", token=token).json == {"api_keys": []}
    assert api.call("GET", "/users/me", key=theirs["api_key"]).status_code == 200
