"""Logging in by name and password: one guard, one answer."""

import threading
from dataclasses import replace
from datetime import timedelta

import bcrypt
import pytest

from authwell.identity.login.password import LoginFailed
from authwell.identity.passwords.hashing import Passwords, TooBusy
from authwell.protocol.model import Account
from tests.identity.conftest import NOW, PASSWORD, People


@pytest.mark.parametrize(
    "name",
    [
        "anna",
        "ANNA",
        " Anna ",
        "\uff41\uff4e\uff4e\uff41",
        "anna@people.example",
        "Anna@People.Example",
    ],
)
@pytest.mark.req("AU-04", "AU-12")
def test_every_spelling_of_name_and_address_is_the_account(people: People, name: str) -> None:
    anna = people.add("anna", full_name="Anna")

    outcome = people.login.authenticate(people.server, name, PASSWORD)

    assert outcome == replace(anna, updated_at=NOW)


@pytest.mark.req("AU-01", "AU-02")
def test_each_refusal_costs_one_comparison_and_says_why_only_inside(people: People) -> None:
    people.add("anna")
    people.add("disabled", status="disabled")
    people.add("without", secret=None)
    people.add("locked")
    for _ in range(5):
        people.login.authenticate(people.server, "locked", "wrong")

    reasons = {}
    for name, password in [
        ("anna", "wrong"),
        ("disabled", PASSWORD),
        ("without", PASSWORD),
        ("locked", PASSWORD),
        ("nobody", PASSWORD),
        ("no\0body", PASSWORD),
        ("x" * 10_000, PASSWORD),
        ("\ud800", PASSWORD),
        ("", PASSWORD),
    ]:
        before = people.hasher.compared
        outcome = people.login.authenticate(people.server, name, password)
        assert people.hasher.compared == before + 1
        assert isinstance(outcome, LoginFailed)
        reasons[name[:8]] = outcome.reason

    assert reasons == {
        "anna": "wrong_password",
        "disabled": "account_disabled",
        "without": "no_password",
        "locked": "account_locked",
        "nobody": "unknown_account",
        "no\0body": "unknown_account",
        "xxxxxxxx": "unknown_account",
        "\ud800": "unknown_account",
        "": "unknown_account",
    }


@pytest.mark.req("AU-09")
def test_a_password_that_is_too_long_is_neither_compared_nor_counted(people: People) -> None:
    anna = people.add("anna")

    outcome = people.login.authenticate(people.server, "anna", "x" * 1025)

    assert outcome == LoginFailed("password_too_long")
    assert people.hasher.compared == 0
    assert people.failures(anna) == 0


@pytest.mark.req("AU-03", "AU-05")
def test_after_five_failures_the_right_password_does_not_help_for_half_an_hour(
    people: People,
) -> None:
    anna = people.add("anna")
    for _ in range(5):
        people.login.authenticate(people.server, "anna", "wrong")

    locked = people.login.authenticate(people.at(timedelta(minutes=29)), "anna", PASSWORD)
    after = people.login.authenticate(people.at(timedelta(minutes=31)), "anna", PASSWORD)

    assert locked == LoginFailed("account_locked")
    assert isinstance(after, Account)
    kinds = [(kind, data.get("failures")) for kind, data in people.events(anna)]
    assert kinds[-5:] == [("login.failed", number) for number in range(1, 6)]
    assert "locked_until" in people.events(anna)[-1][1]


@pytest.mark.req("AU-03")
def test_the_lockout_follows_its_settings(people: People) -> None:
    people.settings = replace(
        people.settings,
        account_lockout_attempts=2,
        account_lockout_duration_minutes=timedelta(minutes=5),
        rate_limiting_enabled=False,
    )
    people.add("anna")
    for _ in range(2):
        people.login.authenticate(people.server, "anna", "wrong")

    locked = people.login.authenticate(people.server, "anna", PASSWORD)
    after = people.login.authenticate(people.at(timedelta(minutes=6)), "anna", PASSWORD)

    assert locked == LoginFailed("account_locked")
    assert isinstance(after, Account)


@pytest.mark.req("AU-04")
def test_the_guard_counts_by_account_however_it_is_called(people: People) -> None:
    anna = people.add("anna")

    for name in (
        "anna",
        "ANNA",
        "anna@people.example",
        " anna",
        "\uff41\uff4e\uff4e\uff41",
    ):
        people.login.authenticate(people.server, name, "wrong")

    assert people.failures(anna) == 5
    assert people.login.authenticate(people.server, "anna", PASSWORD) == LoginFailed(
        "account_locked"
    )


