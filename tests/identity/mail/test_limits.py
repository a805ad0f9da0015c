"""How many mails strangers may have sent."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from authwell.config.settings import load_settings
from authwell.identity.mail.limits import MailLimits, Purpose
from authwell.storage.cleanup import CleanUp
from authwell.storage.database import Database
from tests.config.test_settings import DEVELOPMENT
from tests.conftest import NewDatabase
from tests.storage.worlds import NOW, TENANT

HOUR = timedelta(hours=1)
ADA = "ada@example.com"


@pytest.fixture(params=["sqlite", "postgresql"])
def database(new_database: NewDatabase, request: pytest.FixtureRequest) -> Iterator[Database]:
    opened = Database(new_database(request.param))
    yield opened
    opened.close()


def limits(database: Database, **environ: str) -> MailLimits:
    return MailLimits(database, load_settings({**DEVELOPMENT, **environ}))


@pytest.mark.req("RC-07")
def test_one_address_gets_so_many_mails_of_a_kind(database: Database) -> None:
    here = limits(database, RATE_LIMIT_PASSWORD_RESET="3/hour")

    callers = [f"192.0.2.{number}" for number in range(5)]
    answers = [here.allow(TENANT, "reset", ADA, caller, NOW) for caller in callers]

    assert answers == [True, True, True, False, False]
    assert here.allow(TENANT, "unlock", ADA, "192.0.2.1", NOW)
    assert here.allow(TENANT, "reset", "grace@example.com", "192.0.2.1", NOW)
    assert here.allow(TENANT, "reset", ADA, "192.0.2.1", NOW + HOUR)


@pytest.mark.req("RC-07")
@pytest.mark.parametrize("spelling", ["ADA@example.com", "Ada@EXAMPLE.com", " ada@example.com "])
def test_another_spelling_is_the_same_address(database: Database, spelling: str) -> None:
    here = limits(database, RATE_LIMIT_PASSWORD_RESET="1/hour")

    here.allow(TENANT, "reset", ADA, "192.0.2.1", NOW)

    assert not here.allow(TENANT, "reset", spelling, "192.0.2.2", NOW)


@pytest.mark.req("RC-07")
def test_one_address_gets_so_many_mails_at_all(database: Database) -> None:
    here = limits(database, RATE_LIMIT_MAILS_PER_ADDRESS="2/hour")

    purposes: tuple[Purpose, ...] = ("reset", "unlock", "verify")
    answers = [here.allow(TENANT, purpose, ADA, None, NOW) for purpose in purposes]

    assert answers == [True, True, False]


@pytest.mark.req("RC-07")
def test_one_caller_has_so_many_mails_sent(database: Database) -> None:
    here = limits(database, RATE_LIMIT_MAILS_PER_IP="2/hour")

    people = [f"person-{number}@example.com" for number in range(3)]
    answers = [here.allow(TENANT, "magic_link", to, "192.0.2.1", NOW) for to in people]

    assert answers == [True, True, False]
    assert here.allow(TENANT, "magic_link", "other@example.com", "192.0.2.2", NOW)


def test_counts_go_when_their_period_is_over(database: Database) -> None:
    limits(database).allow(TENANT, "reset", ADA, "192.0.2.1", NOW)

    done = CleanUp(database).run(NOW + HOUR)

    assert done["counts"] == 3


def test_without_limits_nothing_is_counted(database: Database) -> None:
    here = limits(database, RATE_LIMITING_ENABLED="false", RATE_LIMIT_PASSWORD_RESET="1/hour")

    answers = [here.allow(TENANT, "reset", ADA, "192.0.2.1", NOW) for _ in range(3)]

    assert answers == [True, True, True]
