"""DESIGN.md section 6: export writes what apply takes, and nothing secret unless asked."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.conftest import NewDatabase
from tests.identity.configuration.configuring import NOW, SECRET, Desk, desk
from tests.identity.configuration.test_apply import EVERYTHING


@pytest.fixture
def here(database_url: str) -> Iterator[Desk]:
    made = desk(database_url)
    made.apply(EVERYTHING)
    yield made
    made.database.close()


@pytest.mark.parametrize("with_secrets", [False, True])
def test_an_export_applied_again_changes_nothing(here: Desk, with_secrets: bool) -> None:
    exported = here.configurator.export(NOW, with_secrets=with_secrets)

    plan = here.apply(json.loads(json.dumps(exported)))

    assert plan.changes == ()


def test_an_export_with_secrets_makes_the_same_server(
    here: Desk, new_database: NewDatabase
) -> None:
    here.configurator.rotate_secret("service", here.author)
    exported = here.configurator.export(NOW, with_secrets=True)
    other = desk(new_database("sqlite"))

    other.apply(exported)

    assert other.configurator.export(NOW, with_secrets=True) == exported
    secrets = other.configurator.client("service").secrets
    assert other.configurator.rules.secrets.is_one_of(secrets, SECRET)
    other.database.close()


def test_an_export_holds_no_secret_unless_asked(here: Desk) -> None:
    text = json.dumps(here.configurator.export(NOW, with_secrets=False))

    assert "$argon2" not in text
    assert "secret" not in text.replace("client_secret_basic", "")
    assert "password" not in text


def test_an_export_with_secrets_has_digests_and_hashes_only(here: Desk) -> None:
    text = json.dumps(here.configurator.export(NOW, with_secrets=True))

    assert "$argon2id$" in text
    assert SECRET not in text
    assert "Correct-Horse-7" not in text


def test_a_secret_that_has_ended_is_left_out(here: Desk) -> None:
    here.configurator.rotate_secret("service", here.author)
    later = NOW + timedelta(days=2)

    exported = here.configurator.export(later, with_secrets=True)

    service = next(c for c in exported["clients"] if c["client_id"] == "service")
    assert len(service["client_secret_digests"]) == 1
