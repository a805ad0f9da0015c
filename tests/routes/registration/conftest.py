"""A portal for each module, open at the start of each test."""

from collections.abc import Iterator

import pytest

from authwell.app import create_app
from tests.conftest import NewDatabase
from tests.identity.configuration import configuring
from tests.identity.configuration.configuring import NOW, desk
from tests.routes.registration.portal import (
    OPEN,
    Portal,
)


@pytest.fixture(scope="module")
def portal(new_database: NewDatabase) -> Iterator[Portal]:
    url = new_database("sqlite")
    here = desk(url)
    switches = {"RATE_LIMITING_ENABLED": "false", "UNUSED_CLIENTS_MAX": "100000"}
    app = create_app(configuring.settings(url, LOG_LEVEL="ERROR", **switches), lambda: NOW)
    yield Portal(app, here)
    here.database.close()


@pytest.fixture(autouse=True)
def is_open(portal: Portal) -> None:
    portal.policy(**OPEN)
