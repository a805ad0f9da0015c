"""A person's own account by JSON: changed and deleted."""

from typing import Any

import pytest

from authwell.middleware.api.accounts import AccountSchema
from tests.routes.api.people import BOB, add_account, change_account, record_of
from tests.routes.api.talking import Answer, Talker
from tests.support.application import PASSWORD

PATHS = ["/users/me", "/auth/profile/me", "/api/auth/profile/me", "/api/v1/users/me"]


def put(api: Talker, token: str, **changes: Any) -> Answer:
    return api.call("PUT", "/users/me", token=token, json=changes)


@pytest.mark.req("G8", "G10", "K17")
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("member", ["name", "full_name"])
def test_a_profile_changes_where_it_says_and_nowhere_else(
    api: Talker, path: str, member: str
) -> None:
    token = api.token()
    before = api.call("GET", path, token=token).json

    answer = api.call("PUT", path, token=token, json={member: "Alice Example", "locale": "de"})

    after = api.call("GET", path, token=token).json
    differing = {name for name in after if after[name] != before[name]}
    assert answer.status_code == 200
    assert answer.json == after
    assert AccountSchema().validate(after) == {}
    assert differing == {"name", "full_name", "locale", "updated_at"}
    assert (after["name"], after["full_name"], after["locale"]) == ("Alice Example",) * 2 + ("de",)


@pytest.mark.req("G10")
def test_claims_are_set_and_removed(api: Talker) -> None:
    token = api.token()
    claims = {"given_name": "Alice", "nickname": "Al", "address": {"country": "NL"}}

    put(api, token, **claims)
    answer = put(api, token, nickname=None, given_name=None, website="https://alice.example")

    assert answer.json["claims"] == {
        "address": {"country": "NL"},
        "website": "https://alice.example",
    }


@pytest.mark.req("G10", "AU-12")
def test_a_new_user_name_logs_in_and_a_taken_one_is_refused(api: Talker) -> None:
    add_account(api, BOB)
    token = api.token()

    taken = put(api, token, username="ＢＯＢ")
    changed = put(api, token, username="Alina")

    assert (taken.status_code, taken.json["code"]) == (409, "username_taken")
    assert changed.json["username"] == "Alina"
    assert api.log_in("alina")["user"]["id"] == changed.json["id"]


@pytest.mark.req("AU-14")
@pytest.mark.parametrize(
    "member",
    [
        *(
            "id",
            "tenant_id",
            "roles",
            "status",
            "is_active",
            "is_verified",
            "is_superuser",
            "is_admin",
        ),
        *("email", "email_verified", "password", "password_hash", "claims", "created_at"),
        *("phone_number_verified", "preferred_username", "sub", "not_before", "__class__"),
    ],
)
def test_what_is_not_the_persons_to_change_is_refused(
    refusing: Talker, token: str, member: str
) -> None:
    before = record_of(refusing, "alice")

    answer = put(refusing, token, **{member: "admin", "full_name": "Mallory"})

    after = record_of(refusing, "alice")
    assert (answer.status_code, answer.json["code"]) == (400, "invalid_request")
    assert list(answer.json["errors"]) == [member]
    assert (after.roles, after.claims, after.full_name) == (before.roles, {}, None)


@pytest.mark.req("AU-15")
@pytest.mark.parametrize(
    "change",
    [
        {"username": ""},
        {"username": "   "},
        {"username": None},
        {"username": ["alice"]},
        {"username": "a" * 256},
        {"username": "victim@example.com"},
        {"full_name": 1},
        {"full_name": "a\u202eb"},
        {"locale": "no language"},
        {"picture": "javascript:alert(1)"},
        {"website": "ftp://x"},
        {"birthdate": "yesterday"},
        {"address": {"planet": "Mars"}},
        {"address": {"country": {"deep": 1}}},
        {"nickname": "a\u202eb"},
        {"name": "One", "full_name": "Two"},
    ],
)
def test_what_does_not_fit_changes_nothing(
    refusing: Talker, token: str, change: dict[str, Any]
) -> None:
    before = record_of(refusing, "alice")

    answer = put(refusing, token, **change)

    assert (answer.status_code, answer.json["code"]) == (400, "invalid_request"), answer.text
    assert record_of(refusing, "alice").updated_at == before.updated_at


@pytest.mark.req("G12")
@pytest.mark.parametrize("path", ["/auth/profile/me", "/users/me"])
def test_deleting_the_account_takes_the_password_and_ends_everything(
    api: Talker, path: str
) -> None:
    tokens = api.log_in()
    token = tokens["access_token"]
    key = api.call(
        "POST", "/auth/api-keys", token=token, json={"name": "x", "scopes": ["read:user"]}
    ).json["api_key"]

    wrong = api.call("DELETE", path, token=token, json={"password": "wrong"})
    missing = api.call("DELETE", path, token=token)
    by_key = api.call("DELETE", path, key=key, json={"password": PASSWORD})
    done = api.call("DELETE", path, token=token, json={"password": PASSWORD})

    assert (wrong.status_code, wrong.json["code"]) == (403, "wrong_password")
    assert (missing.status_code, by_key.status_code, done.status_code) == (400, 403, 204)
    assert record_of(api, "alice").status == "deleted"
    assert api.call("GET", "/users/me", token=token).status_code == 401
    assert api.call("GET", "/users/me", key=key).status_code == 401
    refreshed = api.call("POST", "/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert refreshed.status_code == 401
    credentials = {"username": "alice", "password": PASSWORD}
    assert api.call("POST", "/auth/login", json=credentials).status_code == 401


@pytest.mark.req("AU-05", "AU-07")
def test_a_stolen_token_guesses_no_password(api: Talker) -> None:
    token = api.token()
    attempts = api.application.site.settings.account_lockout_attempts

    for _ in range(attempts):
        api.call("DELETE", "/users/me", token=token, json={"password": "wrong"})
    answer = api.call("DELETE", "/users/me", token=token, json={"password": PASSWORD})

    assert answer.json["code"] == "wrong_password"
    assert record_of(api, "alice").status == "active"


@pytest.mark.req("SE-08", "G16")
def test_a_disabled_account_sees_nothing_at_once(api: Talker) -> None:
    token = api.token()

    change_account(api, "alice", status="disabled")

    assert api.call("GET", "/users/me", token=token).status_code == 401
