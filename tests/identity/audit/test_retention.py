"""Retention, archival and erasure of a chained log (REQUIREMENTS.md L6, THREATS.md LG-07)."""

import gzip
from datetime import timedelta

import pytest

from authwell.identity.audit.archive import end_of, list_segments, problems
from authwell.identity.audit.depots import Folder
from authwell.identity.audit.verification import problems_of_witnesses
from authwell.protocol.events import EventType
from authwell.protocol.model import Event
from authwell.storage.audit.chain import hashes
from authwell.storage.audit.chain.reading import ChainReader
from authwell.storage.people.erasure import erase
from authwell.utils.randomness import new_id
from tests.identity.audit.conftest import Log
from tests.storage.worlds import ACCOUNT, TENANT

DAY = timedelta(days=1)


@pytest.mark.req("L6")
def test_old_events_go_and_the_rest_verifies(log: Log) -> None:
    log.now += 90 * DAY
    log.add(2)
    log.chain()

    early = log.retain(90 * DAY)
    log.now += DAY
    taken = log.retain(90 * DAY)

    report = log.verify()
    assert (early, taken) == (0, 10)
    assert (report.first, report.last, report.findings) == (11, 12, [])
    log.add(1)
    log.chain()
    assert log.findings() == []


@pytest.mark.req("L6")
def test_a_log_whose_every_event_has_gone_goes_on(log: Log) -> None:
    log.now += 100 * DAY
    taken = log.retain(90 * DAY, segment=100)
    nothing = log.verify()
    log.add(1)
    log.chain()

    assert taken == 10
    assert (nothing.events, nothing.findings) == (0, [])
    assert (log.verify().first, log.findings()) == (11, [])


@pytest.mark.req("L6", "LG-04")
@pytest.mark.parametrize("later", [0, 1])
def test_what_a_shorter_time_took_away_is_no_finding_when_it_is_raised(
    log: Log, later: int
) -> None:
    made = f"{log.now:%Y-%m-%d %H:%M:%S}.000000"
    log.write("UPDATE accounts SET created_at = :at", at=made)
    untold = problems_of_witnesses(log.database, TENANT, 365 * DAY, log.now)
    log.now += 100 * DAY
    log.add(later)
    log.chain()

    taken = log.retain(30 * DAY)

    raised = problems_of_witnesses(log.database, TENANT, 365 * DAY, log.now)
    assert untold
    assert (taken, raised) == (10, [])


@pytest.mark.req("L6", "LG-04", "4.2")
@pytest.mark.parametrize(
    ("what", "statement", "problem"),
    [
        ("edit", "UPDATE audit_events SET actor = 'x' WHERE seq = 4", "event 4"),
        ("truncation", "DELETE FROM audit_events WHERE seq > 7", "the log was cut"),
        ("ends", "UPDATE audit_chains SET hash = base_hash", "its ends are not those"),
        ("insertion", "UPDATE audit_events SET seq = 2, salt = NULL WHERE seq = 9", "was inserted"),
    ],
)
def test_nothing_is_taken_from_a_log_that_was_changed(
    log: Log, folder: Folder, what: str, statement: str, problem: str
) -> None:
    log.write(statement)
    before = log.rows("SELECT id FROM audit_events")
    log.now += 100 * DAY

    taken = [log.retain(90 * DAY, folder, segment=2) for _ in range(2)]
    said = list(log.alarms)
    log.now += timedelta(hours=2)
    taken.append(log.retain(90 * DAY, folder))

    alarm, _ = log.rows("SELECT data FROM audit_events WHERE type = 'audit.broken'")
    assert taken == [0, 0, 0], what
    assert len(log.rows("SELECT id FROM audit_events")) == len(before) + 2
    assert folder.names("events/") == []
    assert problem in str(alarm["data"]), (what, alarm)
    assert len(said) == 1, "once in an hour"
    assert len(log.alarms) == 2


@pytest.mark.req("L6", "LG-04")
def test_an_edit_of_what_stays_does_not_keep_what_goes(log: Log) -> None:
    """What is read is what goes, and on to the next checkpoint: not the whole of a long log."""
    log.now += 90 * DAY
    log.add(1)
    log.chain()
    log.now += timedelta(minutes=2)
    log.add(3)
    log.chain()
    log.write("UPDATE audit_events SET actor = 'x' WHERE seq = 13")

    log.now += DAY

    assert log.retain(90 * DAY) == 10
    assert log.alarms == []
    assert any("event 13" in found for found in log.findings())


