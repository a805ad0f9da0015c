"""The hash chain of the audit log (DESIGN.md section 4, THREATS.md LG-04)."""

from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from authwell.identity.audit.chaining import sign_anew
from authwell.identity.audit.depots import Folder
from authwell.identity.audit.tokens import CHECKPOINT, AuditKeys
from authwell.identity.audit.verification import problems_of_witnesses
from authwell.protocol.events import EventType
from authwell.storage.audit.chain.checkpoints import Checkpoints
from authwell.utils.logs import configure_logs
from authwell.utils.sealing import Sealer
from tests.identity.audit.conftest import SEALER, Log
from tests.storage.worlds import ACCOUNT, OTHER_TENANT, TENANT


def test_events_are_numbered_from_one_in_the_order_of_their_time(log: Log) -> None:
    found = log.rows("SELECT seq FROM audit_events ORDER BY at")
    report = log.verify()

    assert [row["seq"] for row in found] == list(range(1, 11))
    assert (report.events, report.first, report.last, report.findings) == (10, 1, 10, [])


def test_each_tenant_has_a_chain_of_its_own(log: Log) -> None:
    log.add(3, tenant_id=OTHER_TENANT)
    log.add(2)
    log.chain()

    other, own = log.verify(tenant_id=OTHER_TENANT), log.verify()

    assert (other.events, other.last, other.findings) == (3, 3, [])
    assert (own.events, own.last, own.findings) == (12, 12, [])


def test_an_event_that_waits_for_the_job_is_no_finding(log: Log) -> None:
    log.add(2)

    report = log.verify()

    assert (report.last, report.waiting, report.findings) == (10, 2, [])
    assert log.chain() == {"linked": 2}
    assert log.verify().last == 12


@pytest.mark.req("LG-04", "4.2")
@pytest.mark.parametrize(
    ("what", "statement", "finding"),
    [
        ("edit", "UPDATE audit_events SET actor = 'x' WHERE seq = 4", "event 4"),
        ("edit of data", "UPDATE audit_events SET data = '{}' WHERE seq = 4", "event 4"),
        ("deletion", "DELETE FROM audit_events WHERE seq = 4", "events 4 to 4 are missing"),
        ("truncation", "DELETE FROM audit_events WHERE seq > 7", "events 8 to 10 are missing"),
        ("beginning", "DELETE FROM audit_events WHERE seq < 3", "events 1 to 2 are missing"),
        ("everything", "DELETE FROM audit_events", "events 1 to 10 are missing"),
        (
            "insertion",
            "UPDATE audit_events SET seq = 5, salt = NULL WHERE seq = 7",
            "was inserted",
        ),
        (
            "order",
            "UPDATE audit_events SET seq = CASE seq WHEN 4 THEN 5 ELSE 4 END WHERE seq IN (4, 5)",
            "stands in another place",
        ),
        ("an end that was set back", "UPDATE audit_chains SET seq = 9", "not those that were"),
        (
            "a beginning that was moved",
            "UPDATE audit_chains SET base_seq = seq, base_hash = hash, is_signed = false",
            "not those that were signed",
        ),
    ],
)
def test_tampering_is_found(log: Log, what: str, statement: str, finding: str) -> None:
    log.write(statement)

    found = log.findings()

    assert any(finding in text for text in found), (what, found)


@pytest.mark.req("LG-04", "4.2")
def test_an_event_that_claims_to_be_older_is_found(log: Log) -> None:
    log.now -= timedelta(days=2)
    log.add(1)
    log.now += timedelta(days=2)
    log.chain()

    assert any("inserted later than it says" in text for text in log.findings())


@pytest.mark.req("LG-04", "4.2")
def test_nothing_is_signed_over_a_chain_that_was_written_anew(log: Log) -> None:
    before = Checkpoints(log.database).chain(TENANT)
    log.write("DELETE FROM audit_events WHERE seq > 5")
    log.write(
        "UPDATE audit_chains SET seq = 5, is_signed = false,"
        " hash = (SELECT hash FROM audit_events WHERE seq = 5)"
    )
    log.add(7)
    log.chain()

    after = Checkpoints(log.database).chain(TENANT)

    assert before is not None
    assert after is not None
    assert after.token == before.token
    assert not after.is_signed
    assert log.alarms == [log.now]
    assert len(log.rows("SELECT id FROM audit_events WHERE type = 'audit.broken'")) == 1
    assert any("a checkpoint says something else of event 10" in text for text in log.findings())


@pytest.mark.req("LG-04", "4.2")
def test_whoever_has_no_key_cannot_sign_the_end(log: Log) -> None:
    chain = Checkpoints(log.database).chain(TENANT)
    forged = AuditKeys(Sealer(b"x" * 32)).checkpoint(chain, log.now)
    log.write("UPDATE audit_chains SET token = :token", token=forged)

    assert "the end of the chain has no good signature" in log.findings()


