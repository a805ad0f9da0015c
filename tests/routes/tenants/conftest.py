"""An application with the tenants acme and globex, and one that has a host of its own."""

from collections.abc import Iterator

import pytest

from tests.routes.api.talking import Talker, an_application
from tests.support.configuration import account
from tests.support.tenants import add_service, add_tenant, configure

OWN_HOST = "http://login.initech.example"


@pytest.fixture(scope="module")
def tenants() -> Iterator[Talker]:
    """Each has a client `service`; acme and the default tenant have an alice of their own."""
    with an_application() as talker:
        site = talker.application.site
        add_tenant(site, "acme")
        add_tenant(site, "globex")
        add_tenant(site, "initech", OWN_HOST)
        for slug in ("acme", "globex", "initech"):
            add_service(site, slug)
        configure(site, "acme", {"accounts": [account("alice", password="of acme alone, 7 Words")]})
        yield talker
