"""The link that shows whose an address is (REQUIREMENTS.md D1 to D5, D11)."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from authwell.identity.login.password import LoginFailed
from authwell.identity.people.desk import InvalidLink, WeakPassword
from authwell.identity.people.verification import Opener, Origin, PasswordNeeded
from authwell.utils.randomness import digest
from tests.conftest import NewDatabase
from tests.support.house import BETTER, EMAIL, GOOD, HERE, House, house_on

THERE = b"2" * 32
PROGRAM = Opener(is_program=True)


@pytest.fixture
def house(new_database: NewDatabase) -> Iterator[House]:
    """A house where addresses are verified."""
    house = house_on(new_database("sqlite"))
    yield house
    house.site.database.close()


@pytest.mark.req("D1", "D2", "D8")
def test_a_link_works_once(house: House) -> None:
    house.register(origin=Origin(HERE, "awi_waiting"))
    token = house.token()

    verified = house.site.verification.confirm(house.server, token, Opener(HERE))

    assert (verified.interaction, verified.shown) == ("awi_waiting", house.now)
    with pytest.raises(InvalidLink):
        house.site.verification.confirm(house.server, token, Opener(HERE))
    with pytest.raises(InvalidLink):
        house.site.verification.open(house.server, token)


@pytest.mark.req("Q-EMAIL_VERIFICATION_EXPIRE_HOURS", "D5")
def test_a_link_lives_as_long_as_the_setting_says(new_database: NewDatabase) -> None:
    house = house_on(new_database("sqlite"), EMAIL_VERIFICATION_EXPIRE_HOURS="2")
    house.register()
    ((_, _, values),) = house.letters()
    token = values["link"].partition("token=")[2]

    house.move(timedelta(hours=1, minutes=59))
    house.site.verification.open(house.server, token)
    house.move(timedelta(minutes=1))

    assert values["minutes"] == "120"
    with pytest.raises(InvalidLink):
        house.site.verification.confirm(house.server, token, PROGRAM)


@pytest.mark.req("D11")
def test_the_token_is_kept_as_its_digest_with_account_and_expiry(house: House) -> None:
    house.register()
    token = house.token()

    (row,) = house.rows("SELECT * FROM handles WHERE kind = 'email_verification'")

    assert bytes(row["digest"]) == digest(token)
    assert row["account_id"] == house.account().id
    assert row["expires_at"]
    assert token not in str(row)


@pytest.mark.req("AU-17")
def test_in_another_browser_its_owner_chooses_a_password(house: House) -> None:
    house.register(password=GOOD)
    token = house.token()

    for opener in (Opener(), Opener(THERE), Opener(None, "another account")):
        with pytest.raises(PasswordNeeded):
            house.site.verification.confirm(house.server, token, opener)
    with pytest.raises(WeakPassword):
        house.site.verification.confirm(house.server, token, Opener(THERE), "short")
    verified = house.site.verification.confirm(house.server, token, Opener(THERE), BETTER)

    assert verified.shown == house.now
    assert isinstance(house.log_in(password=GOOD), LoginFailed)
    assert not isinstance(house.log_in(password=BETTER), LoginFailed)


@pytest.mark.req("AU-17")
def test_what_was_set_up_before_the_owner_came_is_dropped(new_database: NewDatabase) -> None:
    house = house_on(new_database("sqlite"), REQUIRE_EMAIL_VERIFICATION="false")
    house.register(password=GOOD)
    token = house.token()
    account = house.account()
    cookie, _ = house.site.sessions.start(house.server, account.account, {"pwd": house.now}, None)
    set_up(house, account.id)

    house.site.verification.confirm(house.server, token, Opener(THERE), BETTER)

    house.move(timedelta(seconds=1))
    assert house.site.sessions.find(house.server.tenant.id, cookie, house.now) is None
    assert left_of(house, account.id) == {"totp_factors": 0, "api_keys": 0}


def set_up(house: House, account_id: str) -> None:
    """What outlives a password: an authenticator app and an API key."""
    key = {"account": account_id, "tenant": house.server.tenant.id, "now": "2026-11-21 12:00:00"}
    house.rows(
        "INSERT INTO totp_factors (account_id, tenant_id, secret_sealed, created_at, confirmed_at)"
        " VALUES (:account, :tenant, 'x', :now, :now)",
        **key,
    )
    house.rows(
        "INSERT INTO api_keys (id, tenant_id, account_id, digest, hint, name, scopes, created_at)"
        " VALUES ('k', :tenant, :account, 'd', 'h', 'n', '[]', :now)",
        **key,
    )


def left_of(house: House, account_id: str) -> dict[str, int]:
    """How much of that is left."""
    totp = house.rows("SELECT 1 FROM totp_factors WHERE account_id = :a", a=account_id)
    keys = house.rows(
        "SELECT 1 FROM api_keys WHERE account_id = :a AND revoked_at IS NULL", a=account_id
    )
    return {"totp_factors": len(totp), "api_keys": len(keys)}


@pytest.mark.req("D3")
def test_a_link_can_be_sent_again_and_ends_the_one_before(house: House) -> None:
    house.register(origin=Origin(HERE, "awi_waiting"))
    first = house.token()

    house.site.verification.resend(house.server, " ADA@people.example")
    ((template, to, values),) = house.letters()
    second = values["link"].partition("token=")[2]

    assert (template, to) == ("verify_email", EMAIL)
    with pytest.raises(InvalidLink):
        house.site.verification.confirm(house.server, first, PROGRAM)
    verified = house.site.verification.confirm(house.server, second, Opener(HERE))
    assert verified.interaction == "awi_waiting"


@pytest.mark.req("AU-17")
def test_whoever_asks_for_another_link_is_not_thereby_who_registered(house: House) -> None:
    house.register(origin=Origin(HERE))
    house.letters()

    house.site.verification.resend(house.server, EMAIL)
    token = house.token()

    with pytest.raises(PasswordNeeded):
        house.site.verification.confirm(house.server, token, Opener(THERE))


@pytest.mark.req("AU-01", "D3")
@pytest.mark.parametrize("email", ["nobody@people.example", "bob@people.example", "", "\x00", "@"])
def test_nothing_is_sent_to_who_waits_for_nothing(house: House, email: str) -> None:
    house.verified("bob", "bob@people.example")

    house.site.verification.resend(house.server, email)

    assert house.letters() == []


@pytest.mark.req("RC-05")
def test_a_link_is_good_for_the_exact_address(house: House) -> None:
    house.register()
    token = house.token()
    house.rows("UPDATE accounts SET email_canonical = 'eve@people.example'")

    with pytest.raises(InvalidLink):
        house.site.verification.confirm(house.server, token, PROGRAM)


def test_a_disabled_account_is_not_woken_by_its_link(house: House) -> None:
    house.register()
    token = house.token()
    house.rows("UPDATE accounts SET status = 'disabled'")

    with pytest.raises(InvalidLink):
        house.site.verification.confirm(house.server, token, PROGRAM)
    assert house.account().status == "disabled"


@pytest.mark.req("PA-06", "AU-15")
@pytest.mark.parametrize("token", ["", "verify_", "\x00", "\ud800", "x" * 10_000])
def test_what_is_no_token_is_refused(house: House, token: str) -> None:
    house.register()

    with pytest.raises(InvalidLink):
        house.site.verification.confirm(house.server, token, PROGRAM)


@pytest.mark.req("PA-06")
def test_a_link_of_another_kind_verifies_nothing(house: House) -> None:
    house.register()
    house.letters()
    house.site.recovery.request(house.server, EMAIL, Origin())
    token = house.token()

    with pytest.raises(InvalidLink):
        house.site.verification.confirm(house.server, token, PROGRAM)