@pytest.mark.req("LG-04", "4.2")
def test_a_log_that_was_set_back_whole_is_found_by_a_shipped_checkpoint(
    log: Log, folder: Folder
) -> None:
    log.depot = folder
    log.write("DELETE FROM audit_chains")
    log.write("DELETE FROM audit_checkpoints")
    log.write("UPDATE audit_events SET seq = NULL, salt = NULL, hash = NULL")
    log.chain()
    log.add(5)
    log.now += timedelta(minutes=2)
    log.chain()
    shipped = [folder.get(name).decode() for name in folder.names("checkpoints/")]

    log.write("DELETE FROM audit_events WHERE seq > 10")
    log.write("DELETE FROM audit_checkpoints WHERE seq > 10")
    first = shipped[0]
    log.write(
        "UPDATE audit_chains SET seq = 10, token = :token, kept_seq = 10,"
        " hash = (SELECT hash FROM audit_events WHERE seq = 10)",
        token=first,
    )

    assert len(shipped) == 2
    assert "the log was cut: a checkpoint names event 15" in log.findings(*shipped)


def test_a_chain_that_moves_gets_a_kept_checkpoint_a_minute(log: Log) -> None:
    for _ in range(6):
        log.add(1)
        log.now += timedelta(seconds=24)
        log.chain()

    kept = list(Checkpoints(log.database).kept(TENANT))

    claims = [log.keys.open(checkpoint.token, CHECKPOINT) for checkpoint in kept]
    assert [checkpoint.seq for checkpoint in kept] == [10, 13, 16]
    assert all(found is not None and found["tenant"] == TENANT for found in claims)
    assert log.findings() == []
    log.write("DELETE FROM audit_checkpoints WHERE seq = 13")
    assert log.findings() == ["a checkpoint before 16 is missing"]
    log.write("DELETE FROM audit_checkpoints WHERE seq = 16")
    assert log.findings() == ["the last kept checkpoints are missing"]


def test_after_another_key_old_checkpoints_are_vouched_for_by_the_next(log: Log) -> None:
    both = AuditKeys(Sealer(b"n" * 32, (b"k" * 32,)))
    log.keys = both
    log.add(1)
    log.now += timedelta(minutes=2)
    log.chain()

    log.keys = AuditKeys(Sealer(b"n" * 32))

    assert log.findings() == []
    log.write("UPDATE audit_checkpoints SET token = token || 'x' WHERE seq = 10")
    assert log.findings() != []
    assert AuditKeys(SEALER).public_jwk != both.public_jwk


def test_a_checkpoint_that_could_not_be_shipped_is_shipped_later(log: Log, folder: Folder) -> None:
    folder.path.write_text("a file where the folder should be")
    log.depot = folder
    log.add(1)
    log.now += timedelta(minutes=2)

    failed = log.chain()
    folder.path.unlink()
    again = log.chain()

    assert failed == {"linked": 1, "checkpoints": 1}
    assert again == {"shipped": 2}
    assert len(folder.names("checkpoints/")) == 2
    assert log.chain() == {}


def test_ends_of_an_older_key_are_signed_anew(log: Log) -> None:
    log.keys = AuditKeys(Sealer(b"n" * 32, (b"k" * 32,)))

    signed = [sign_anew(log.database, log.keys, log.now) for _ in range(2)]

    log.keys = AuditKeys(Sealer(b"n" * 32))
    assert signed == [1, 0]
    assert log.findings() == []
    log.add(1)
    log.chain()
    assert log.findings() == []


@pytest.mark.req("L7")
def test_security_events_are_lines_of_the_log(log: Log) -> None:
    log.add(1, type=EventType.LOGIN_FAILED, account_id=ACCOUNT.id, address="192.0.2.9")
    log.add(1, type=EventType.TOKEN_REFRESHED)
    configure_logs("INFO")

    with capture_logs() as lines:
        log.chain()

    (line,) = [found for found in lines if found["event"] == "SecurityEvent"]
    assert (line["type"], line["account_id"]) == ("login.failed", ACCOUNT.id)
    assert (line["address"], line["log_level"]) == ("192.0.2.9", "info")


@pytest.mark.req("LG-04", "4.2")
def test_a_log_that_was_emptied_is_found_by_what_was_done_meanwhile(log: Log) -> None:
    quarter = timedelta(days=90)
    log.write(
        "UPDATE accounts SET created_at = :at WHERE id = :id",
        at=f"{log.now:%Y-%m-%d %H:%M:%S}.000000",
        id=ACCOUNT.id,
    )
    log.write("DELETE FROM accounts WHERE id != :id", id=ACCOUNT.id)
    before = problems_of_witnesses(log.database, TENANT, quarter, log.now)
    log.add(1, account_id=ACCOUNT.id)
    log.chain()
    told = problems_of_witnesses(log.database, TENANT, quarter, log.now)

    for table in ("audit_events", "audit_chains", "audit_checkpoints"):
        log.write(f"DELETE FROM {table}")  # noqa: S608 - names of ours
    log.add(1)
    log.chain()

    assert log.findings() == [], "in itself it holds"
    assert told == []
    assert before == problems_of_witnesses(log.database, TENANT, quarter, log.now) != []
    assert problems_of_witnesses(log.database, TENANT, quarter, log.now + 2 * quarter) == []
