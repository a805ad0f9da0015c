"""Another password for somebody who is logged in (THREATS.md AU-18, REQUIREMENTS.md C10)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from authwell.identity.login.password import LoginFailed
from authwell.identity.passwords.change import AccountGone
from authwell.identity.people.desk import InvalidLink, WeakPassword
from authwell.identity.people.verification import Origin
from tests.conftest import NewDatabase
from tests.support.house import BETTER, EMAIL, GOOD, House, house_on


@pytest.fixture
def house(new_database: NewDatabase) -> Iterator[House]:
    """A house with ada in it."""
    house = house_on(new_database("sqlite"))
    house.verified()
    yield house
    house.site.database.close()


@pytest.mark.req("AU-18", "C10", "SE-01", "SE-08")
def test_the_present_session_goes_on_under_another_cookie_and_the_others_end(house: House) -> None:
    account, tenant_id = house.account().account, house.server.tenant.id
    other, _ = house.site.sessions.start(house.server, account, {"pwd": house.now}, None)
    old, present = house.site.sessions.start(house.server, account, {"pwd": house.now}, None)
    house.move(timedelta(seconds=1))

    cookie = house.site.password_change.change(house.server, account.id, BETTER, present)

    house.move(timedelta(seconds=1))
    assert cookie is not None
    found = house.site.sessions.find(tenant_id, cookie, house.now)
    assert found is not None
    assert found.id == present.id
    assert house.site.sessions.find(tenant_id, old, house.now) is None
    assert house.site.sessions.find(tenant_id, other, house.now) is None
    assert not isinstance(house.log_in(password=BETTER), LoginFailed)
    assert isinstance(house.log_in(password=GOOD), LoginFailed)
    assert "password.changed" in house.events()
    assert [(template, to) for template, to, _ in house.letters()] == [("password_changed", EMAIL)]


@pytest.mark.req("RC-02")
def test_links_to_another_password_are_worthless_afterwards(house: House) -> None:
    house.site.recovery.request(house.server, EMAIL, Origin())
    token = house.token()

    assert house.site.password_change.change(house.server, house.account().id, BETTER) is None

    with pytest.raises(InvalidLink):
        house.site.recovery.confirm(house.server, token, "Third-Horse-9-Battery")


def test_a_weak_password_is_refused(house: House) -> None:
    with pytest.raises(WeakPassword):
        house.site.password_change.change(house.server, house.account().id, "short")

    assert not isinstance(house.log_in(), LoginFailed)


def test_nobody_gets_a_password_who_is_off(house: House) -> None:
    account_id = house.account().id
    house.rows("UPDATE accounts SET status = 'disabled'")

    for one in (account_id, "nobody"):
        with pytest.raises(AccountGone):
            house.site.password_change.change(house.server, one, BETTER)
