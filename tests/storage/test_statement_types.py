"""Statements are prepared on PostgreSQL with the types of their parameters."""

import pkgutil
from importlib import import_module

import pytest
from sqlalchemy import make_url

import authwell.storage
from authwell.storage.statements import Statement

DIALECT = make_url("postgresql+psycopg2://").get_dialect()()
MODULES = sorted(
    found.name for found in pkgutil.walk_packages(authwell.storage.__path__, "authwell.storage.")
)


@pytest.mark.parametrize("name", MODULES)
def test_every_statement_has_a_type_for_each_parameter(name: str) -> None:
    kept = [value for value in vars(import_module(name)).values() if isinstance(value, Statement)]

    for statement in kept:
        assert statement.form(DIALECT).prepare
