"""Whether what retention is about to take away is what was written (THREATS.md LG-04).

What is gone cannot be verified any more, and an archive signs whatever it is given.
"""

from datetime import datetime

from authwell.identity.audit.tokens import CHECKPOINT, AuditKeys
from authwell.identity.audit.walk import Report, Walk, begin
from authwell.storage.audit.chain.checkpoints import Checkpoints
from authwell.storage.audit.chain.reading import ChainReader
from authwell.storage.database import Database
from authwell.storage.statements import Row


def verify_oldest(
    database: Database, keys: AuditKeys, chain: Row, before: datetime, most: int
) -> Report:
    """Read the events before a moment, and on to the next that a signed checkpoint names.

    Whoever edits an old event would have to chain all that follow anew, and cannot sign that. So
    the cost is that of what is taken away, however long the log is.

    Args:
        database: where the log is.
        keys: that signed.
        chain: whose.
        before: older events are to be taken away.
        most: how many of them at once.
    """
    reader, report = ChainReader(database, chain.tenant_id), Report(chain.tenant_id)
    walk, end = begin(reader, report, chain), None
    # A clock that was wrong breaks no chain, and must not keep the log for ever.
    walk.judges_times = False
    for row in reader.events():
        if end is None and (row.at >= before or report.events >= most):
            end = _want_signed(database, keys, chain, walk)
        if end is not None and walk.seq >= end:
            break
        walk.follow(row)
    if end is None:
        _want_signed(database, keys, chain, walk)
    walk.judge_rest(chain.base_seq)
    walk.judge_erasures()
    return report


def _want_signed(database: Database, keys: AuditKeys, chain: Row, walk: Walk) -> int:
    """Find the next event, from the last that was read, of which a signature tells; its number."""
    for checkpoint in Checkpoints(database).kept(chain.tenant_id, after=walk.seq - 1):
        claims = keys.open(checkpoint.token, CHECKPOINT)
        if claims is not None and claims["tenant"] == chain.tenant_id:
            walk.want(claims)
            return int(claims["seq"])
    claims = keys.open(chain.token, CHECKPOINT) if chain.token is not None else None
    if claims is None or claims["seq"] < walk.seq:
        walk.report.findings.append(f"nothing that is signed tells of event {walk.seq}")
        return walk.seq
    walk.want(claims)
    return int(claims["seq"])
