"""The sample pages, once as a client and once on a free port of the loopback for the browser."""

import threading
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from werkzeug.serving import make_server

from tests.routes.pages.samples import sample_app


@pytest.fixture(scope="module")
def pages() -> FlaskClient:
    """Asks for the sample pages without a browser."""
    return sample_app().test_client()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Where a browser finds the sample pages."""
    server = make_server("127.0.0.1", 0, sample_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()