@pytest.mark.req("L6")
def test_an_archive_holds_what_was_taken_and_is_verified(log: Log, folder: Folder) -> None:
    log.now += 100 * DAY
    log.retain(90 * DAY, folder)

    segments = list_segments(folder, TENANT)
    before, found = None, []
    for segment in segments:
        content = folder.get(segment.name)
        found += problems(segment, content, log.keys, before)
        before = end_of(content)

    assert [(segment.first, segment.last) for segment in segments] == [
        *((1, 3), (4, 6), (7, 9), (10, 10))
    ]
    assert found == []


@pytest.mark.req("L6", "LG-04")
def test_an_archive_that_was_changed_is_found(log: Log, folder: Folder) -> None:
    log.now += 100 * DAY
    log.retain(90 * DAY, folder)
    first, second, *_ = list_segments(folder, TENANT)
    content = folder.get(first.name)
    plain = gzip.decompress(content)

    edited = gzip.compress(plain.replace(b'"place":1', b'"place":7'))
    cut = gzip.compress(b"\n".join(plain.split(b"\n")[:-2]) + b"\n")

    assert problems(first, edited, log.keys, None) == [f"{first.name}: its events were changed"]
    assert problems(first, cut, log.keys, None) == [f"{first.name}: its events were changed"]
    assert "another segment" in problems(second, content, log.keys, None)[0]
    assert "no good signature" in problems(first, gzip.compress(b"x\n"), log.keys, None)[0]
    assert "no complete gzip" in problems(first, content[:-9], log.keys, None)[0]
    assert "does not follow" in problems(second, folder.get(second.name), log.keys, b"x" * 32)[0]


@pytest.mark.req("L6")
def test_what_cannot_be_archived_stays(log: Log, folder: Folder) -> None:
    folder.path.write_text("a file where the folder should be")
    log.now += 100 * DAY

    assert log.retain(90 * DAY, folder) == 0
    assert log.verify().events == 10


@pytest.mark.req("LG-07")
def test_an_erased_person_leaves_a_chain_that_verifies(log: Log, folder: Folder) -> None:
    members = {"account_id": ACCOUNT.id, "address": "192.0.2.9", "user_agent": "Ada's phone"}
    log.add(3, **members)
    log.add(1, actor=ACCOUNT.id, type=EventType.CLIENT_CREATED)
    log.chain()
    log.add(1, **members)

    event = Event(EventType.ACCOUNT_DELETED, TENANT, log.now, account_id=ACCOUNT.id)
    pseudonym = erase(log.database, event)
    log.chain()

    kept = log.rows("SELECT * FROM audit_events WHERE seq > 10")
    assert pseudonym is not None
    assert log.findings() == []
    assert ACCOUNT.id not in str(kept)
    assert "192.0.2.9" not in str(kept)
    log.now += 100 * DAY
    log.retain(90 * DAY, folder, segment=100)
    (segment,) = list_segments(folder, TENANT)
    assert problems(segment, folder.get(segment.name), log.keys, None) == []
    assert log.rows("SELECT * FROM audit_redactions") == []


@pytest.mark.req("LG-04", "LG-07")
def test_an_edit_cannot_pass_for_an_erasure(log: Log) -> None:
    log.add(2, account_id=ACCOUNT.id)
    log.chain()
    erase(log.database, Event("asked", TENANT, log.now, account_id=ACCOUNT.id))
    log.chain()
    assert log.findings() == []

    log.write("UPDATE audit_events SET actor = 'x' WHERE seq = 11")
    edited = log.findings()
    log.write("UPDATE audit_events SET actor = NULL WHERE seq = 11")
    log.write("UPDATE audit_redactions SET redacted = original")
    noted = log.findings()

    assert any("event 11" in text for text in edited)
    assert any("has changed something else" in text for text in noted)


@pytest.mark.req("LG-04")
@pytest.mark.parametrize("tenant_id", [TENANT, "elsewhere"])
def test_an_edit_cannot_pass_for_an_erasure_that_nobody_made(log: Log, tenant_id: str) -> None:
    """Neither while events wait to be chained, nor noted under another tenant."""
    reader = ChainReader(log.database, TENANT)
    before = next(iter(reader.events()))
    log.write("UPDATE audit_events SET salt = NULL, actor = 'x' WHERE id = :id", id=before.id)
    log.add(1)

    log.write(
        "INSERT INTO audit_redactions (event_id, erasure_id, tenant_id, original, redacted)"
        " VALUES (:event, :erasure, :tenant, :original, :redacted)",
        event=before.id,
        erasure=new_id(),
        tenant=tenant_id,
        original=hashes.content_digest(before),
        redacted=hashes.content_digest(next(iter(reader.events()))),
    )

    report = log.verify()
    assert report.waiting == 1
    assert not report.is_sound
