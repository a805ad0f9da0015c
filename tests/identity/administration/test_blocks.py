"""Whom blocks may not shut out (REQUIREMENTS.md L10)."""

from collections.abc import Iterator

import pytest

from authwell.identity.administration.blocks import Blocking, Wanted
from authwell.identity.configuration.authors import Author
from authwell.identity.configuration.problems import SuperusersOnly
from authwell.storage.tenancy.blocks import blocks_of
from tests.conftest import NewDatabase
from tests.identity.configuration.configuring import NOW, Desk, desk, web


@pytest.fixture
def here(new_database: NewDatabase) -> Iterator[Desk]:
    made = desk(new_database("sqlite"))
    yield made
    made.database.close()


@pytest.mark.req("L10", "TN-05")
@pytest.mark.parametrize(
    "members", [{"scope": "openid admin"}, {"scope": "openid account", "consent": "implicit"}]
)
def test_a_client_that_only_superusers_change_is_blocked_by_them_alone(
    here: Desk, members: dict[str, str]
) -> None:
    here.apply({"clients": [web(**members)]})
    tenant_id, blocking = here.configurator.state().tenant.id, Blocking(here.database)
    delegated = Author("somebody", NOW, is_superuser=False)

    with pytest.raises(SuperusersOnly):
        blocking.set(tenant_id, Wanted("client", "web"), delegated)

    assert blocks_of(here.database, tenant_id).clients == frozenset()
    blocking.set(tenant_id, Wanted("client", "web"), here.author)
    assert blocks_of(here.database, tenant_id).clients == {"web"}
