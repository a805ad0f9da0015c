"""The application on SQLite, and alice, who talks JSON to it."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.parts import databases
from tests.routes.api.talking import Talker
from tests.support.application import make_application


@pytest.fixture(name="api")
def own_application() -> Iterator[Talker]:
    """An application of the test's own."""
    with an_application() as talker:
        yield talker


@pytest.fixture(scope="module")
def refusing() -> Iterator[Talker]:
    """An application of the module, for tests that change nothing."""
    with an_application() as talker:
        yield talker


@pytest.fixture(scope="module")
def token(refusing: Talker) -> str:
    """An access token of alice's there."""
    return refusing.token()


@contextmanager
def an_application() -> Iterator[Talker]:
    """A fresh one."""
    url = databases.create("sqlite")
    application = make_application(url)
    yield Talker(application)
    application.site.database.close()
    databases.drop(url)
