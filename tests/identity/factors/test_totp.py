"""Codes of apps (RFC 6238): the vectors, drift, one use of each step, secrets shown once."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, unquote, urlsplit

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from authwell.identity.factors import totp
from authwell.identity.factors.checks import Proven, Refused
from authwell.identity.factors.totp import Setup
from authwell.models.factors import totp_factors
from authwell.storage.statements import Statement
from authwell.utils.sealing import CannotOpen
from tests.identity.conftest import NOW
from tests.identity.factors.conftest import STEP, App, Here

VECTORS = ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037"))
"""RFC 6238 appendix B for SHA-1, the last six digits."""
RFC_SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


@pytest.mark.parametrize(("second", "code"), VECTORS)
def test_codes_are_those_of_the_standard(second: int, code: str) -> None:
    now = datetime.fromtimestamp(second, UTC)

    assert second // 30 in totp.matching_steps(RFC_SECRET, code, now)


@given(st.text(max_size=80))
def test_any_text_is_compared_and_none_crashes(code: str) -> None:
    assert totp.matching_steps(RFC_SECRET, code.encode("utf-8", "replace").decode(), NOW) in (
        (),
        *(
            (step,)
            for step in range(int(NOW.timestamp()) // 30 - 1, int(NOW.timestamp()) // 30 + 2)
        ),
    )


@pytest.mark.req("E1", "2.6")
def test_an_app_reads_the_secret_from_uri_and_picture(here: Here) -> None:
    anna = here.people.add("anna")

    setup = here.factors.start_totp(here.at(), anna)

    assert isinstance(setup, Setup)
    uri = urlsplit(setup.uri)
    query = parse_qs(uri.query)
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert unquote(uri.path).endswith("anna@people.example")
    assert query["secret"] == [setup.secret.replace(" ", "")]
    assert query["issuer"] == [here.people.server.tenant.name]
    assert setup.qr_code.startswith("data:image/svg+xml")
    assert "script" not in setup.qr_code


@pytest.mark.req("MF-06")
def test_a_secret_has_160_bits_and_is_kept_sealed_for_its_account(here: Here) -> None:
    anna, bert = here.people.add("anna"), here.people.add("bert")
    setup = here.factors.start_totp(here.at(), anna)

    assert isinstance(setup, Setup)
    secret = setup.secret.replace(" ", "")
    assert re.fullmatch("[A-Z2-7]{32}", secret)
    (row,) = here.people.database.all(Statement(select(totp_factors)), {})
    tenant_id = here.people.server.tenant.id
    assert secret.encode() not in row.secret_sealed
    assert totp.unseal(here.sealer, row.secret_sealed, tenant_id, anna.id) == secret
    with pytest.raises(CannotOpen):
        totp.unseal(here.sealer, row.secret_sealed, tenant_id, bert.id)


@pytest.mark.req("MF-06")
def test_a_confirmed_secret_is_shown_no_more_and_not_replaced(here: Here) -> None:
    anna = here.people.add("anna")
    here.enrol(anna)

    assert here.factors.waiting_totp(here.at(), anna) is None
    assert here.factors.start_totp(here.at(), anna) == Refused("already_enrolled")


def test_a_secret_that_waits_is_shown_again_and_for_half_an_hour(here: Here) -> None:
    anna = here.people.add("anna")
    setup = here.factors.start_totp(here.at(), anna)

    assert here.factors.waiting_totp(here.at(timedelta(minutes=29)), anna) == setup
    assert here.factors.waiting_totp(here.at(timedelta(minutes=31)), anna) is None


@pytest.mark.req("E2")
def test_a_wrong_first_code_enrols_nothing(here: Here) -> None:
    anna = here.people.add("anna")
    here.factors.start_totp(here.at(), anna)

    assert here.factors.confirm_totp(here.at(), anna, "000000") == Refused("wrong_code")
    assert not here.factors.enrolled(here.at(), anna).any
    assert here.letters() == []


@pytest.mark.req("MF-01", "2.6")
def test_no_step_is_used_twice_and_none_before_it(here: Here) -> None:
    anna = here.people.add("anna")
    app = here.enrol(anna)

    code = app.code(NOW)
    assert isinstance(here.factors.check(here.at(), anna, code), Proven)
    assert here.factors.check(here.at(), anna, code) == Refused("wrong_code")
    assert here.factors.check(here.at(), anna, app.code(NOW - STEP)) == Refused("wrong_code")


@pytest.mark.req("MF-01")
def test_the_code_that_confirmed_an_app_opens_nothing(here: Here) -> None:
    anna = here.people.add("anna")
    setup = here.factors.start_totp(here.at(), anna)
    assert isinstance(setup, Setup)
    code = App(setup).code(NOW)
    here.factors.confirm_totp(here.at(), anna, code)

    assert here.factors.check(here.at(), anna, code) == Refused("wrong_code")


@pytest.mark.parametrize(
    ("steps", "is_right"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)]
)
def test_a_clock_may_differ_by_one_step(here: Here, steps: int, *, is_right: bool) -> None:
    anna = here.people.add("anna")
    app = here.enrol(anna)
    later = here.at(10 * STEP)

    outcome = here.factors.check(later, anna, app.code(later.now + steps * STEP))

    assert isinstance(outcome, Proven) is is_right


@pytest.mark.parametrize("shape", ["{} {}", " {}{} ", "{}\t{}"])
def test_spaces_in_a_code_do_not_matter(here: Here, shape: str) -> None:
    anna = here.people.add("anna")
    code = here.enrol(anna).code(NOW)

    outcome = here.factors.check(here.at(), anna, shape.format(code[:3], code[3:]))

    assert outcome == Proven({"otp": NOW})


@pytest.mark.parametrize("code", ["", " ", "12345", "1234567", "١٢٣٤٥٦", "\x00", "a" * 10_000])
def test_what_is_no_code_is_wrong(here: Here, code: str) -> None:
    anna = here.people.add("anna")
    here.enrol(anna)

    assert here.factors.check(here.at(), anna, code) == Refused("wrong_code")


def test_an_unconfirmed_app_proves_nothing(here: Here) -> None:
    anna = here.people.add("anna")
    setup = here.factors.start_totp(here.at(), anna)
    assert isinstance(setup, Setup)

    code = pyotp.TOTP(setup.secret.replace(" ", "")).at(NOW)
    assert here.factors.check(here.at(), anna, code) == Refused("wrong_code")


@pytest.mark.req("MF-03", "AU-07")
def test_guesses_are_counted_by_person_and_the_right_code_comes_too_late(here: Here) -> None:
    anna = here.people.add("anna")
    app = here.enrol(anna)
    limit = here.people.settings.account_lockout_attempts

    for _ in range(limit):
        assert here.factors.check(here.at(), anna, "000000") == Refused("wrong_code")

    assert here.factors.check(here.at(), anna, app.code(NOW)) == Refused("account_locked")
    failed = [data for kind, data in here.people.events(anna) if kind == "second_factor.failed"]
    assert [data["failures"] for data in failed] == list(range(1, limit + 1))


@pytest.mark.req("MF-03")
def test_a_right_password_between_guesses_forgives_none(here: Here) -> None:
    anna = here.people.add("anna")
    here.enrol(anna)

    here.factors.check(here.at(), anna, "000000")
    here.enter(anna, "pwd")

    assert here.people.failures(anna, "second_factor") == 1
