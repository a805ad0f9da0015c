"""Letters: mails to people, put into the outbox in the transaction of what caused them.

A letter holds links that open doors, so the outbox keeps it encrypted, and forgets it when it
was sent. Nothing is rendered or sent here: a request never waits for a mail server, and its time
does not tell whether anybody was written to (THREATS.md AU-02).
"""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

import orjson

from authwell.identity.mail.catalogue import check
from authwell.storage.database import Transaction
from authwell.storage.work.outbox import Entry, add_done_entry, add_entry
from authwell.utils.sealing import Sealer

MAIL = "mail"
"""`outbox.kind` of a letter."""

_NOBODY = "nobody"
_PURPOSE = "letters"


@dataclass(frozen=True, slots=True)
class Letter:
    """What is to be written to whom.

    Attributes:
        template: a name of `identity.mail.catalogue.MAILS`, such as `verify_email`.
        to: one e-mail address.
        language: the reader's (RFC 5646); None: the tenant's.
        values: those that the catalogue lists for the template, links included.
        account_id: whose account it is about, for the audit log.
    """

    template: str
    to: str
    language: str | None = None
    values: Mapping[str, str] = field(default_factory=dict[str, str])
    account_id: str | None = None


class Letters:
    """Puts letters into the outbox, and reads them there."""

    def __init__(self, sealer: Sealer) -> None:
        """Take what keeps them secret."""
        self._sealer = sealer

    def post(self, transaction: Transaction, tenant_id: str, letter: Letter, now: datetime) -> None:
        """Send it if the transaction commits; the caller rings the bell of the outbox then.

        Raises:
            BadLetter: it is not as the catalogue says.
        """
        check(letter.template, letter.to, letter.values)
        add_entry(transaction, self._entry(tenant_id, letter, now))

    def post_to_nobody(self, transaction: Transaction, tenant_id: str, now: datetime) -> None:
        """Write as much as a letter is, and send nothing: the time must not tell (AU-02)."""
        letter = Letter("", "nobody@example.invalid", values={"link": "x" * 100})
        entry = self._entry(tenant_id, letter, now)
        add_done_entry(transaction, replace(entry, kind=_NOBODY, payload={}))

    def _entry(self, tenant_id: str, letter: Letter, now: datetime) -> Entry:
        plain = orjson.dumps(asdict(letter))
        sealed = self._sealer.seal(plain, _PURPOSE, tenant_id)
        payload = {"sealed": b64encode(sealed).decode("ascii")}
        return Entry(tenant_id, MAIL, payload, now)

    def open(self, entry: Entry) -> Letter:
        """The letter of an entry.

        Raises:
            CannotOpen: it was written under a key that is gone.
        """
        sealed = b64decode(entry.payload["sealed"])
        return Letter(**orjson.loads(self._sealer.open(sealed, _PURPOSE, entry.tenant_id)))
