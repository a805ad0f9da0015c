"""Whom access tokens are for (RFC 8707, RFC 9068 section 3)."""

from dataclasses import replace
from datetime import timedelta

import pytest

from authwell.protocol.resources import audience
from tests.protocol.conftest import API, make_tenant, make_world

OTHER = "https://other.example"


@pytest.mark.req("TN-05")
def test_who_is_kept_as_owner_of_a_built_in_scope_is_no_audience_of_it() -> None:
    tenant, client = make_tenant(), make_world().server.clients.find("web")
    scope = frozenset({"openid", "admin", "roles"})
    greedy = replace(
        tenant.resources[API],
        identifier=OTHER,
        scope=scope,
        access_token_lifetime=timedelta(seconds=1),
    )
    assert client is not None

    found = audience(replace(tenant, resources={OTHER: greedy}), client, (), scope)

    assert found.identifiers == (tenant.api, tenant.issuer)
    assert found.lifetime > timedelta(seconds=1)
