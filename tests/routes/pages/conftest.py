"""The sample pages, once as a client and once on a free port of the loopback for the browser."""

from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from tests.routes.pages.samples import sample_app
from tests.routes.pages.serving import served


@pytest.fixture(scope="module")
def pages() -> FlaskClient:
    """Asks for the sample pages without a browser."""
    return sample_app().test_client()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where a browser finds the sample pages."""
    with served(sample_app()) as origin:
        yield origin
