"""U+0000, which no text of PostgreSQL has: refused wherever it comes from, and never a 5xx (HT-06)."""

import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from typing import Any, Final

import pytest
from marshmallow import Schema
from werkzeug.routing import Rule

from authwell.app import FIRST_PARTY
from authwell.middleware.api.operations import Operation
from tests.conftest import NewDatabase
from tests.routes.api.administrators import administrator_token
from tests.routes.api.talking import Answer, Talker
from tests.support.application import CALLBACK, SECRET, VERIFIER, make_application

ZERO: Final = "a\x00b"
PREFIXED: Final = ("/api/", "/static/")
OAUTH: Final = ("/oauth/", "/.well-known/")


@pytest.fixture(scope="module")
def talker(new_database: NewDatabase) -> Iterator[Talker]:
    """The application on PostgreSQL, with its own client and people."""
    talker = Talker(make_application(new_database("postgresql")))
    yield talker
    talker.application.site.database.close()


@pytest.fixture(scope="module")
def token(talker: Talker) -> str:
    return administrator_token(talker)


@pytest.fixture(scope="module")
def rules(talker: Talker) -> list[Rule]:
    """The routes, each once."""
    rules = talker.application.app.url_map.iter_rules()
    return [rule for rule in rules if not rule.rule.startswith(PREFIXED)]


def fields_of(schema: type[Schema] | None) -> list[str]:
    return [] if schema is None else list(schema().fields)


def operations() -> list[tuple[str, Operation]]:
    return [(f"{api.path}{each.path}", each) for api in FIRST_PARTY for each in api.operations]


def path_of(rule: str, value: str = "x") -> str:
    """The path of a route, with the same value for each of its parts."""
    return re.sub(r"<[^>]+>", value, rule)


@pytest.mark.req("HT-06", "M12", "A12")
def test_in_a_member_of_a_body(talker: Talker, token: str) -> None:
    for path, operation in operations():
        for name in (
            [*fields_of(operation.body), "tenant", ZERO] if operation.body is not None else ()
        ):
            answer = talker.call(
                *(operation.method, path_of(path)),
                token=token if operation.needs else None,
                json={name: [{"x": ZERO}] if name == "claims" else ZERO},
            )

            # What is not there is told first where the body is read with the thing.
            assert answer.status_code in (400, 404), (operation.method, path, name, answer.text)
            assert answer.status_code == 404 or answer.json["code"] == "malformed_json", path


@pytest.mark.req("HT-06", "M12")
def test_in_a_parameter_of_a_query(talker: Talker, token: str) -> None:
    for path, operation in operations():
        for name in [*fields_of(operation.query), ZERO]:
            if operation.query is not None:
                answer = talker.call(
                    *(operation.method, path_of(path)),
                    token=token if operation.needs else None,
                    query_string={name: ZERO},
                )

                assert answer.status_code in (400, 404), (operation.method, path, name)


@pytest.mark.req("HT-06", "M12")
def test_in_a_part_of_a_path(talker: Talker, token: str, rules: list[Rule]) -> None:
    for rule in rules:
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            if rule.arguments:
                path = path_of(rule.rule, "a%00b")
                sent: dict[str, Any] = {} if method == "GET" else {"json": {}}
                answer = talker.call(method, path, token=token, **sent)

                assert answer.status_code == 404, (method, rule.rule, answer.text)


@pytest.mark.req("HT-06", "M12", "BR-09")
def test_in_what_a_page_is_sent(talker: Talker, token: str, rules: list[Rule]) -> None:
    browser = talker.application.logged_in()
    page = browser.get("/login/again", follow_redirects=True)
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    form = {"csrf_token": found[1] if found else "", "x": ZERO}
    read = ("find", "before", "after", "token", "request", "interaction", "step", "asking", "v")
    for rule in rules:
        path = path_of(rule.rule)
        if "GET" in (rule.methods or ()):
            shown = browser.get(path, query_string=dict.fromkeys(read, ZERO))
            assert shown.status_code < 500, (rule.rule, shown.text)
        if "POST" in (rule.methods or ()):
            sent = browser.post(path, data=form)
            assert 300 <= sent.status_code < 500, (rule.rule, sent.text)


@pytest.mark.req("HT-06", "M12")
@pytest.mark.parametrize("path", ["/login", "/register", "/reset-password", "/account/profile"])
def test_a_form_with_it_is_refused_before_anything_else(talker: Talker, path: str) -> None:
    answer = talker.application.logged_in().post(path, data={"username": ZERO})

    assert answer.status_code == 400
    assert "invalid_request" in answer.text or "U+0000" in answer.text


@pytest.mark.req("HT-06", "M12")
def test_in_what_oauth_is_sent(talker: Talker) -> None:
    basic = b64encode(f"web:{SECRET}".encode()).decode()
    sent: Mapping[str, Mapping[str, str]] = {
        "/oauth/token": {
            "grant_type": "authorization_code",
            "code": "c",
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
            "refresh_token": "r",
            "username": "alice",
            "password": "p",
            "scope": "openid",
        },
        "/oauth/introspect": {"token": "t", "token_type_hint": "access_token"},
        "/oauth/revoke": {"token": "t", "token_type_hint": "access_token"},
    }
    for path, form in sent.items():
        for name in form:
            answer = talker.call(
                *("POST", path),
                headers={"Authorization": f"Basic {basic}"},
                data={**form, name: ZERO},
            )

            assert (answer.status_code, answer.json["error"]) == (400, "invalid_request"), name
    for name in ("client_id", "redirect_uri", "state", "scope", "nonce", "login_hint", "request"):
        asked = talker.application.authorize(talker.application.logged_in(), **{name: ZERO})
        assert asked.status_code in (303, 400), (name, asked.text)


@pytest.mark.req("HT-06", "M12")
@pytest.mark.parametrize(
    "name",
    ["User-Agent", "X-Tenant", "X-API-Key", "Authorization", "Accept-Language", "Cookie", "Origin"],
)
def test_in_a_header(talker: Talker, token: str, name: str) -> None:
    headers = {"Authorization": f"Bearer {token}", name: ZERO}
    body = {"username": "alice", "password": "wrong"}

    answers: list[Answer] = [
        talker.call("GET", "/users/me", headers=headers),
        talker.call("POST", "/auth/login", headers={name: ZERO}, json=body),
        talker.call("GET", "/login", headers={name: ZERO}),
        talker.call("GET", "/oauth/userinfo", headers=headers),
    ]

    assert [answer.status_code for answer in answers if answer.status_code >= 500] == []
