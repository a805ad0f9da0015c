"""Limits of the first-party API."""

import pytest

from tests.routes.api.talking import Talker, an_application
from tests.support.application import PASSWORD

LIMITED = {"RATE_LIMITING_ENABLED": "true", "WEB_CONCURRENCY": "1"}


def put(talker: Talker, token: str) -> int:
    return talker.call("PUT", "/users/me", token=token, json={"name": "A"}).status_code


@pytest.mark.req("M4", "Q-RATE_LIMIT_PER_USER")
def test_a_person_changes_so_much_in_a_minute_whichever_token_they_use() -> None:
    with an_application(**LIMITED, RATE_LIMIT_PER_USER="3/minute") as talker:
        first, second = talker.token(), talker.token()

        changed = [put(talker, token) for token in (first, second, first, second)]
        read = talker.call("GET", "/users/me", token=first)

    assert changed == [200, 200, 200, 429]
    assert read.status_code == 200


@pytest.mark.req("M4", "M6", "K23")
def test_a_token_calls_so_often_in_an_hour() -> None:
    with an_application(**LIMITED, RATE_LIMITING_DEFAULT="2 per hour") as talker:
        token, other = talker.token(), talker.token()

        answers = [talker.call("GET", "/auth/me", token=token) for _ in range(3)]
        another = talker.call("GET", "/auth/me", token=other)

    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json["code"] == "too_many_requests"
    assert int(answers[2].headers["Retry-After"]) > 0
    assert another.status_code == 200


@pytest.mark.req("AU-03", "K48")
def test_failed_logins_are_limited_by_name_and_address() -> None:
    with an_application(**LIMITED, RATE_LIMIT_LOGIN="2/minute") as talker:
        wrong = {"username": "alice", "password": "wrong"}
        failed = [talker.call("POST", "/auth/login", json=wrong).status_code for _ in range(3)]
        right = {"username": "alice", "password": PASSWORD}
        after = talker.call("POST", "/auth/login", json=right).status_code

    assert failed == [401, 401, 429]
    assert after == 429
