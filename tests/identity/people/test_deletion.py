"""Deleting an account: at once nothing of it works, and for a while it can be given back."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from authwell.identity.login.password import LoginFailed
from authwell.identity.mail.letters import MAIL, Letters
from authwell.identity.people.deletion import AccountDeletion
from authwell.models.work import outbox
from authwell.protocol.events import EventType
from authwell.protocol.model import Account, Event
from authwell.storage.errors import Conflict
from authwell.storage.statements import Statement
from authwell.storage.work.outbox import Entry
from authwell.utils.randomness import new_secret
from authwell.utils.sealing import Sealer
from tests.identity.conftest import NOW, PASSWORD, People
from tests.identity.sessions.test_devices import at

DAY = timedelta(days=1)
LETTERS = Letters(Sealer(b"k" * 32))


def deletion(people: People) -> AccountDeletion:
    """The service with the present settings."""
    return AccountDeletion(people.database, people.settings, LETTERS)


def event(people: People, account: Account, offset: timedelta = timedelta(0)) -> Event:
    """Somebody acts on an account."""
    return people.at(offset).event(EventType.ACCOUNT_DELETED, account=account)


def letters(people: People) -> list[tuple[str, str]]:
    """Template and reader of the letters that wait."""
    rows = people.database.all(Statement(select(outbox).where(outbox.c.kind == MAIL)), {})
    entries = (Entry(row.tenant_id, row.kind, row.payload, row.created_at) for row in rows)
    return [(letter.template, letter.to) for letter in map(LETTERS.open, entries)]


@pytest.mark.req("G12", "G16", "2.9", "SE-08")
def test_a_deleted_account_can_do_nothing(people: People) -> None:
    anna, value = people.add("anna", email_verified=True), new_secret("awd")
    cookie, _ = people.sessions.start(at(people, value), anna, {"pwd": NOW}, None)

    erased_at = deletion(people).delete(event(people, anna, DAY))

    assert erased_at == NOW + 31 * DAY
    assert people.sessions.find(people.server.tenant.id, cookie, NOW + DAY) is None
    assert isinstance(people.login.authenticate(people.at(DAY), "anna", PASSWORD), LoginFailed)
    assert people.devices.list(people.server.tenant.id, anna.id) == ()
    assert letters(people) == [("account_deleted", "anna@people.example")]
    assert [type_ for type_, _ in people.events(anna)].count("account.deleted") == 1


def test_nobody_is_deleted_twice(people: People) -> None:
    anna = people.add("anna", email_verified=True)
    deletion(people).delete(event(people, anna))

    assert deletion(people).delete(event(people, anna, DAY)) is None
    assert deletion(people).delete(replace(event(people, anna), account_id="nobody")) is None
    assert len(letters(people)) == 1


def test_an_address_that_nobody_has_proven_is_not_written_to(people: People) -> None:
    deletion(people).delete(event(people, people.add("anna")))

    assert letters(people) == []


@pytest.mark.req("2.9")
def test_the_name_stays_taken(people: People) -> None:
    deletion(people).delete(event(people, people.add("anna")))

    with pytest.raises(Conflict):
        people.add("Anna", email="other@people.example")


def test_an_administrator_gives_it_back_without_its_sessions(people: People) -> None:
    anna = people.add("anna")
    cookie, _ = people.sessions.start(people.server, anna, {"pwd": NOW}, None)
    deletion(people).delete(event(people, anna, DAY))

    assert deletion(people).restore(event(people, anna, 2 * DAY))

    assert not deletion(people).restore(event(people, anna, 2 * DAY))
    assert people.sessions.find(people.server.tenant.id, cookie, NOW + 2 * DAY) is None
    assert isinstance(people.login.authenticate(people.at(3 * DAY), "anna", PASSWORD), Account)
