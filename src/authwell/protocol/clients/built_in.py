"""The built-in public client `authwell`, to which the tokens of our own login belong.

Its tokens come from the same engine as everybody's, so introspection, revocation and the refresh
token grant know them. Nobody registers, changes or removes it.
"""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from authwell.protocol.model import Client, Tenant
from authwell.protocol.scopes import API_SCOPES

CLIENT_ID: Final = "authwell"


def built_in_client(tenant: Tenant, access_token_lifetime: timedelta) -> Client:
    """The client in a tenant.

    Args:
        tenant: whose policy says how long a login may be renewed.
        access_token_lifetime: of the tokens of our own login (REQUIREMENTS.md K8).
    """
    policy = replace(
        tenant.policy,
        auth_methods=frozenset({"none"}),
        grant_types=frozenset({"refresh_token"}),
        response_types=frozenset(),
        session_refresh=True,
    )
    return Client(
        tenant_id=tenant.id,
        client_id=CLIENT_ID,
        name="Authwell",
        policy=policy,
        secrets=(),
        token_endpoint_auth_method="none",  # noqa: S106 - a method
        grant_types=frozenset({"refresh_token"}),
        response_types=frozenset(),
        redirect_uris=(),
        post_logout_redirect_uris=frozenset(),
        scope=frozenset(API_SCOPES),
        consent="implicit",
        access_token_format="jwt",  # noqa: S106 - a format
        access_token_signing_alg="RS256",  # noqa: S106 - an algorithm
        access_token_lifetime=access_token_lifetime,
    )
