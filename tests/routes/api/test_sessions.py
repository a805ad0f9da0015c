"""A person's own sessions, under the paths of each document."""

import pytest

from authwell.routes.users.sessions import SessionsSchema
from tests.routes.api.people import BOB, add_account
from tests.routes.api.talking import Talker

LISTS = ["/auth/sessions", "/users/me/sessions"]


def ids(api: Talker, token: str) -> list[str]:
    return [each["id"] for each in api.call("GET", "/auth/sessions", token=token).json["sessions"]]


@pytest.mark.req("F1", "F4", "F12")
@pytest.mark.parametrize("path", LISTS)
def test_a_person_sees_where_they_are_logged_in(api: Talker, path: str) -> None:
    here, there = api.log_in(), api.log_in()

    answer = api.call("GET", path, token=here["access_token"])

    found = {each["id"]: each["is_current"] for each in answer.json["sessions"]}
    assert SessionsSchema().validate(answer.json) == {}
    assert found == {here["session_id"]: True, there["session_id"]: False}
    assert {each["address"] for each in answer.json["sessions"]} == {"127.0.0.1"}


@pytest.mark.req("F2", "F5")
@pytest.mark.parametrize("path", LISTS)
def test_ending_one_session_ends_its_tokens(api: Talker, path: str) -> None:
    here, there = api.log_in(), api.log_in()

    ended = api.call("DELETE", f"{path}/{there['session_id']}", token=here["access_token"])

    again = api.call("DELETE", f"{path}/{there['session_id']}", token=here["access_token"])
    assert (ended.status_code, again.status_code) == (204, 404)
    assert api.call("GET", "/users/me", token=there["access_token"]).status_code == 401
    assert ids(api, here["access_token"]) == [here["session_id"]]


@pytest.mark.req("F3", "K14")
def test_all_sessions_are_all_of_them(api: Talker) -> None:
    here, there = api.log_in(), api.log_in()

    ended = api.call("DELETE", "/auth/sessions/all", token=here["access_token"])

    assert ended.json == {"ended": 2}
    for tokens in (here, there):
        assert api.call("GET", "/users/me", token=tokens["access_token"]).status_code == 401


@pytest.mark.req("F6", "K14")
def test_all_sessions_of_me_are_the_others(api: Talker) -> None:
    here, there = api.log_in(), api.log_in()

    ended = api.call("DELETE", "/users/me/sessions", token=here["access_token"])

    assert ended.json == {"ended": 1}
    assert api.call("GET", "/users/me", token=here["access_token"]).status_code == 200
    assert api.call("GET", "/users/me", token=there["access_token"]).status_code == 401


@pytest.mark.req("SE-09")
@pytest.mark.parametrize("path", LISTS)
def test_sessions_of_others_do_not_exist(api: Talker, path: str) -> None:
    add_account(api, BOB)
    mine, theirs = api.log_in(), api.log_in(BOB)

    refused = api.call("DELETE", f"{path}/{theirs['session_id']}", token=mine["access_token"])

    assert (refused.status_code, refused.json["code"]) == (404, "not_found")
    assert theirs["session_id"] not in ids(api, mine["access_token"])
    assert api.call("GET", "/users/me", token=theirs["access_token"]).status_code == 200


@pytest.mark.parametrize("session_id", ["no-such", "%00", "x" * 300, "%F0%9F%98%80"])
def test_an_unknown_session_is_not_found(refusing: Talker, token: str, session_id: str) -> None:
    answer = refusing.call("DELETE", f"/auth/sessions/{session_id}", token=token)

    assert (answer.status_code, answer.json["code"]) == (404, "not_found")
