"""Who may have which scope of our own APIs (DESIGN.md section 3, audience).

Roles are stored with their permissions. Until organizations are built one has an effect:
`admin`, which allows an account the scope `admin`.
"""

from authwell.protocol.model import Account, Client

ADMIN = "admin"
"""The role, and the scope that it allows."""

BUILT_IN_ROLES = frozenset({ADMIN})


def allowed_scope(holder: Account | Client, scope: frozenset[str]) -> frozenset[str]:
    """The part of `scope` that the holder may have.

    Args:
        holder: the account that a token speaks of, or the client if it speaks for itself. A
            client has the scope by registration, which only administrators write; an account
            by its role, whatever the client is registered for.
        scope: what was asked for.
    """
    if isinstance(holder, Client):
        is_administrator = ADMIN in holder.scope
    else:
        is_administrator = ADMIN in holder.roles
    return scope if is_administrator else scope - {ADMIN}