@pytest.mark.req("AU-07")
def test_the_password_grant_has_the_same_guard(people: People) -> None:
    anna = people.add("anna")
    server = people.server
    door = people.login.people(server.tenant, server.now, server.caller)

    for _ in range(3):
        assert door.authenticate_password("anna", "wrong") is None
    for _ in range(2):
        people.login.authenticate(server, "anna", "wrong")

    assert people.failures(anna) == 5
    assert door.authenticate_password("anna", PASSWORD) is None


@pytest.mark.req("AU-07")
def test_success_by_the_password_grant_clears_the_guard_and_is_recorded(people: People) -> None:
    anna = people.add("anna")
    server = people.server
    people.login.authenticate(server, "anna", "wrong")
    door = people.login.people(server.tenant, server.now, server.caller)

    found = door.authenticate_password("anna", PASSWORD)

    assert found is not None
    assert found.id == anna.id
    assert people.failures(anna) == 0
    assert people.record(anna).last_login_at == NOW
    assert people.events(anna)[-1] == ("login.succeeded", {"by": "password_grant"})


@pytest.mark.req("AU-05")
def test_fifty_guesses_at_once_compare_no_more_than_the_lock_allows(people: People) -> None:
    anna = people.add("anna")
    login, outcomes = people.login, []
    gate = threading.Barrier(50)

    def guess(number: int) -> None:
        gate.wait()
        right = PASSWORD if number % 2 else "wrong"
        outcomes.append(login.authenticate(people.server, "anna", right))

    people.settings = replace(people.settings, account_lockout_attempts=5)
    # All guess wrong, so that none of them clears the guard for the others.
    threads = [threading.Thread(target=guess, args=(2 * n,)) for n in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    answered = [outcome.reason for outcome in outcomes if isinstance(outcome, LoginFailed)]
    assert len(answered) == 50
    assert answered.count("wrong_password") == 5
    assert answered.count("account_locked") == 45
    assert people.failures(anna) == 5


@pytest.mark.req("AU-20", "K20", "M1")
def test_a_bcrypt_hash_is_renewed_by_a_login(people: People) -> None:
    old = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    anna = people.add("anna", secret=old)

    people.login.authenticate(people.server, "anna", "wrong")
    assert people.password_hash(anna) == old
    assert isinstance(people.login.authenticate(people.server, "anna", PASSWORD), Account)

    assert (people.password_hash(anna) or "").startswith("$argon2id$")
    assert isinstance(people.login.authenticate(people.server, "anna", PASSWORD), Account)


@pytest.mark.req("AU-20", "11.5", "2.2")
@pytest.mark.parametrize(
    "old",
    [
        (
            "pbkdf2:sha256:1000$wc635jas5R8yIzx1$"
            "b80c147d7f13b37b68074949fa0e4c8ba779da1a4fd2c6aab61bf37a98f1db63"
        ),
        "pbkdf2_sha256$1000$QxSaltSalt12$J3N3r3dXkvJVPmaLTNnrfgPPAR2Eicpcti/LHRx1CfE=",
        (
            "scrypt:1024:8:1$kHpAPXWu90c9O9CW$0883b2c12c58143f7223248d4d767846d55d71750c134da375f297c4"
            "1a55bca77e83938a8a246760e3126b0a15af581a28dd2430e54833819fde7dfdc6946f99"
        ),
    ],
)
def test_a_hash_of_another_server_is_renewed_by_a_login(people: People, old: str) -> None:
    anna = people.add("anna", secret=old)

    assert isinstance(people.login.authenticate(people.server, "anna", PASSWORD), Account)

    assert (people.password_hash(anna) or "").startswith("$argon2id$")


@pytest.mark.req("AU-10")
def test_an_attempt_that_finds_no_place_is_not_counted(people: People) -> None:
    anna = people.add("anna")
    people.passwords = Passwords(1, wait=timedelta(0))

    with people.passwords.place(), pytest.raises(TooBusy):
        people.login.authenticate(people.server, "anna", PASSWORD)

    assert people.failures(anna) == 0


def test_another_tenants_people_are_unknown(people: People) -> None:
    people.add("anna")
    elsewhere = replace(people.server, tenant=replace(people.server.tenant, id="other"))

    assert people.login.authenticate(elsewhere, "anna", PASSWORD) == LoginFailed("unknown_account")
