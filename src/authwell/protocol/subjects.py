"""How a client knows a person and a session (OpenID Connect Core section 8)."""

import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

from authwell.protocol.model import Account, Client


class NoPairwiseKey(RuntimeError):
    """The tenant has no key for pairwise subjects; each start makes it where it is missing."""


def of(client: Client, account: Account) -> str:
    """The `sub` of a person wherever this client, or who serves it, reads one."""
    return of_id(client, account.id)


def of_id(client: Client, account_id: str) -> str:
    """The same by the account's id, which may be all that is left of the account.

    A public subject is the account's id. A pairwise one (section 8.1) is the same for all
    clients of a sector and tells nothing of the account, nor that two sectors know one person.
    """
    if client.sector is None:
        return account_id
    if client.pairwise_key is None:
        raise NoPairwiseKey(client.client_id)
    named = f"{client.sector}\n{account_id}".encode()
    digest = hmac.digest(client.pairwise_key, named, "sha256")
    return urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def sid(session_id: str, client_id: str) -> str:
    """The session as one client knows it: the same each time, and unlike any other client's.

    Derived rather than stored first, so that issuing a code reads nothing for it.
    """
    digest = sha256(f"sid:{session_id}:{client_id}".encode()).digest()
    return urlsafe_b64encode(digest[:24]).decode("ascii")
