"""What a new password must be: rules, presets, names of the account (AU-11, K21)."""

from dataclasses import replace
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwell.config.settings import load_settings
from authwell.identity.passwords.hashing import MAX_LENGTH
from authwell.identity.passwords.policy import (
    Code,
    PasswordContext,
    PasswordPolicy,
    Weakness,
    check_password,
    context,
    of_settings,
    password_policy,
    read_policy,
)
from authwell.protocol.policy import InvalidPolicy
from tests.identity.conftest import DEVELOPMENT
from tests.protocol.conftest import make_world

POLICY = PasswordPolicy()
NOBODY = PasswordContext()


def codes(policy: PasswordPolicy, password: str, about: PasswordContext = NOBODY) -> list[str]:
    return [weakness.code for weakness in check_password(policy, password, about)]


@pytest.mark.req("M2", "K21", "2.2")
@pytest.mark.parametrize(
    ("password", "missing"),
    [
        ("Test123!", []),
        ("Test12!", ["too_short"]),
        ("test123!", ["no_uppercase"]),
        ("TEST123!", ["no_lowercase"]),
        ("Testing!", ["no_number"]),
        ("Test1234", ["no_special"]),
        ("", ["too_short", "no_uppercase", "no_lowercase", "no_number", "no_special"]),
        ("Ünï-Cödé-٣", []),
    ],
)
def test_by_default_each_kind_of_character_is_needed(password: str, missing: list[str]) -> None:
    assert codes(POLICY, password) == missing


@pytest.mark.req("M2", "K21")
@pytest.mark.parametrize(
    ("switch", "password"),
    [
        ("REQUIRE_UPPERCASE", "test123!"),
        ("REQUIRE_LOWERCASE", "TEST123!"),
        ("REQUIRE_NUMBER", "Testing!"),
        ("REQUIRE_SPECIAL_CHAR", "Test1234"),
    ],
)
def test_each_rule_can_be_switched_off(switch: str, password: str) -> None:
    policy = of_settings(load_settings({**DEVELOPMENT, switch: "false"}))

    assert codes(policy, password) == []
    assert codes(POLICY, password) != []


@pytest.mark.req("M2", "Q-PASSWORD_MIN_LENGTH")
def test_the_length_is_a_setting() -> None:
    policy = of_settings(load_settings({**DEVELOPMENT, "PASSWORD_MIN_LENGTH": "12"}))

    assert check_password(policy, "Test123!", NOBODY) == (Weakness("too_short", 12),)


@pytest.mark.req("AU-11", "K21")
def test_the_preset_nist_asks_for_length_and_nothing_else() -> None:
    policy = of_settings(load_settings({**DEVELOPMENT, "PASSWORD_POLICY": "nist"}))
    with_another_factor = PasswordContext(only_factor=False)

    assert check_password(policy, "fourteen chars", NOBODY) == (Weakness("too_short", 15),)
    assert codes(policy, "fifteen letters") == []
    assert codes(policy, "eight...", with_another_factor) == []
    assert codes(policy, "seven..", with_another_factor) == ["too_short"]
    assert codes(policy, " " * 20) == ["too_short"]


@pytest.mark.req("AU-09")
def test_long_passwords_are_welcome_up_to_1024_characters() -> None:
    assert codes(POLICY, "aA1!" * 256) == []
    assert check_password(POLICY, "aA1!" * 256 + "x", NOBODY) == (Weakness("too_long", 1024),)


@pytest.mark.req("AU-11")
@pytest.mark.parametrize(
    "password",
    [
        "Alice.Example-7",
        "ALICE.EXAMPLE-7@mail.example",
        "Alice B. Carroll-7",
        "aliceb.carroll-7",
        "Authwell",
        "id.shop.example",
        "Shop & Sons",
    ],
)
def test_a_password_must_not_be_a_name(password: str) -> None:
    world = make_world()
    tenant = replace(world.server.tenant, name="Shop & Sons", issuer="https://id.shop.example:8443")
    about = context(
        tenant,
        username="alice.example-7",
        email="Alice.Example-7@mail.example",
        full_name="Alice B.  Carroll-7",
    )

    nothing_else = PasswordPolicy(uppercase=False, lowercase=False, number=False, special=False)
    assert codes(nothing_else, password, about) == ["personal"]
    assert codes(nothing_else, f"{password}-and more", about) == []


@pytest.mark.req("K21", "2.2")
def test_a_tenant_has_rules_of_its_own_over_those_of_the_settings() -> None:
    settings = load_settings({**DEVELOPMENT, "REQUIRE_NUMBER": "false"})
    tenant = make_world().server.tenant
    stricter = replace(tenant, people_policy={"password_policy": {"min_length": 20}})
    nist = replace(tenant, people_policy={"password_policy": {"preset": "nist"}})

    assert password_policy(settings, tenant) == PasswordPolicy(number=False)
    assert password_policy(settings, stricter) == PasswordPolicy(number=False, min_length=20)
    assert password_policy(settings, nist).preset == "nist"


@pytest.mark.parametrize(
    "value",
    [
        "strict",
        {"length": 8},
        {"preset": "strict"},
        {"min_length": 7},
        {"min_length": 129},
        {"min_length": True},
        {"number": 1},
    ],
)
def test_rules_that_do_not_exist_are_refused(value: object) -> None:
    with pytest.raises(InvalidPolicy, match="password_policy: "):
        read_policy(POLICY, value)


@pytest.mark.req("HT-06")
@given(st.text())
def test_any_text_has_an_answer(password: str) -> None:
    found = codes(POLICY, password, PasswordContext(frozenset({"alice"})))

    assert set(found) <= set(get_args(Code))
    assert found or POLICY.min_length <= len(password) <= MAX_LENGTH
