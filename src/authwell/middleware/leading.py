"""Leading people from the login page of the server to that of their own tenant (FEATURES.md 3.6).

By the domain of the typed address alone, which the tenant has shown to be its own and WebFinger
tells anybody; who has an account shows nowhere (THREATS.md AU-01). A client's request waits at
the tenant of that client, which nobody of another tenant can answer, so it is not left.
"""

from typing import Final
from urllib.parse import urlencode

from flask import Response, request

from authwell.middleware import returning
from authwell.middleware.context import authorization_server, site
from authwell.middleware.replies import see_other
from authwell.storage.registry import ROOT

HINT: Final = "login_hint"
_LONGEST: Final = 320


def lead_to_own_tenant(username: str) -> Response | None:
    """To the login page of the tenant whose people have such addresses.

    Returns:
        None if this is no page of the default tenant, or no other tenant has shown the domain.
    """
    tenant = authorization_server().tenant
    if tenant.slug != ROOT or len(username) > _LONGEST:
        return None
    owner = site().domains.owner_of_address(username)
    if owner is None or owner.tenant_id == tenant.id:
        return None
    wanted = returning.wanted()
    query = {HINT: username} | ({returning.PARAMETER: wanted} if wanted else {})
    return see_other(f"{owner.issuer}/login?{urlencode(query)}")


def hint_of_page() -> str:
    """Whom a link to this page says that it will be; it only fills in a field."""
    hint = request.args.get(HINT, "").strip()
    return hint if len(hint) <= _LONGEST and hint.isprintable() else ""
