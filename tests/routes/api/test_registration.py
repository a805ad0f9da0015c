"""`/auth/register`, `/auth/email`, `/auth/password-reset`: accounts by mail, in JSON."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from authwell.protocol.server import Caller
from authwell.routes.auth.registration import RegisteredSchema
from tests.routes.api.talking import Answer, Talker, an_application
from tests.support.application import PASSWORD
from tests.support.letters import take_letters, token_of

GOOD = "Test123!"
NEW = "Other-Horse-8-Battery"
_numbers = count(1)


@pytest.fixture(scope="module")
def verifying() -> Iterator[Talker]:
    """An application where addresses are verified."""
    with an_application(REQUIRE_EMAIL_VERIFICATION="true") as talker:
        yield talker


def somebody(**changes: Any) -> dict[str, Any]:
    number = next(_numbers)
    typed = {"username": f"person{number}", "email": f"person{number}@people.example"}
    return {**typed, "password": GOOD, **changes}


def register(api: Talker, **changes: Any) -> Answer:
    return api.call("POST", "/auth/register", json=somebody(**changes))


def verified(api: Talker) -> dict[str, Any]:
    """Somebody who has registered and verified."""
    typed = somebody()
    api.call("POST", "/auth/register", json=typed)
    api.call("POST", "/auth/email/verify", json={"token": last_token(api)})
    return typed


def last_token(api: Talker) -> str:
    return token_of(take_letters(api.application.site)[-1])


def told(answer: Answer) -> tuple[int, Any, list[str]]:
    """What an answer says, without what always differs."""
    body = {k: v for k, v in answer.json.items() if k not in ("request_id", "username", "email")}
    names = sorted(name for name, _ in answer.headers if name.lower() != "date")
    return answer.status_code, body, names


@pytest.mark.req("C1", "C9", "D2", "2.1", "K1")
@pytest.mark.parametrize("prefix", ["", "/api/v1", "/api"])
def test_registering_verifying_and_logging_in(verifying: Talker, prefix: str) -> None:
    typed = somebody(full_name="John Doe")
    answer = verifying.call("POST", f"{prefix}/auth/register", json=typed)
    credentials = {"username": typed["username"], "password": GOOD}
    early = verifying.call("POST", "/auth/login", json=credentials)
    token = last_token(verifying)

    done = verifying.call("POST", f"{prefix}/auth/email/verify", json={"token": token})
    again = verifying.call("POST", f"{prefix}/auth/email/verify", json={"token": token})

    assert answer.status_code == 201
    assert RegisteredSchema().validate(answer.json) == {}
    assert (answer.json["user"], answer.json["verification_required"]) == (None, True)
    assert early.status_code == 401
    assert done.json == {
        "email": typed["email"],
        "email_verified": True,
        "verification_required": True,
    }
    assert (again.status_code, again.json["code"]) == (400, "link_invalid")
    assert verifying.log_in(typed["username"], GOOD)["user"]["full_name"] == "John Doe"


@pytest.mark.req("C1", "B19")
def test_without_verification_the_account_is_shown(api: Talker) -> None:
    answer = register(api, username="johndoe", name="John Doe")

    assert answer.status_code == 201
    assert answer.json["user"]["full_name"] == "John Doe"
    assert answer.json["user"]["is_verified"] is False
    assert api.log_in("johndoe", GOOD)["access_token"]


@pytest.mark.req("C1", "K41", "M14")
def test_a_taken_name_is_a_conflict_and_an_address_only_without_verification(
    api: Talker, verifying: Talker
) -> None:
    for each in (api, verifying):
        first = somebody()
        each.call("POST", "/auth/register", json=first)
        name = register(each, username=first["username"].upper())
        address = register(each, email=first["email"].upper())

        assert (name.status_code, name.json["code"]) == (409, "username_taken")
        if each is api:
            assert (address.status_code, address.json["code"]) == (409, "email_taken")
        else:
            assert address.status_code == 201


@pytest.mark.req("AU-01", "K41")
def test_registering_a_taken_address_looks_like_registering_a_new_one(verifying: Talker) -> None:
    owner = verified(verifying)

    assert told(register(verifying, email=owner["email"])) == told(register(verifying))


@pytest.mark.req("AU-14")
@pytest.mark.parametrize(
    "member",
    [
        {"is_admin": True},
        {"is_superuser": True},
        {"roles": ["admin"]},
        {"email_verified": True},
        {"is_verified": True},
        {"status": "active"},
        {"tenant_id": "x"},
        {"id": "x"},
        {"claims": {}},
        {"not_before": None},
    ],
)
def test_a_member_too_many_is_refused(verifying: Talker, member: dict[str, Any]) -> None:
    answer = register(verifying, **member)

    assert (answer.status_code, answer.json["code"]) == (400, "invalid_request")
    assert set(answer.json["errors"]) == set(member)


WRONG: tuple[Any, ...] = (0, 1.5, True, [], ["a"], {}, {"a": 1}, None, "")


@pytest.mark.req("AU-15", "A12")
@pytest.mark.parametrize("value", WRONG, ids=repr)
@pytest.mark.parametrize(
    ("path", "valid"),
    [
        ("/auth/register", {"username": "x", "email": "x@people.example", "password": GOOD}),
        ("/auth/email/verify", {"token": "verify_x"}),
        ("/auth/email/resend-verification", {"email": "x@people.example"}),
        ("/auth/password-reset", {"email": "x@people.example"}),
        ("/auth/password-reset", {"token": "reset_x", "password": NEW}),
        ("/auth/password-reset-request", {"email": "x@people.example"}),
        ("/auth/password-reset/verify", {"token": "reset_x", "new_password": NEW}),
    ],
)
def test_another_type_is_refused(
    verifying: Talker, path: str, valid: dict[str, Any], value: Any
) -> None:
    for member in valid:
        answer = verifying.call("POST", path, json={**valid, member: value})

        assert answer.status_code == 400, answer.text
        assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.req("AU-11", "AU-12")
def test_everything_that_is_wrong_is_told_by_its_member(verifying: Talker) -> None:
    answer = register(verifying, username="a b", email="a@b@c.example", password="short")

    assert answer.status_code == 400
    assert set(answer.json["errors"]) == {"username", "email", "password"}


@pytest.mark.req("K34")
def test_a_closed_registration_says_so() -> None:
    with an_application(REGISTRATION_ENABLED="false") as closed:
        answer = register(closed)

    assert (answer.status_code, answer.json["code"]) == (403, "registration_closed")


@pytest.mark.req("Q-RATE_LIMIT_REGISTER", "M4", "M6")
def test_registrations_are_limited() -> None:
    with an_application(RATE_LIMITING_ENABLED="true", RATE_LIMIT_REGISTER="2/minute") as limited:
        answers = [register(limited) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert int(answers[2].headers["Retry-After"]) > 0


@pytest.mark.req("D3", "AU-01")
def test_the_mail_is_sent_again_and_says_the_same_to_all(verifying: Talker) -> None:
    waiting = somebody()
    verifying.call("POST", "/auth/register", json=waiting)
    first = last_token(verifying)
    owner = verified(verifying)

    answers = [
        told(verifying.call("POST", "/auth/email/resend-verification", json={"email": email}))
        for email in (waiting["email"], owner["email"], "nobody@people.example", "nonsense")
    ]

    second = last_token(verifying)
    assert answers == [answers[0]] * 4
    assert answers[0][0] == 200
    for token, status in ((first, 400), (second, 200)):
        done = verifying.call("POST", "/auth/email/verify", json={"token": token})
        assert done.status_code == status


@pytest.mark.req("D3", "RC-07")
def test_sending_it_again_is_limited_and_says_nothing_of_it() -> None:
    with an_application(
        RATE_LIMITING_ENABLED="true",
        REQUIRE_EMAIL_VERIFICATION="true",
        RATE_LIMIT_PASSWORD_RESET="2/hour",
    ) as limited:
        typed = somebody()
        limited.call("POST", "/auth/register", json=typed)
        take_letters(limited.application.site)
        path, body = "/auth/email/resend-verification", {"email": typed["email"]}
        answers = [limited.call("POST", path, json=body) for _ in range(4)]

        sent = len(take_letters(limited.application.site))

    assert [answer.status_code for answer in answers] == [200] * 4
    assert sent == 2


@pytest.mark.req("D4")
def test_the_status_is_told_to_its_owner(api: Talker) -> None:
    typed = somebody()
    api.call("POST", "/auth/register", json=typed)
    token = api.log_in(typed["username"], GOOD)["access_token"]

    before = api.call("GET", "/auth/email/status", token=token)
    api.call("POST", "/auth/email/verify", json={"token": last_token(api)})
    after = api.call("GET", "/auth/email/status", token=token)
    stranger = api.call("GET", "/auth/email/status")

    assert before.json["email_verified"] is False
    assert after.json == {
        "email": typed["email"],
        "email_verified": True,
        "verification_required": False,
    }
    assert stranger.status_code == 401


@pytest.mark.req("AU-17")
def test_a_program_may_set_the_password_of_the_owner(verifying: Talker) -> None:
    typed = somebody()
    verifying.call("POST", "/auth/register", json=typed)
    body = {"token": last_token(verifying), "password": NEW}

    weak = verifying.call("POST", "/auth/email/verify", json={**body, "password": "short"})
    verifying.call("POST", "/auth/email/verify", json=body)

    login = {"username": typed["username"], "password": GOOD}
    assert "password" in weak.json["errors"]
    assert verifying.call("POST", "/auth/login", json=login).status_code == 401
    assert verifying.log_in(typed["username"], NEW)


@pytest.mark.req("D6", "D7", "K11", "D8", "2.3", "C10")
@pytest.mark.parametrize(
    ("asking", "confirming", "member"),
    [
        ("/auth/password-reset", "/auth/password-reset", "password"),
        ("/api/v1/auth/password-reset-request", "/api/v1/auth/password-reset", "new_password"),
        ("/api/v1/auth/password-reset", "/api/v1/auth/password-reset/verify", "password"),
    ],
)
def test_a_password_is_reset_at_the_paths_of_each_document(
    api: Talker, asking: str, confirming: str, member: str
) -> None:
    typed = verified(api)
    tokens = api.log_in(typed["username"], GOOD)
    asked = api.call("POST", asking, json={"email": typed["email"]})
    body = {"token": last_token(api), member: NEW}

    weak = api.call("POST", confirming, json={**body, member: "short"})
    done = api.call("POST", confirming, json=body)
    again = api.call("POST", confirming, json=body)

    assert (asked.status_code, done.status_code) == (200, 200)
    assert set(weak.json["errors"]) == {member}
    assert (again.status_code, again.json["code"]) == (400, "link_invalid")
    assert api.log_in(typed["username"], NEW)
    assert api.call("GET", "/users/me", token=tokens["access_token"]).status_code == 401
    refresh = {"refresh_token": tokens["refresh_token"]}
    assert api.call("POST", "/auth/refresh", json=refresh).status_code == 401


@pytest.mark.req("K11")
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"token": "reset_x"},
        {"password": NEW},
        {"email": "a@people.example", "token": "reset_x", "password": NEW},
        {"email": "a@people.example", "password": NEW},
        {"token": "reset_x", "password": NEW, "new_password": NEW},
    ],
)
def test_a_bit_of_each_is_refused(verifying: Talker, body: dict[str, str]) -> None:
    answer = verifying.call("POST", "/auth/password-reset", json=body)

    assert (answer.status_code, answer.json["code"]) == (400, "invalid_request")


@pytest.mark.req("AU-01")
def test_asking_for_a_reset_says_the_same_to_all(verifying: Talker) -> None:
    owner = verified(verifying)
    pending = somebody()
    verifying.call("POST", "/auth/register", json=pending)

    answers = [
        told(verifying.call("POST", "/auth/password-reset", json={"email": email}))
        for email in (owner["email"], pending["email"], "nobody@people.example", "nonsense")
    ]

    assert answers == [answers[0]] * 4


@pytest.mark.req("Q-RATE_LIMIT_PASSWORD_RESET", "M4", "M6", "RC-07")
def test_asking_for_a_reset_is_limited() -> None:
    with an_application(RATE_LIMITING_ENABLED="true") as limited:
        answers = [
            limited.call("POST", "/auth/password-reset", json={"email": "a@people.example"})
            for _ in range(4)
        ]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]


@pytest.mark.req("AU-18", "C10", "RT-05", "A13")
@pytest.mark.parametrize("path", ["/auth/password", "/users/me/password", "/api/v1/auth/password"])
def test_a_new_password_needs_the_present_one_and_ends_all_tokens(api: Talker, path: str) -> None:
    tokens = api.log_in()
    body = {"current_password": PASSWORD, "new_password": NEW}
    token = tokens["access_token"]

    stranger = api.call("POST", path, json=body)
    wrong = api.call("POST", path, token=token, json={**body, "current_password": "wrong"})
    weak = api.call("POST", path, token=token, json={**body, "new_password": "short"})
    done = api.call("POST", path, token=token, json=body)

    assert stranger.status_code == 401
    assert (wrong.status_code, wrong.json["code"]) == (403, "wrong_password")
    assert set(weak.json["errors"]) == {"new_password"}
    assert done.status_code == 200
    assert api.call("GET", "/users/me", token=token).status_code == 401
    refresh = {"refresh_token": tokens["refresh_token"]}
    assert api.call("POST", "/auth/refresh", json=refresh).status_code == 401
    assert api.log_in(password=NEW)


@pytest.mark.req("G11", "2.3", "RC-06", "K1")
@pytest.mark.parametrize("prefix", ["", "/api", "/api/v1"])
def test_an_address_changes_by_password_and_link(api: Talker, prefix: str) -> None:
    path = f"{prefix}/auth/profile/change-email"
    body = {"new_email": "alice@new.example", "password": PASSWORD}
    token = api.token()
    take_letters(api.application.site)

    stranger = api.call("POST", path, json=body)
    wrong = api.call("POST", path, token=token, json={**body, "password": "wrong"})
    bad = api.call("POST", path, token=token, json={**body, "new_email": "nonsense"})
    asked = api.call("POST", path, token=token, json=body)
    (letter,) = take_letters(api.application.site)
    before = api.call("GET", "/users/me", token=token).json

    assert (stranger.status_code, wrong.status_code) == (401, 403)
    assert set(bad.json["errors"]) == {"new_email"}
    assert asked.status_code == 200
    assert (letter.template, letter.to) == ("change_email", "alice@new.example")
    assert before["email"] != "alice@new.example"
    site = api.application.site
    site.email_change.confirm(site.server(site.clock(), Caller()), token_of(letter))
    after = api.call("GET", "/users/me", token=token).json
    assert (after["email"], after["is_verified"]) == ("alice@new.example", True)


@pytest.mark.req("RC-06", "AU-14")
@pytest.mark.parametrize("member", ["email_verified", "is_verified", "email", "status"])
def test_the_profile_verifies_nothing(api: Talker, member: str) -> None:
    answer = api.call("PUT", "/users/me", token=api.token(), json={member: True})

    assert answer.status_code == 400
