"""How many mails strangers may have sent, to one address and from one place (THREATS.md RC-07).

Whoever asks for a link names any address, so each ask counts, whether or not somebody has the
address: the answer and its time stay the same (AU-01, AU-02). Each count is one statement on the
database, so processes cannot overrun it together.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from authwell.config.settings import RateLimit, Settings
from authwell.identity.people.names import canonical_email
from authwell.storage.counts import Counts
from authwell.storage.database import Database

Purpose = Literal["register", "verify", "reset", "magic_link", "change_email", "unlock"]


class MailLimits:
    """The limits of one process; the counts are everybody's."""

    def __init__(self, database: Database, settings: Settings) -> None:
        """Take where it is counted, and how much there may be."""
        self._counts = Counts(database)
        self._is_on = settings.rate_limiting_enabled
        asks = settings.rate_limit_password_reset
        self._per_purpose: Mapping[Purpose, RateLimit] = {
            "register": asks,
            "verify": asks,
            "reset": asks,
            "magic_link": settings.magic_link_rate_limit,
            "change_email": asks,
            "unlock": asks,
        }
        self._per_address = settings.rate_limit_mails_per_address
        self._per_caller = settings.rate_limit_mails_per_ip

    def allow(
        self, tenant_id: str, purpose: Purpose, to: str, caller: str | None, now: datetime
    ) -> bool:
        """Count one ask, and say whether a mail may follow.

        A caller that gets False answers as if it had sent one.

        Args:
            tenant_id: the tenant; each counts for itself.
            purpose: what the mail is for.
            to: the address that was asked for, in whatever spelling.
            caller: the network that asks, as `middleware.limits.counted` names it; None if nobody knows.
            now: the time of the request.
        """
        if not self._is_on:
            return True
        address = canonical_email(to) or to.casefold()
        # All are counted, so that one who is over a limit does not save another count.
        answers = [
            self._is_within(self._per_purpose[purpose], f"{tenant_id} {purpose} {address}", now),
            self._is_within(self._per_address, f"{tenant_id} mails to {address}", now),
            self._is_within(self._per_caller, f"{tenant_id} mails for {caller}", now),
        ]
        return all(answers)

    def _is_within(self, limit: RateLimit, name: str, now: datetime) -> bool:
        return self._counts.next(name, limit.period, now) <= limit.amount
