"""Registering: accounts that people make for themselves (REQUIREMENTS.md C1, K34, K41)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwell.identity.login.password import LoginFailed
from authwell.identity.people.enrolment import (
    AwaitsVerification,
    EmailTaken,
    InvalidRegistration,
    Registered,
    RegistrationClosed,
    UsernameTaken,
)
from authwell.identity.people.profiles import Changes, InvalidProfile, Profiles
from authwell.identity.people.verification import Opener, Origin
from authwell.storage.cleanup import CleanUp
from tests.conftest import NewDatabase
from tests.support.house import BETTER, EMAIL, GOOD, HERE, House, house_on

DAY = timedelta(days=1)


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[House]:
    """A house where addresses are verified."""
    house = house_on(new_database(request.param))
    yield house
    house.site.database.close()


@pytest.fixture
def open_house(new_database: NewDatabase) -> Iterator[House]:
    """A house where they are not."""
    house = house_on(new_database("sqlite"), REQUIRE_EMAIL_VERIFICATION="false")
    yield house
    house.site.database.close()


@pytest.mark.req("C9", "C12", "D1", "2.1")
def test_a_new_account_waits_until_its_address_is_verified(house: House) -> None:
    answer = house.register(full_name="Ada Lovelace", locale="de")
    before = house.log_in()
    ((template, to, values),) = house.letters()
    token = values["link"].partition("token=")[2]
    house.site.verification.confirm(house.server, token, Opener(HERE))

    assert answer == AwaitsVerification(EMAIL)
    assert isinstance(before, LoginFailed)
    assert (template, to, values["name"]) == ("verify_email", EMAIL, "Ada Lovelace")
    assert not isinstance(house.log_in(), LoginFailed)
    assert not isinstance(house.log_in("ADA"), LoginFailed)
    account = house.account()
    assert (account.status, account.email_verified, account.locale) == ("active", True, "de")
    assert house.events()[:3] == [
        "account.registered",
        "email.verification_sent",
        "login.failed",
    ]
    assert "email.verified" in house.events()


@pytest.mark.req("C1", "Q-REQUIRE_EMAIL_VERIFICATION", "D5")
def test_where_addresses_are_not_verified_it_can_be_used_at_once(open_house: House) -> None:
    answer = open_house.register()

    assert isinstance(answer, Registered)
    assert not isinstance(open_house.log_in(), LoginFailed)
    assert open_house.account().email_verified is False
    assert [template for template, _, _ in open_house.letters()] == ["verify_email"]


@pytest.mark.req("C1", "K41")
@pytest.mark.parametrize("name", ["ada", "ADA", " ada ", "ａｄａ"])
def test_a_name_that_somebody_has_is_refused(house: House, name: str) -> None:
    house.register()

    with pytest.raises(UsernameTaken):
        house.register(name, "other@people.example")


@pytest.mark.req("AU-01", "K41")
def test_a_taken_address_is_told_to_its_owner_only(house: House) -> None:
    house.verified()

    answer = house.register("stranger", "ADA@people.example", password=BETTER)

    ((template, to, values),) = house.letters()
    assert answer == AwaitsVerification("ADA@people.example")
    assert (template, to) == ("already_registered", EMAIL)
    assert values["link"] == "http://localhost:5000/login"
    assert values["recovery_link"] == "http://localhost:5000/recover"
    assert not isinstance(house.log_in(password=GOOD), LoginFailed)
    assert isinstance(house.log_in(password=BETTER), LoginFailed)


@pytest.mark.req("AU-01")
def test_the_name_of_such_a_registration_is_taken_as_if_it_had_made_an_account(
    house: House,
) -> None:
    house.verified()
    house.register("stranger", EMAIL, origin=Origin())
    house.register("fresh", "fresh@people.example", origin=Origin())

    for name in ("stranger", "fresh"):
        with pytest.raises(UsernameTaken):
            house.register(name, "third@people.example", origin=Origin())


@pytest.mark.req("AU-01")
def test_a_profile_does_not_tell_them_apart_either(house: House) -> None:
    owner = house.verified()
    other = house.verified("other", "other@people.example")
    house.register("stranger", str(owner.email), origin=Origin())
    house.register("fresh", "fresh@people.example", origin=Origin())
    profiles = Profiles(house.site.database)

    answers = [
        profiles.change(house.server, other.id, Changes(username=name))
        for name in ("stranger", "fresh")
    ]

    assert answers == [InvalidProfile({"username": "taken"})] * 2


@pytest.mark.req("C1", "K41")
def test_where_no_address_is_verified_a_taken_one_is_refused(open_house: House) -> None:
    open_house.register()

    with pytest.raises(EmailTaken):
        open_house.register("other", EMAIL)


def test_a_form_that_is_sent_twice_makes_one_account_and_no_complaint(
    house: House, open_house: House
) -> None:
    for each in (house, open_house):
        first, second = each.register(), each.register()

        assert first == second
        assert len(each.letters()) == 1
        with pytest.raises((UsernameTaken, EmailTaken)):
            each.register(origin=Origin(b"2" * 32))


@pytest.mark.req("K34", "C12")
def test_where_only_administrators_make_accounts_it_is_closed(new_database: NewDatabase) -> None:
    closed = house_on(new_database("sqlite"), REGISTRATION_ENABLED="false")

    with pytest.raises(RegistrationClosed):
        closed.register()


@pytest.mark.req("AU-12")
@pytest.mark.parametrize(
    "email",
    ["", "ada", "a@b@people.example", "@people.example", "ada@", "a da@people.example",
     '"a b"@people.example', "ada@[192.0.2.1]", "adä@people.example", "a\r\nb@people.example",
     "ada@people.example\x00", "a" * 400 + "@people.example", "ada@localhost"],
)  # fmt: skip
def test_what_is_no_address_is_refused(fuzzed: House, email: str) -> None:
    with pytest.raises(InvalidRegistration) as refused:
        fuzzed.register(email=email)

    assert set(refused.value.fields) == {"email"}


@pytest.mark.req("AU-12")
@pytest.mark.parametrize("email", ["ADA@People.Example", " ada@people.example "])
def test_other_spellings_of_an_address_are_the_same_account(open_house: House, email: str) -> None:
    open_house.register()

    with pytest.raises(EmailTaken):
        open_house.register("other", email)


@pytest.mark.req("AU-12")
@pytest.mark.parametrize(
    "name", ["", "  ", "bob@people.example", "a b", "a\u200bda", "<b>", "a/b", "x" * 65, "\x00"]
)
def test_a_name_that_could_be_mistaken_is_refused(fuzzed: House, name: str) -> None:
    with pytest.raises(InvalidRegistration) as refused:
        fuzzed.register(name)

    assert set(refused.value.fields) == {"username"}


@pytest.mark.req("K40")
def test_the_own_address_may_be_the_name(house: House) -> None:
    house.verified("Ada@people.example")

    repeated = house.register("ada@people.example")

    assert repeated == AwaitsVerification(EMAIL)
    assert not isinstance(house.log_in(), LoginFailed)


@pytest.mark.req("AU-11")
def test_a_weak_password_is_refused_with_everything_else(fuzzed: House) -> None:
    with pytest.raises(InvalidRegistration) as refused:
        fuzzed.register("", "nobody", password="short")

    assert set(refused.value.fields) == {"username", "email"}
    assert refused.value.weaknesses
    assert fuzzed.rows("SELECT id FROM accounts") == []


@pytest.mark.req("AU-17")
def test_an_address_whose_link_expired_may_be_registered_anew(house: House) -> None:
    house.register("mallory", EMAIL, password=BETTER)
    stolen = house.token()
    house.move(timedelta(hours=23))
    house.register("ada", EMAIL)
    ((too_early, _, _),) = house.letters()
    house.move(timedelta(hours=1))

    house.register("ada", EMAIL, full_name="Ada")
    token = house.token()
    house.site.verification.confirm(house.server, token, Opener(HERE))

    assert too_early == "already_registered"
    assert stolen != token
    assert house.account().username == "ada"
    assert not isinstance(house.log_in("ada"), LoginFailed)
    assert isinstance(house.log_in("ada", BETTER), LoginFailed)
    assert isinstance(house.log_in("mallory", BETTER), LoginFailed)
    assert len(house.rows("SELECT id FROM accounts")) == 1


def test_accounts_that_nobody_verifies_are_deleted_after_a_week(house: House) -> None:
    house.register()
    clean_up = CleanUp(house.site.database)

    early = clean_up.run(house.now + timedelta(days=6))
    late = clean_up.run(house.now + timedelta(days=7))

    assert early["abandoned accounts"] == 0
    assert late["abandoned accounts"] == 1
    assert house.rows("SELECT id FROM accounts") == []


def test_an_account_in_use_is_never_abandoned(house: House) -> None:
    house.verified()

    done = CleanUp(house.site.database).run(house.now + timedelta(days=100))

    assert done["abandoned accounts"] == 0
    assert house.account().username == "ada"


@given(name=st.text(max_size=80), email=st.text(max_size=80), full_name=st.text(max_size=80))
def test_any_text_is_refused_or_kept_but_never_crashes(
    name: str, email: str, full_name: str, fuzzed: House
) -> None:
    with pytest.raises(InvalidRegistration) as refused:
        fuzzed.register(name, email, full_name=full_name, password="")

    assert refused.value.fields["password"] == "missing"


@pytest.fixture(scope="module")
def fuzzed(new_database: NewDatabase) -> House:
    """One house for all examples."""
    return house_on(new_database("sqlite"))
