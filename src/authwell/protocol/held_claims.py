"""What clients are told of what somebody may do, by scopes of the claims' names.

`roles` and `groups` are those of RFC 9068 section 2.2.3.1; `permissions` are written
`resource_type:action`, as everywhere.
"""

from collections.abc import Mapping
from typing import Any

from authwell.protocol.access import SCOPES
from authwell.protocol.claims import accepts
from authwell.protocol.model import Account
from authwell.protocol.server import AuthorizationServer


def about(
    server: AuthorizationServer,
    account: Account,
    scope: frozenset[str],
    requests: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The claims that are asked for and have a value; without one of them nothing is read.

    What the account holds comes from where each check of a permission takes it.

    Args:
        scope: asks for them by their names.
        requests: ask one by one, by the `claims` parameter (OpenID Connect Core section 5.5.1).
    """
    asked: Mapping[str, Any] = requests or {}
    names = SCOPES & (scope | asked.keys())
    if not names:
        return {}
    held = server.store.access.of(server.tenant, account)
    values = {"roles": held.roles, "groups": held.groups, "permissions": held.permissions}
    known = {name: sorted(values[name]) for name in names if values[name]}
    return {
        name: value for name, value in known.items() if name in scope or accepts(asked[name], value)
    }
