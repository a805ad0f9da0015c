"""Who may have which scope of our own APIs (DESIGN.md section 3, audience)."""

from authwell.protocol import scopes
from authwell.protocol.access import ADMIN
from authwell.protocol.model import Account, Client
from authwell.protocol.server import AuthorizationServer


def allowed_scope(
    server: AuthorizationServer, holder: Account | Client, scope: frozenset[str]
) -> frozenset[str]:
    """The part of `scope` that the holder may have.

    Args:
        server: says what an account holds.
        holder: the account that a token speaks of, or the client if it speaks for itself. A
            client has the scope `admin` by registration, which only administrators write; an
            account by any administrative permission, whatever the client is registered for.
        scope: what was asked for.
    """
    if isinstance(holder, Account):
        return scopes.held_by(server, holder, scope)
    return scope if ADMIN in holder.scope else scope - {ADMIN}
