"""A forgotten password (REQUIREMENTS.md D6 to D8; THREATS.md RC-02, RC-03)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from authwell.identity.login.password import LoginFailed
from authwell.identity.people.desk import InvalidLink, WeakPassword
from authwell.identity.people.verification import Opener, Origin
from authwell.storage.cleanup import CleanUp
from tests.conftest import NewDatabase
from tests.support.house import BETTER, EMAIL, GOOD, HERE, House, house_on

OTHER = "Another-Horse-8-Battery"


@pytest.fixture(params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, new_database: NewDatabase) -> Iterator[House]:
    """A house with ada in it."""
    house = house_on(new_database(request.param))
    house.verified()
    yield house
    house.site.database.close()


def asked(house: House, email: str = EMAIL) -> str:
    """The token that somebody got who asked for one."""
    house.site.recovery.request(house.server, email, Origin(HERE, "awi_waiting"))
    return house.token()


@pytest.mark.req("D6", "D7", "2.3")
def test_a_link_sets_another_password(house: House) -> None:
    house.site.recovery.request(house.server, " ADA@people.example", Origin(HERE, "awi_waiting"))
    ((template, to, values),) = house.letters()
    token = values["link"].partition("token=")[2]
    interaction = house.site.recovery.confirm(house.server, token, BETTER, HERE)

    assert (template, to, values["minutes"]) == ("reset_password", EMAIL, "60")
    assert interaction == "awi_waiting"
    assert isinstance(house.log_in(password=GOOD), LoginFailed)
    assert not isinstance(house.log_in(password=BETTER), LoginFailed)
    assert [template for template, _, _ in house.letters()] == ["password_changed"]
    assert {"password.reset_requested", "password.reset"} <= set(house.events())


@pytest.mark.req("RC-02", "D8")
def test_a_link_works_once(house: House) -> None:
    token = asked(house)
    house.site.recovery.confirm(house.server, token, BETTER)

    with pytest.raises(InvalidLink):
        house.site.recovery.confirm(house.server, token, OTHER)
    assert not isinstance(house.log_in(password=BETTER), LoginFailed)


@pytest.mark.req("RC-02", "D8", "Q-PASSWORD_RESET_TOKEN_EXPIRE_HOURS")
def test_a_link_works_for_an_hour(house: House) -> None:
    token = asked(house)
    house.move(timedelta(minutes=59))
    house.site.recovery.open(house.server, token)
    house.move(timedelta(minutes=1))

    with pytest.raises(InvalidLink):
        house.site.recovery.confirm(house.server, token, BETTER)


@pytest.mark.req("RC-02")
def test_a_link_is_worthless_after_the_password_has_changed(house: House) -> None:
    first, second = asked(house), asked(house)
    house.site.recovery.confirm(house.server, first, BETTER)

    with pytest.raises(InvalidLink):
        house.site.recovery.confirm(house.server, second, OTHER)


@pytest.mark.req("RC-02")
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE accounts SET email_canonical = 'new@people.example'",
        "UPDATE accounts SET not_before = '2026-11-21 12:00:00+00:00'",
        "UPDATE accounts SET status = 'disabled'",
        "UPDATE accounts SET status = 'deleted'",
    ],
)
def test_a_link_is_bound_to_what_the_account_was(house: House, change: str) -> None:
    token = asked(house)
    house.rows(change)

    with pytest.raises(InvalidLink):
        house.site.recovery.confirm(house.server, token, BETTER)


@pytest.mark.req("RC-03")
def test_what_changes_between_the_page_and_the_form_counts(house: House) -> None:
    token = asked(house)
    house.site.recovery.open(house.server, token)
    house.rows("UPDATE handles SET consumed_at = created_at WHERE kind = 'password_reset'")

    with pytest.raises(InvalidLink):
        house.site.recovery.confirm(house.server, token, BETTER)
    assert not isinstance(house.log_in(password=GOOD), LoginFailed)


@pytest.mark.req("AU-11")
def test_a_weak_password_leaves_the_link_as_it_is(house: House) -> None:
    token = asked(house)

    for weak in ("short", "", "ada"):
        with pytest.raises(WeakPassword):
            house.site.recovery.confirm(house.server, token, weak)
    house.site.recovery.confirm(house.server, token, BETTER)

    assert not isinstance(house.log_in(password=BETTER), LoginFailed)


@pytest.mark.req("C10", "AU-18", "SE-08")
def test_all_sessions_end_and_so_does_a_lock(house: House) -> None:
    account = house.account().account
    cookies = [
        house.site.sessions.start(house.server, account, {"pwd": house.now}, None)[0]
        for _ in range(2)
    ]
    for _ in range(6):
        house.log_in(password="wrong")
    token = asked(house)
    house.move(timedelta(seconds=1))

    house.site.recovery.confirm(house.server, token, BETTER)

    tenant_id = house.server.tenant.id
    assert [house.site.sessions.find(tenant_id, cookie, house.now) for cookie in cookies] == [
        None,
        None,
    ]
    assert not isinstance(house.log_in(password=BETTER), LoginFailed)


@pytest.mark.req("MF-08")
def test_second_factors_stay(house: House) -> None:
    account_id = house.account().id
    add_totp(house, account_id)

    house.site.recovery.confirm(house.server, asked(house), BETTER)

    assert house.rows("SELECT 1 FROM totp_factors") != []


@pytest.mark.req("AU-17")
def test_the_owner_of_an_address_takes_an_account_over_that_waits(
    new_database: NewDatabase,
) -> None:
    house = house_on(new_database("sqlite"))
    house.register("mallory", EMAIL, password=GOOD)
    planted = house.token()
    add_totp(house, house.account().id)

    house.site.recovery.confirm(house.server, asked(house), BETTER)

    account = house.account()
    assert (account.status, account.email_verified) == ("active", True)
    assert isinstance(house.log_in(password=GOOD), LoginFailed)
    assert not isinstance(house.log_in(password=BETTER), LoginFailed)
    assert house.rows("SELECT 1 FROM totp_factors") == []
    with pytest.raises(InvalidLink):
        house.site.verification.confirm(house.server, planted, Opener(HERE))


def add_totp(house: House, account_id: str) -> None:
    """An authenticator app."""
    house.rows(
        "INSERT INTO totp_factors (account_id, tenant_id, secret_sealed, created_at, confirmed_at)"
        " VALUES (:account, :tenant, 'x', '2026-11-21 12:00:00+00', '2026-11-21 12:00:00+00')",
        account=account_id,
        tenant=house.server.tenant.id,
    )


@pytest.mark.req("AU-01")
@pytest.mark.parametrize("email", ["nobody@people.example", "", "ada", "\x00", "a@b@c"])
def test_nothing_is_sent_for_an_unknown_address(house: House, email: str) -> None:
    house.site.recovery.request(house.server, email, Origin())

    assert house.letters() == []


@pytest.mark.req("AU-01")
@pytest.mark.parametrize("status", ["disabled", "deleted"])
def test_nothing_is_sent_for_an_account_that_is_off(house: House, status: str) -> None:
    house.rows("UPDATE accounts SET status = :status", status=status)

    house.site.recovery.request(house.server, EMAIL, Origin())

    assert house.letters() == []


def test_an_account_without_a_password_gets_one(house: House) -> None:
    house.rows("DELETE FROM credentials")

    house.site.recovery.confirm(house.server, asked(house), BETTER)

    assert not isinstance(house.log_in(password=BETTER), LoginFailed)


@pytest.mark.req("RC-02")
def test_a_link_is_for_its_own_account(house: House) -> None:
    house.verified("bob", "bob@people.example")

    house.site.recovery.confirm(house.server, asked(house), BETTER)

    assert not isinstance(house.log_in("bob"), LoginFailed)
    assert isinstance(house.log_in("bob", BETTER), LoginFailed)


def test_another_browser_learns_nothing_of_the_waiting_request(house: House) -> None:
    assert house.site.recovery.confirm(house.server, asked(house), BETTER, b"2" * 32) is None


@pytest.mark.req("AU-02")
def test_as_much_is_written_for_nobody_and_cleaned_up_later(house: House) -> None:
    house.site.recovery.request(house.server, "nobody@people.example", Origin())
    house.site.verification.resend(house.server, "nobody@people.example")

    written = house.rows("SELECT 1 FROM handles WHERE kind = 'nobody'")
    clean_up = CleanUp(house.site.database).run(house.now + timedelta(days=8))

    assert house.letters() == []
    assert len(written) == 2
    assert clean_up["outbox"] >= 2
    assert house.rows("SELECT 1 FROM handles WHERE kind = 'nobody'") == []
