"""Canonical names: what looks the same is the same (THREATS.md AU-12)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwell.identity.people.names import canonical_email, canonical_username


@pytest.mark.req("AU-12")
@pytest.mark.parametrize(
    "name",
    [
        "admin",
        "ADMIN",
        "Admin",
        "\uff21\uff24\uff2d\uff29\uff2e",
        " admin ",
        "admin\t",
        "\uff41\uff44\uff4d\uff49\uff4e",
        "admin\u3000",
    ],
)
def test_spellings_of_one_name_are_one(name: str) -> None:
    assert canonical_username(name) == "admin"


@pytest.mark.req("AU-12")
def test_inner_blanks_count_once() -> None:
    assert canonical_username("Alice \u00a0 Example") == "alice example"
    assert canonical_username("aliceexample") != "alice example"


@pytest.mark.req("AU-12")
@pytest.mark.parametrize(
    "email", ["Bob@Example.COM", " bob@example.com ", "\uff42\uff4f\uff42@example.com"]
)
def test_spellings_of_one_address_are_one(email: str) -> None:
    assert canonical_email(email) == "bob@example.com"


@pytest.mark.req("AU-12")
@pytest.mark.parametrize(
    "email", ["", "bob", "@example.com", "bob@", "a@b@c", "a b@c", "@", "\uff20\uff20"]
)
def test_what_is_no_address_is_none(email: str) -> None:
    assert canonical_email(email) is None


@given(st.text())
def test_the_canonical_form_is_its_own(name: str) -> None:
    once = canonical_username(name)

    assert canonical_username(once) == once
