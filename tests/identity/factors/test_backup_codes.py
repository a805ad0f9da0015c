"""Backup codes: ten, each used once, new ones end the old."""

import pytest
from sqlalchemy import select

from authwell.identity.factors.backup_codes import CodeKeys, new_codes, normalised
from authwell.identity.factors.checks import Proven, Refused
from authwell.identity.factors.second_factors import Added
from authwell.models.factors import backup_codes
from authwell.storage.statements import Statement
from tests.identity.conftest import NOW
from tests.identity.factors.conftest import Here


@pytest.mark.req("MF-07")
def test_ten_codes_of_eighty_bits_are_kept_as_macs(here: Here) -> None:
    anna = here.people.add("anna")

    codes = here.enrol(anna).backup_codes

    assert len(set(codes)) == 10
    assert all(len(normalised(code) or "") * 5 >= 64 for code in codes)
    rows = here.people.database.all(Statement(select(backup_codes)), {})
    assert {len(row.digest) for row in rows} == {32}
    keys = CodeKeys.of(here.people.settings)
    assert {row.digest for row in rows} == {keys.kept(anna.id, code) for code in codes}


@pytest.mark.req("E6", "MF-07")
def test_each_opens_once_however_it_is_written(here: Here) -> None:
    anna = here.people.add("anna")
    code, other, *_ = here.enrol(anna).backup_codes

    assert here.factors.check(here.at(), anna, code.upper()) == Proven({"otp": NOW})
    assert here.factors.check(here.at(), anna, code) == Refused("wrong_code")
    assert here.factors.check(here.at(), anna, other.replace("-", " ")) == Proven({"otp": NOW})
    assert here.factors.enrolled(here.at(), anna).backup_codes == 8


def test_nobody_else_has_the_code(here: Here) -> None:
    anna, bert = here.people.add("anna"), here.people.add("bert")
    here.enrol(bert)

    code = here.enrol(anna).backup_codes[0]

    assert here.factors.check(here.at(), bert, code) == Refused("wrong_code")


@pytest.mark.req("E5", "MF-07")
def test_new_codes_end_all_before(here: Here) -> None:
    anna = here.people.add("anna")
    old = here.enrol(anna).backup_codes

    added = here.factors.renew_backup_codes(here.at(), anna)

    assert isinstance(added, Added)
    assert not set(added.backup_codes) & set(old)
    assert here.factors.check(here.at(), anna, old[0]) == Refused("wrong_code")
    assert isinstance(here.factors.check(here.at(), anna, added.backup_codes[0]), Proven)


def test_codes_stand_in_for_a_factor_and_need_one(here: Here) -> None:
    anna = here.people.add("anna")

    assert here.factors.renew_backup_codes(here.at(), anna) == Refused("not_enrolled")


def test_a_letter_tells_when_few_are_left(here: Here) -> None:
    anna = here.people.add("anna")
    codes = here.enrol(anna).backup_codes

    for code in codes[:7]:
        here.factors.check(here.at(), anna, code)

    assert [letter.template for letter in here.letters()] == ["factor_added", "backup_codes_low"]
    assert here.letters()[-1].values["left"] == "3"


def test_codes_outlive_a_change_of_the_key() -> None:
    old, new = b"o" * 32, b"n" * 32
    (code, *_) = new_codes()

    kept = CodeKeys([old]).kept("a", code)

    assert kept in CodeKeys([new, old]).candidates("a", code)
    assert kept not in CodeKeys([new]).candidates("a", code)
