"""A tenant that has a superuser keeps one (THREATS.md TN-14, REQUIREMENTS.md G14).

Whatever could take the last one away runs inside `keeping_a_superuser`, one at a time in a
tenant, so that two who demote each other do not both succeed.
"""

from collections.abc import Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from sqlalchemy import bindparam, literal_column, select

from authwell.models.accounts import accounts
from authwell.models.roles import roles, user_roles
from authwell.models.tenants import tenants
from authwell.protocol.access import ADMIN
from authwell.storage.database import Transaction
from authwell.storage.statements import Statement

TAKE_TURNS = Statement(
    select(tenants.c.id)
    .where(tenants.c.id == bindparam("tenant_id"))
    .with_for_update(key_share=True)
)
FIND_ONE = Statement(
    select(accounts.c.id)
    .select_from(
        roles.join(
            user_roles,
            (user_roles.c.tenant_id == roles.c.tenant_id) & (user_roles.c.role_id == roles.c.id),
        ).join(accounts, accounts.c.id == user_roles.c.account_id)
    )
    .where(
        roles.c.tenant_id == bindparam("tenant_id"),
        roles.c.name == literal_column(f"'{ADMIN}'"),
        accounts.c.status == "active",
    )
    .limit(1)
)
"""Who has the role by a group or by inheritance does not count: that may end unseen."""


class LastSuperuser(Exception):
    """Nobody would be left who may do everything in the tenant; nothing was written."""


def has_superuser(transaction: Transaction, tenant_id: str) -> bool:
    """Whether somebody active may do everything in the tenant."""
    return transaction.one(FIND_ONE, {"tenant_id": tenant_id}) is not None


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
    transaction: Transaction, tenant_id: str, names: Collection[str], status: str
) -> AbstractContextManager[None]:
    """The same around a change of one account, which costs nothing unless it is a superuser's.

    Raises:
        LastSuperuser: as `keeping_a_superuser`.
    """
    is_one = ADMIN in names and status == "active"
    return keeping_a_superuser(transaction, tenant_id) if is_one else nullcontext()
