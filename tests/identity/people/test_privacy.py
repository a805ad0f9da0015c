"""Privacy: all that is held is exported, and an erased person leaves a pseudonym alone (2.9)."""

from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
from sqlalchemy import select

from authwell.identity.audit.chaining import Chaining
from authwell.identity.audit.retention import Retention
from authwell.identity.audit.tokens import AuditKeys
from authwell.identity.mail.letters import Letters
from authwell.identity.people.deletion import AccountDeletion
from authwell.identity.people.privacy import Privacy
from authwell.models import Base
from authwell.models.audit import audit_events
from authwell.protocol.events import EventType
from authwell.protocol.model import Account, Event
from authwell.storage.access.edit import edit_access
from authwell.storage.audit.events import AuditLog
from authwell.storage.audit.partitions import drop_partitions, make_partitions
from authwell.storage.cleanup import CleanUp
from authwell.storage.people.erasure import scrubbed
from authwell.storage.people.personal_data import SECTIONS
from authwell.storage.statements import Statement
from authwell.utils.randomness import digest, new_secret
from authwell.utils.sealing import Sealer
from tests.identity.conftest import HASH, NOW, People
from tests.identity.sessions.test_devices import FIREFOX, at

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


def event(people: People, account: Account, offset: timedelta = timedelta(0)) -> Event:
    """Somebody acts on an account."""
    return people.at(offset).event(EventType.ACCOUNT_DELETED, account=account)


def lived_in(people: People) -> tuple[Account, list[str]]:
    """An account with a history, and the secrets that open it."""
    anna = people.add("anna", full_name="Anna Example", locale="de", roles=["admin"])
    device = new_secret("awd")
    cookie, _ = people.sessions.start(at(people, device), anna, {"pwd": NOW}, None)
    people.login.authenticate(people.server, "anna", "wrong")
    data = {"email": "anna@people.example", "factor": "totp", "to": {"name": "Anna"}, "left": 3}
    AuditLog(people.database).add(
        people.server.event(EventType.FACTOR_ADDED, account=anna, data=data)
    )
    acted = replace(people.server.event(EventType.CLIENT_CREATED), actor=anna.id)
    AuditLog(people.database).add(acted)
    return anna, [cookie, device, HASH, digest(cookie).hex(), digest(device).hex()]


@pytest.mark.req("2.9", "C11")
def test_the_export_has_everything_but_what_opens_doors(people: People) -> None:
    anna, secrets = lived_in(people)

    document = Privacy(people.database).export(event(people, anna))

    assert document is not None
    assert set(document) == {"version", "exported_at", *SECTIONS}
    assert document["account"]["full_name"] == "Anna Example"
    assert document["sessions"][0]["user_agent"] == FIREFOX
    assert document["devices"][0]["name"] == "Firefox on Linux"
    assert {one["type"] for one in document["events"]} >= {"login.succeeded", "login.failed"}
    shown = orjson.dumps(document).decode()
    assert not [secret for secret in secrets if secret in shown]
    assert people.events(anna)[-1] == ("account.exported", {})


def test_anothers_export_has_nothing_of_it(people: People) -> None:
    lived_in(people)
    bert = people.add("bert")

    document = Privacy(people.database).export(event(people, bert))

    assert "anna" not in orjson.dumps(document).decode().lower()
    assert Privacy(people.database).export(replace(event(people, bert), account_id="x")) is None


def test_every_table_of_people_is_exported() -> None:
    of_people = {name for name, table in Base.metadata.tables.items() if "account_id" in table.c}

    exported = {section.table.name for section in SECTIONS.values()}
    # The guard of the version before: nothing is written there any more.
    assert of_people - {"login_guards"} == exported - {"accounts"}


@pytest.mark.req("2.9", "G12")
def test_an_erased_person_leaves_a_pseudonym_and_nothing_else(people: People) -> None:
    anna, _ = lived_in(people)

    pseudonym = Privacy(people.database).erase(event(people, anna))

    assert pseudonym is not None
    everything = _all_rows(people)
    for personal in ("anna", anna.id, FIREFOX):
        assert personal.lower() not in everything.lower(), personal
    rows = people.database.all(
        Statement(select(audit_events).where(audit_events.c.account_id == pseudonym)), {}
    )
    assert {row.type for row in rows} >= {"login.succeeded", "factor.added", "account.erased"}
    assert all(row.address is None for row in rows)
    (added,) = [row.data for row in rows if row.type == "factor.added"]
    assert added == {"factor": "totp", "to": {}, "left": 3}


