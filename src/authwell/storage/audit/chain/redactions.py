"""Events that an erasure changes: the chain keeps their first digest, and a row tells the second.

The digest over all of these rows stands in the event that tells of the erasure, so nobody can call
an edit an erasure afterwards (THREATS.md LG-04, LG-07).
"""

from collections.abc import Iterable
from hashlib import sha256

from sqlalchemy import bindparam, insert

from authwell.models.audit import audit_redactions
from authwell.storage.audit.chain.hashes import content_digest
from authwell.storage.audit.chain.reading import OF_EVENT
from authwell.storage.database import Transaction
from authwell.storage.statements import Row, Statement

ADD = Statement(
    insert(audit_redactions).values(
        event_id=bindparam("of_event"),
        erasure_id=bindparam("of_erasure"),
        tenant_id=bindparam("of_tenant"),
        original=bindparam("of_original"),
        redacted=bindparam("of_redacted"),
    )
)


def note_redaction(transaction: Transaction, erasure_id: str, before: Row, after: Row) -> bytes:
    """Keep that an event which is chained was changed; the digest of what it says now."""
    redacted = content_digest(after)
    values = {
        "of_event": before.id,
        "of_erasure": erasure_id,
        "of_tenant": before.tenant_id,
        "of_original": _original(transaction, before),
        "of_redacted": redacted,
    }
    transaction.all(ADD, values)
    return redacted


def erasure_digest(redacted: Iterable[tuple[str, bytes]]) -> str:
    """The digest over what one erasure has changed, in the order of the events' ids."""
    lines = (f"{event_id} {digest.hex()}\n" for event_id, digest in sorted(redacted))
    return sha256("".join(lines).encode()).hexdigest()


def _original(transaction: Transaction, row: Row) -> bytes:
    """The digest that is chained: of the event as it was before its first erasure."""
    earlier = transaction.all(OF_EVENT, {"tenant_id": row.tenant_id, "event_id": row.id})
    return bytes(earlier[0].original) if earlier else content_digest(row)
