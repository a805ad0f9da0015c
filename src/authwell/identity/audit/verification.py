"""Whether the audit log is what was written: `authwell audit verify` (THREATS.md LG-04).

Edits, deletions, insertions and another order break the chain itself. Who recomputes the whole
chain cannot sign its end; who puts an older signed end back is caught by a checkpoint that was
shipped off the machine.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from authwell.identity.audit.retention import kept_since
from authwell.identity.audit.tokens import CHECKPOINT, AuditKeys, ends_are_signed, token_digest
from authwell.identity.audit.walk import Report, Walk, begin
from authwell.storage.audit.chain.checkpoints import Checkpoints
from authwell.storage.audit.chain.reading import ChainReader
from authwell.storage.audit.chain.witnesses import untold
from authwell.storage.database import Database
from authwell.storage.statements import Row


def verify_tenant(
    database: Database, keys: AuditKeys, tenant_id: str, shipped: Iterable[str] = ()
) -> Report:
    """Read a tenant's whole log.

    Args:
        database: where it is.
        keys: that signed.
        tenant_id: whose.
        shipped: tokens of checkpoints that left the machine.
    """
    report, reader = Report(tenant_id), ChainReader(database, tenant_id)
    chain = Checkpoints(database).chain(tenant_id)
    walk = begin(reader, report, chain)
    _want_kept(database, keys, chain, walk)
    _want_shipped(keys, walk, shipped)
    _want_end(keys, chain, walk)
    report.first = walk.seq + 1
    for row in reader.events():
        walk.follow(row)
    report.last, report.waiting = walk.seq, reader.waiting()
    if chain is not None and walk.seq < chain.seq:
        report.findings.append(f"events {walk.seq + 1} to {chain.seq} are missing at the end")
    if chain is not None and walk.seq == chain.seq and walk.hash != chain.hash:
        report.findings.append("the end of the chain is another than was noted")
    walk.judge_rest(chain.base_seq if chain is not None else 0)
    walk.judge_erasures()
    return report


def _want_kept(database: Database, keys: AuditKeys, chain: Row | None, walk: Walk) -> None:
    """Each kept checkpoint names the one before, and the signed end of the chain names the last."""
    findings, last, unproven = walk.report.findings, None, 0
    for checkpoint in Checkpoints(database).kept(walk.reader.tenant_id):
        walk.report.checkpoints += 1
        claims = keys.peek(checkpoint.token)
        if claims is None or claims.get("seq") != checkpoint.seq:
            findings.append(f"checkpoint {checkpoint.seq} is damaged")
            continue
        if last is not None and claims["previous"] != last:
            findings.append(f"a checkpoint before {checkpoint.seq} is missing")
        # The key of an older one may be gone: who signed the next has vouched for it.
        unproven = 0 if keys.open(checkpoint.token, CHECKPOINT) else checkpoint.seq
        last = token_digest(checkpoint.token).hex()
        walk.want(claims)
    token = chain.token if chain is not None else None
    end = keys.open(token, CHECKPOINT) if token is not None else None
    if end is None and unproven:
        findings.append(f"checkpoint {unproven} has no good signature")
    # The last one that was kept is named by the end, or is the end.
    if end is not None and last not in {end["previous"], token_digest(token or "").hex()}:
        findings.append("the last kept checkpoints are missing")


def _want_shipped(keys: AuditKeys, walk: Walk, shipped: Iterable[str]) -> None:
    for token in shipped:
        claims = keys.open(token.strip(), CHECKPOINT) or {}
        if not claims:
            walk.report.findings.append("a shipped checkpoint has no good signature")
        elif claims["tenant"] == walk.reader.tenant_id:
            walk.report.checkpoints += 1
            walk.want(claims)


def _want_end(keys: AuditKeys, chain: Row | None, walk: Walk) -> None:
    """The signature of both ends; what was chained in this second is signed in the next."""
    if chain is None:
        return
    claims = keys.open(chain.token, CHECKPOINT) if chain.token is not None else None
    if chain.token is not None and claims is None:
        walk.report.findings.append("the end of the chain has no good signature")
    elif not ends_are_signed(chain, claims):
        walk.report.findings.append("the ends of the chain are not those that were signed")
    if claims is not None:
        walk.want(claims)


def problems_of_witnesses(
    database: Database, tenant_id: str, kept: timedelta, now: datetime
) -> list[str]:
    """Accounts and logins within retention that the log does not know.

    A log that was emptied, or set back to an older signed end, holds in itself; what was done
    meanwhile is still there.
    """
    since = kept_since(kept, now)
    chain = Checkpoints(database).chain(tenant_id)
    if chain is not None and chain.base_seq > 0:
        # Retention may have been shorter: its last cut is signed, and is where the log begins.
        first = next(ChainReader(database, tenant_id).events(page=1), None)
        since = now if first is None else max(since, first.at)
    return [
        f"no event tells of {row.kind} {row.id}, which began at {row.created_at:%Y-%m-%d %H:%M:%S}"
        for row in untold(database, tenant_id, since)
    ]
