"""The application on SQLite, and alice, who talks JSON to it."""

from collections.abc import Iterator

import pytest

from tests.parts import databases
from tests.routes.api.talking import Talker
from tests.support.application import make_application


@pytest.fixture
def api() -> Iterator[Talker]:
    """An application of the test's own; its clock can be set."""
    url = databases.create("sqlite")
    application = make_application(url)
    yield Talker(application)
    application.site.database.close()
    databases.drop(url)
