"""What the owner of an account is told of its passkeys by mail."""

from datetime import datetime

from authwell.identity.letters import Letter
from authwell.protocol.model import Account
from authwell.storage.passkeys import Passkey
from authwell.utils.urls import below


def of_change(
    template: str, issuer: str, at: datetime, account: Account, passkey: Passkey
) -> Letter | None:
    """That one was added or removed; None for an account without an address.

    Args:
        template: `factor_added` or `factor_removed`.
        issuer: below which the link leads.
        at: when it was.
        account: whose.
        passkey: which.
    """
    if account.email is None:
        return None
    values = {
        "name": account.full_name or account.username,
        "at": at.isoformat(),
        "factor": "passkey",
        "label": passkey.name,
        "link": below(issuer, "/account/security"),
    }
    return Letter(template, account.email, values=values)
