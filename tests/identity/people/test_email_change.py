"""Another e-mail address (REQUIREMENTS.md G11; THREATS.md RC-05)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from authwell.identity.login.password import LoginFailed
from authwell.identity.people.desk import InvalidLink
from authwell.identity.people.email_addresses import InvalidEmail
from authwell.identity.people.email_change import CHANGE, SameEmail
from authwell.identity.people.verification import Origin
from tests.conftest import NewDatabase
from tests.support.house import BETTER, EMAIL, GOOD, House, house_on

NEW = "ada@new.example"


@pytest.fixture
def house(new_database: NewDatabase) -> Iterator[House]:
    """A house with ada in it."""
    house = house_on(new_database("sqlite"))
    house.verified()
    yield house
    house.site.database.close()


def asked(house: House, email: str = NEW) -> str:
    """The token that went to the new address."""
    house.site.email_change.request(house.server, house.account().id, email)
    ((template, to, values),) = house.letters()
    assert (template, to) == ("change_email", email)
    return values["link"].partition("token=")[2]


@pytest.mark.req("G11", "2.3")
def test_the_address_changes_when_its_link_is_used(house: House) -> None:
    token = asked(house)
    before = house.account().email

    changed = house.site.email_change.confirm(house.server, token)

    ((template, to, values),) = house.letters()
    assert (before, changed) == (EMAIL, NEW)
    assert house.account(NEW).email_verified is True
    assert (template, to, values["new_email"]) == ("email_changed", EMAIL, NEW)
    assert not isinstance(house.log_in(NEW), LoginFailed)
    assert isinstance(house.log_in(EMAIL), LoginFailed)
    assert {"email.change_requested", "email.changed"} <= set(house.events())
    with pytest.raises(InvalidLink):
        house.site.email_change.confirm(house.server, token)


@pytest.mark.req("RC-05")
def test_of_two_requests_the_last_one_counts(house: House) -> None:
    first, second = asked(house, "first@new.example"), asked(house, "second@new.example")

    with pytest.raises(InvalidLink):
        house.site.email_change.confirm(house.server, first)
    house.site.email_change.confirm(house.server, second)

    assert house.account("second@new.example").username == "ada"


@pytest.mark.req("RC-02")
def test_links_to_the_old_address_are_worthless_afterwards(house: House) -> None:
    house.site.recovery.request(house.server, EMAIL, Origin())
    reset = house.token()
    house.site.email_change.confirm(house.server, asked(house))

    with pytest.raises(InvalidLink):
        house.site.recovery.confirm(house.server, reset, BETTER)


def test_a_new_password_ends_a_change_on_its_way(house: House) -> None:
    token = asked(house)
    house.site.password_change.change(house.server, house.account().id, BETTER)

    with pytest.raises(InvalidLink):
        house.site.email_change.confirm(house.server, token)


@pytest.mark.req("AU-01")
def test_the_owner_of_a_taken_address_is_told_and_nobody_else(house: House) -> None:
    house.verified("bob", "bob@people.example")

    house.site.email_change.request(house.server, house.account().id, "bob@people.example")

    assert [(template, to) for template, to, _ in house.letters()] == [
        ("already_registered", "bob@people.example")
    ]


def test_who_is_faster_has_the_address(house: House) -> None:
    token = asked(house)
    house.verified("bob", NEW)

    with pytest.raises(InvalidLink):
        house.site.email_change.confirm(house.server, token)
    assert house.account().username == "ada"
    assert house.account(NEW).username == "bob"


@pytest.mark.req("AU-17")
def test_whoever_only_waits_for_the_address_gives_way(house: House) -> None:
    house.register("mallory", NEW)
    house.letters()

    house.site.email_change.confirm(house.server, asked(house))

    assert house.account(NEW).username == "ada"


def test_what_is_no_other_address_is_refused(house: House) -> None:
    for email in ("", "ada", "a@b@new.example"):
        with pytest.raises(InvalidEmail):
            house.site.email_change.request(house.server, house.account().id, email)
    with pytest.raises(SameEmail):
        house.site.email_change.request(house.server, house.account().id, "Ada@people.example")


def test_the_old_address_takes_the_change_back(house: House) -> None:
    house.site.email_change.confirm(house.server, asked(house))
    undo = house.token()
    account = house.account(NEW).account
    cookie, _ = house.site.sessions.start(house.server, account, {"pwd": house.now}, None)
    house.site.email_change.request(house.server, account.id, "eve@new.example")
    house.site.email_change.confirm(house.server, house.token())
    house.move(timedelta(days=6))

    house.site.email_change.undo(house.server, undo, BETTER)

    house.move(timedelta(seconds=1))
    assert house.account().email_verified is True
    assert not isinstance(house.log_in(EMAIL, BETTER), LoginFailed)
    assert isinstance(house.log_in(EMAIL, GOOD), LoginFailed)
    assert house.site.sessions.find(house.server.tenant.id, cookie, house.now) is None


def test_after_a_week_it_stays_changed(house: House) -> None:
    house.site.email_change.confirm(house.server, asked(house))
    undo = house.token()
    house.move(timedelta(days=7))

    with pytest.raises(InvalidLink):
        house.site.email_change.undo(house.server, undo, BETTER)


def test_a_name_that_was_the_address_follows_it(house: House) -> None:
    account = house.verified("eve@people.example", "eve@people.example")
    house.site.email_change.request(house.server, account.id, "eve@new.example")

    house.site.email_change.confirm(house.server, house.token())

    assert house.account("eve@new.example").username == "eve@new.example"


@pytest.mark.req("PA-06")
def test_the_link_of_a_change_undoes_nothing(house: House) -> None:
    token = asked(house)

    with pytest.raises(InvalidLink):
        house.site.email_change.undo(house.server, token, BETTER)
    house.site.email_change.open(house.server, CHANGE, token)