@pytest.mark.req("2.9")
@pytest.mark.parametrize("still", [True, False])
def test_who_acted_by_way_of_a_group_is_forgotten_as_well(people: People, still: bool) -> None:
    anna, bert = people.add("anna"), people.add("bert")
    with edit_access(people.database, people.server.tenant.id, NOW) as edit:
        boss = edit.add_role("boss", "")
        group = edit.add_group("bosses", "")
        edit.set_group_roles(group.id, [boss.id])
        edit.add_member(group.id, anna.id)
        edit.record(people.server.event(EventType.GROUP_MEMBER_ADDED, account=anna))
        if not still:
            edit.remove_member(group.id, anna.id)
    acted = people.server.event(
        EventType.ACCOUNT_UPDATED, account=bert, data={"members": ["roles"]}
    )
    AuditLog(people.database).add(replace(acted, actor=anna.id))

    pseudonym = Privacy(people.database).erase(event(people, anna))

    assert anna.id not in _all_rows(people)
    assert f"'{pseudonym}'" in _all_rows(people)
    assert people.events(bert)[-1] == ("account.updated", {"members": ["roles"]})


@pytest.mark.req("2.9")
def test_a_deleted_account_is_erased_after_its_time(people: People) -> None:
    anna, _ = lived_in(people)
    deletion = AccountDeletion(people.database, people.settings, Letters(Sealer(b"k" * 32)))
    erased_at = deletion.delete(event(people, anna))
    assert erased_at is not None

    early = CleanUp(people.database).run(erased_at - DAY)
    late = CleanUp(people.database).run(erased_at + DAY)

    assert (early["erased accounts"], late["erased accounts"]) == (0, 1)
    assert not deletion.restore(event(people, anna, 32 * DAY))
    people.add("anna")


def test_one_that_was_given_back_is_not_erased(people: People) -> None:
    anna, _ = lived_in(people)
    deletion = AccountDeletion(people.database, people.settings, Letters(Sealer(b"k" * 32)))
    deletion.delete(event(people, anna))
    deletion.restore(event(people, anna, DAY))

    assert CleanUp(people.database).run(NOW + 31 * DAY)["erased accounts"] == 0
    assert people.record(anna).status == "active"


def test_events_go_after_their_time(people: People) -> None:
    anna, _ = lived_in(people)
    keys = AuditKeys(Sealer(b"k" * 32))
    Chaining(people.database, keys, MINUTE).run(NOW)

    Retention(people.database, keys, 90 * DAY).run(NOW + 89 * DAY)
    kept = len(people.events(anna))
    Retention(people.database, keys, 90 * DAY).run(NOW + 91 * DAY)

    assert kept >= 3
    assert people.events(anna) == []


def test_months_that_are_past_and_empty_are_dropped_whole(people: People) -> None:
    anna, _ = lived_in(people)
    make_partitions(people.database, NOW)
    keys = AuditKeys(Sealer(b"k" * 32))
    Chaining(people.database, keys, MINUTE).run(NOW)

    early = drop_partitions(people.database, NOW + 100 * DAY)
    kept = len(people.events(anna))
    Retention(people.database, keys, 90 * DAY).run(NOW + 100 * DAY)
    late = drop_partitions(people.database, NOW + 100 * DAY)

    assert kept >= 3
    assert people.events(anna) == []
    assert people.database.is_sqlite or early > 0
    assert late == 0


def test_devices_go_when_their_cookie_has_ended(people: People) -> None:
    anna, _ = lived_in(people)

    CleanUp(people.database).run(NOW + 366 * DAY)

    assert people.devices.list(people.server.tenant.id, anna.id) == ()


def test_texts_are_forgotten_unless_they_are_named() -> None:
    data = {"reason": "wrong_password", "name": "Anna", "failures": 2, "was": {"email": "a@b"}}

    assert scrubbed(data) == {"reason": "wrong_password", "failures": 2, "was": {}}


def _all_rows(people: People) -> str:
    """Everything that the database holds, as text."""
    reader, _ = people.database.engines
    with reader.connect() as connection:
        rows = [
            row
            for table in Base.metadata.sorted_tables
            for row in connection.execute(select(table))
        ]
    return "\n".join(str(tuple(row)) for row in rows)
