"""A tenant that has a superuser keeps one (THREATS.md TN-14, REQUIREMENTS.md G14).

Whatever could take the last one away runs inside `keeping_a_superuser`, one at a time in a
tenant, so that two who demote each other do not both succeed.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from authwell.storage.access.held import read_held
from authwell.storage.access.statements import ANY_SUPERUSER, TAKE_TURNS
from authwell.storage.database import Database, Transaction


class LastSuperuser(Exception):
    """Nobody would be left who may do everything in the tenant; nothing was written."""


def has_superuser(source: Database | Transaction, tenant_id: str) -> bool:
    """Whether somebody has the role `admin`: directly, by a group or by inheritance.

    Who is not active, or blocked, could undo nothing, and does not count.
    """
    return source.one(ANY_SUPERUSER, {"tenant_id": tenant_id}) is not None


def take_turns(transaction: Transaction, tenant_id: str) -> None:
    """Let nobody else make or unmake a superuser of the tenant until the transaction ends."""
    transaction.all(TAKE_TURNS, {"tenant_id": tenant_id})


@contextmanager
def keeping_a_superuser(transaction: Transaction, tenant_id: str) -> Iterator[None]:
    """Let what is done inside leave a superuser, if there was one.

    Raises:
        LastSuperuser: it does not; the transaction must be given up.
    """
    take_turns(transaction, tenant_id)
    had_one = has_superuser(transaction, tenant_id)
    yield
    if had_one and not has_superuser(transaction, tenant_id):
        raise LastSuperuser


def keeping_superusers(
    transaction: Transaction, tenant_id: str, account_id: str, status: str
) -> AbstractContextManager[None]:
    """The same around a change of one account, which takes no turn unless it is a superuser's.

    Raises:
        LastSuperuser: as `keeping_a_superuser`.
    """
    if status == "active" and read_held(transaction, tenant_id, account_id).is_superuser:
        return keeping_a_superuser(transaction, tenant_id)
    return nullcontext()
