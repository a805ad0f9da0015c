"""Operations of administrators run behind the wall of their tenant (TN-01, decision 0015)."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import select, update

from authwell.middleware.api.operations import Api, permission, permission_over_all
from authwell.middleware.context import site
from authwell.models.accounts import accounts
from authwell.models.tenants import tenants
from authwell.storage.statements import Statement
from tests.routes.api.administrators import administrator_token
from tests.routes.api.talking import Talker, an_application
from tests.support.configuration import account
from tests.support.tenants import add_tenant, configure

EVERYBODY = Statement(select(accounts.c.username, tenants.c.slug).join(tenants))
RENAME_ALL = Statement(update(accounts).values(full_name="Nobody").returning(accounts.c.username))
"""Statements that forget their tenant."""


def careless() -> Api:
    """A part of the API whose views forget the tenant."""
    api = Api("careless", "/careless", prefixes=())

    @api.add("GET", "", needs=permission("user", "read"))
    def read_all() -> Mapping[str, Any]:
        return {"tenants": sorted({row.slug for row in site().database.all(EVERYBODY, {})})}

    @api.add("PUT", "", needs=permission("user", "update"))
    def write_all() -> Mapping[str, Any]:
        with site().database.transaction() as transaction:
            return {"renamed": [row.username for row in transaction.all(RENAME_ALL, {})]}

    @api.add("GET", "/of-all", needs=permission_over_all("tenant", "manage"))
    def read_of_all() -> Mapping[str, Any]:
        return read_all()

    @api.add("GET", "/others", needs=permission("user", "read"))
    def find_another() -> Mapping[str, Any]:
        found = site().tenants.of("globex")
        return {"found": found is not None and found.current()[0].slug}

    return api


@pytest.fixture(scope="module")
def api() -> Iterator[Talker]:
    """An application on PostgreSQL with that part, and people in two tenants."""
    with an_application("postgresql") as talker:
        careless().mount(talker.application.app)
        add_tenant(talker.application.site, "globex")
        configure(talker.application.site, "globex", {"accounts": [account("gina")]})
        yield talker


@pytest.fixture(scope="module")
def token(api: Talker) -> str:
    """An administrator's of the default tenant."""
    return administrator_token(api)


@pytest.mark.req("TN-01", "H1", "3.1")
def test_a_view_that_forgets_its_tenant_reads_nothing_of_others(api: Talker, token: str) -> None:
    assert api.call("GET", "/careless", token=token).json == {"tenants": ["default"]}


@pytest.mark.req("TN-01", "H1")
def test_and_writes_nothing_of_others(api: Talker, token: str) -> None:
    renamed = api.call("PUT", "/careless", token=token).json["renamed"]

    assert "alice" in renamed
    assert "gina" not in renamed


@pytest.mark.req("H3")
def test_what_is_about_all_tenants_sees_them(api: Talker, token: str) -> None:
    found = api.call("GET", "/careless/of-all", token=token).json

    assert found == {"tenants": ["default", "globex"]}


def test_another_tenant_is_found_although_a_wall_stands(api: Talker, token: str) -> None:
    assert api.call("GET", "/careless/others", token=token).json == {"found": "globex"}
