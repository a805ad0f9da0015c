"""Every door that checks a credential of a person passes the one guard (AU-07)."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from authwell.protocol.grants import GRANTS
from tests.routes.api.talking import Talker, an_application
from tests.support.application import PASSWORD
from tests.support.hashing import all_places_taken

SOURCES = Path(__file__).parents[2] / "src/authwell"

COMPARISONS = {
    "matches": "a password with its hash",
    "matching_steps": "a code with an app's secret",
    "verify_authentication_response": "a passkey's signature with its key",
    "compare_digest": "anything else with a secret",
}
"""What says whether somebody has guessed right."""

NO_GUESSES = {
    "identity/passwords/hashing.py": "the comparison itself",
    "identity/factors/totp.py": "the comparison itself",
    "identity/passkeys/library.py": "the comparison itself",
    "identity/clients/secrets.py": "secrets of clients, which have limits of their own",
    "identity/configuration/people.py": "an operator's command that says whether to hash again",
    "identity/passkeys/challenges.py": "256 random bits of a browser",
    "identity/passwords/change.py": "a new password with the one that must be changed",
    "identity/people/verification.py": "256 random bits of a browser",
    "identity/login/entrance.py": "256 random bits of a browser",
    "middleware/csrf.py": "256 random bits of a browser",
}

GRANTS_WITHOUT_A_PERSON = {
    "authorization_code": "256 random bits, which five failures use up",
    "refresh_token": "256 random bits",
    "client_credentials": "a client's own secret",
}


def comparing() -> Iterator[tuple[str, ast.Module]]:
    """Files above the engine in which something is compared."""
    for folder in ("identity", "middleware", "routes", "ops"):
        for path in sorted((SOURCES / folder).rglob("*.py")):
            name = path.relative_to(SOURCES).as_posix()
            tree = ast.parse(path.read_text(encoding="utf-8"))
            if not name.startswith("identity/passwords/formats/") and called(tree) & set(
                COMPARISONS
            ):
                yield name, tree


def called(tree: ast.Module) -> set[str]:
    """The names of all functions and methods that a file calls."""
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return {
        func.attr if isinstance(func, ast.Attribute) else func.id
        for func in calls
        if isinstance(func, ast.Attribute | ast.Name)
    }


@pytest.mark.req("AU-07")
def test_what_compares_a_credential_asks_the_guard() -> None:
    found = dict(comparing())

    unguarded = {name for name, tree in found.items() if "admit" not in called(tree)}

    assert unguarded == set(NO_GUESSES), "use Guard.admit, or say why nobody can guess there"
    assert {"identity/login/password.py", "identity/factors/checks.py"} <= found.keys() - unguarded


@pytest.mark.req("AU-07")
def test_the_engine_knows_people_by_the_guarded_port_alone() -> None:
    asking = {
        path.relative_to(SOURCES / "protocol").as_posix()
        for path in (SOURCES / "protocol").rglob("*.py")
        if "authenticate_password" in path.read_text(encoding="utf-8")
    }

    assert asking == {"ports.py", "grants/password.py"}
    assert set(GRANTS) - set(GRANTS_WITHOUT_A_PERSON) == {"password"}


def by_json(api: Talker, password: str) -> int:
    body = {"username": "alice", "password": password}
    return api.call("POST", "/auth/login", json=body).status_code


def by_form(api: Talker, password: str) -> int:
    form = {"grant_type": "password", "username": "alice", "password": password}
    return api.call("POST", "/api/v1/auth/login", data=form).status_code


@pytest.mark.req("AU-03", "AU-05", "AU-07", "M3")
@pytest.mark.parametrize("door", [by_json, by_form])
def test_the_sixth_guess_finds_the_account_locked(door: Callable[[Talker, str], int]) -> None:
    with an_application(RATE_LIMITING_ENABLED="false") as api:
        guesses = [door(api, "wrong") for _ in range(5)]

        assert guesses == [401] * 5
        assert [by_json(api, PASSWORD), by_form(api, PASSWORD)] == [401, 401]


@pytest.mark.req("AU-03", "M3", "L10", "Q-ADDRESS_LOCKOUT_ATTEMPTS")
@pytest.mark.parametrize("door", [by_json, by_form])
def test_an_address_that_guesses_too_often_is_told_when_to_come_again(
    door: Callable[[Talker, str], int],
) -> None:
    with an_application(RATE_LIMITING_ENABLED="false", ADDRESS_LOCKOUT_ATTEMPTS="3") as api:
        for _ in range(3):
            body = {"username": "nobody", "password": "wrong"}
            assert api.call("POST", "/auth/login", json=body).status_code == 401

        assert door(api, PASSWORD) == 429
        refused = api.call("POST", "/auth/login", json={"username": "alice", "password": PASSWORD})
        assert refused.json["code"] == "address_locked"
        assert 0 < int(refused.headers["Retry-After"]) <= 1801


@pytest.mark.req("AU-06")
def test_no_header_of_a_stranger_changes_the_address_that_is_counted() -> None:
    body = {"username": "nobody", "password": "wrong"}
    with an_application(RATE_LIMITING_ENABLED="false", ADDRESS_LOCKOUT_ATTEMPTS="3") as api:
        statuses = [
            api.call(
                "POST",
                "/auth/login",
                json=body,
                headers={
                    "X-Forwarded-For": f"198.51.100.{number}",
                    "X-Real-IP": f"198.51.100.{number}",
                    "Forwarded": f"for=198.51.100.{number}",
                },
            ).status_code
            for number in range(5)
        ]

    assert statuses == [401, 401, 401, 429, 429]


@pytest.mark.req("AU-10")
@pytest.mark.parametrize("path", ["/auth/login", "/api/v1/auth/login"])
def test_who_finds_no_place_to_hash_at_is_told_when_to_come_again(path: str) -> None:
    with an_application() as api, all_places_taken(api.application.site.passwords):
        refused = api.call("POST", path, json={"username": "alice", "password": PASSWORD})

    assert refused.status_code == 503
    assert int(refused.headers["Retry-After"]) > 0
