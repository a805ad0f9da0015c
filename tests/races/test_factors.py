"""Twenty bring the same code at once, on SQLite and PostgreSQL: exactly one was first."""

import pytest

from authwell.identity.factors.backup_codes import CodeKeys, new_codes
from authwell.storage.database import Database
from authwell.storage.login.backup_codes import BackupCodes, replace_codes
from authwell.storage.login.factors import Factors, TotpRecord, Use, confirm_totp
from tests.races.runners import Race, processes, race
from tests.storage.worlds import ACCOUNT, LATER, NOW, TENANT

__all__ = ["processes", "race"]

STEPS = range(1000, 1100)
CODES = tuple(f"code-{number}".encode().ljust(32) for number in range(100))


def use_steps(database: Database, _: int) -> list[int]:
    factors = Factors(database)
    return [step for step in STEPS if factors.use_step(TENANT, ACCOUNT.id, step)]


def use_codes(database: Database, _: int) -> list[bytes]:
    codes = BackupCodes(database)
    return [code for code in CODES if codes.use(TENANT, ACCOUNT.id, code, LATER)]


def confirm(database: Database, number: int) -> bool:
    found = TotpRecord(b"sealed", NOW, None)
    with database.transaction() as transaction:
        return confirm_totp(transaction, TENANT, ACCOUNT.id, found, Use(number, LATER))


@pytest.mark.req("MF-01", "MF-02")
def test_each_step_of_an_app_is_used_once(race: Race) -> None:
    database = Database(race.url)
    Factors(database).put_totp(TENANT, ACCOUNT.id, b"sealed", NOW)
    with database.transaction() as transaction:
        found = TotpRecord(b"sealed", NOW, None)
        assert confirm_totp(transaction, TENANT, ACCOUNT.id, found, Use(1, NOW))

    used = [step for steps in race.run(use_steps) for step in steps]

    assert len(used) == len(set(used))
    assert max(used) == max(STEPS)
    database.close()


@pytest.mark.req("MF-02", "MF-07")
def test_each_backup_code_is_used_once(race: Race) -> None:
    database = Database(race.url)
    with database.transaction() as transaction:
        replace_codes(transaction, TENANT, ACCOUNT.id, CODES, NOW)

    used = [code for codes in race.run(use_codes) for code in codes]

    assert sorted(used) == sorted(CODES)
    database.close()


@pytest.mark.req("MF-02")
def test_one_confirms_an_app(race: Race) -> None:
    database = Database(race.url)
    Factors(database).put_totp(TENANT, ACCOUNT.id, b"sealed", NOW)

    assert sum(race.run(confirm)) == 1
    database.close()


def test_codes_are_macs_of_their_account() -> None:
    keys = CodeKeys([b"k" * 32])

    (code, *_) = new_codes()

    assert keys.kept("a", code) != keys.kept("b", code)
