"""The application on SQLite, and alice, who talks JSON to it."""

from collections.abc import Iterator

import pytest

from tests.routes.api.people import add_account
from tests.routes.api.talking import Talker, an_application


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


@pytest.fixture(scope="module")
def powerful(refusing: Talker) -> str:
    """An access token of an administrator's there, for whatever operation."""
    add_account(refusing, "root", roles=frozenset({"admin"}))
    return str(refusing.log_in("root")["access_token"])
