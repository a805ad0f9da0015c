"""`/auth/login`, `/auth/refresh`, `/auth/logout`: the tokens of our own login."""

from datetime import timedelta

import pytest

from authwell.middleware.api.accounts import AccountSchema
from authwell.routes.auth.tokens import TokensSchema
from tests.routes.api.talking import Talker, an_application
from tests.support import jose
from tests.support.application import PASSWORD

CREDENTIALS = {"username": "alice", "password": PASSWORD}


@pytest.mark.req("C2", "C7", "C8", "K8", "K10", "K47")
def test_a_login_answers_with_tokens_for_our_own_api(api: Talker) -> None:
    answer = api.log_in()

    claims = jose.claims_of(answer["access_token"])
    issuer = api.application.site.settings.issuer
    assert TokensSchema().validate(answer) == {}
    assert jose.header_of(answer["access_token"])["alg"] == "RS256"
    assert (claims["aud"], claims["client_id"]) == (f"{issuer}/api", "authwell")
    assert claims["scope"] == answer["scope"] == "account"
    assert claims["exp"] - claims["iat"] == answer["expires_in"] == 15 * 60
    assert answer["refresh_expires_in"] == timedelta(days=7).total_seconds()
    assert "." not in answer["refresh_token"]
    assert answer["user"]["username"] == "alice"


@pytest.mark.req("B20", "K40")
@pytest.mark.parametrize("name", ["alice", "ALICE", " alice "])
def test_a_form_logs_in_too(refusing: Talker, name: str) -> None:
    form = {"grant_type": "password", "username": name, "password": PASSWORD}

    response = refusing.call("POST", "/auth/login", data=form)

    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in response.headers


@pytest.mark.req("AU-01", "M14")
@pytest.mark.parametrize("name", ["alice", "nobody", "x" * 320])
def test_a_refused_login_looks_the_same_for_everybody(refusing: Talker, name: str) -> None:
    response = refusing.call("POST", "/auth/login", json={"username": name, "password": "wrong"})

    problem = dict(response.json)
    assert response.status_code == 401
    assert response.headers["Content-Type"] == "application/problem+json"
    assert problem.pop("request_id")
    assert problem == {
        "type": "about:blank",
        "title": "The request was refused",
        "status": 401,
        "detail": "The name and the password do not belong together.",
        "code": "invalid_credentials",
    }


@pytest.mark.req("C5", "C6", "G8", "G9", "K17")
@pytest.mark.parametrize("path", ["/auth/me", "/users/me", "/auth/profile/me"])
def test_everybody_sees_their_own_account(api: Talker, path: str) -> None:
    response = api.call("GET", path, token=api.token())

    assert response.status_code == 200
    assert AccountSchema().validate(response.json) == {}
    assert response.json["username"] == "alice"
    assert response.json["last_login"] is not None


@pytest.mark.req("C4", "B5")
def test_a_refresh_token_is_good_for_one_new_pair(api: Talker) -> None:
    first = api.log_in()

    second = api.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]})

    assert second.status_code == 200
    assert second.json["refresh_token"] != first["refresh_token"]
    assert second.json["session_id"] == first["session_id"]
    assert TokensSchema().validate(second.json) == {}
    third = api.call("POST", "/auth/refresh", json={"refresh_token": second.json["refresh_token"]})
    replayed = api.call("POST", "/auth/refresh", json={"refresh_token": first["refresh_token"]})
    ended = api.call("POST", "/auth/refresh", json={"refresh_token": third.json["refresh_token"]})
    assert (third.status_code, replayed.status_code, ended.status_code) == (200, 401, 401)
    assert replayed.json["code"] == "refresh_token_replayed"


@pytest.mark.req("C3", "B18")
def test_logging_out_ends_session_and_tokens_at_once(api: Talker) -> None:
    tokens, other = api.log_in(), api.log_in()

    response = api.call("POST", "/auth/logout", token=tokens["access_token"])

    assert response.status_code == 204
    assert api.call("GET", "/users/me", token=tokens["access_token"]).status_code == 401
    again = api.call("POST", "/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert again.status_code == 401
    assert api.call("GET", "/users/me", token=other["access_token"]).status_code == 200


@pytest.mark.req("C3")
@pytest.mark.parametrize("wrong", [None, "x", "a.b.c"])
def test_without_a_token_there_is_a_challenge(refusing: Talker, wrong: str | None) -> None:
    response = refusing.call("GET", "/users/me", token=wrong)

    assert response.status_code == 401
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["WWW-Authenticate"].startswith("Bearer")


@pytest.mark.req("Q-ACCESS_TOKEN_EXPIRE_MINUTES", "C8", "K8")
def test_how_long_tokens_live_is_a_setting() -> None:
    settings = {"ACCESS_TOKEN_EXPIRE_MINUTES": "5", "REFRESH_TOKEN_EXPIRE_DAYS": "2"}

    with an_application(**settings) as talker:
        answer = talker.log_in()

    lifetimes = (answer["expires_in"], answer["refresh_expires_in"])
    assert lifetimes == (5 * 60, timedelta(days=2).total_seconds())
