"""What all tests of pages and endpoints share."""

import pytest

from authwell.middleware.context import Site
from tests.support.letters import take_letters


@pytest.fixture(autouse=True)
def earlier_letters_are_read(request: pytest.FixtureRequest) -> None:
    """An application that tests share has no letter of the one before."""
    if "here" in request.fixturenames:
        site = getattr(request.getfixturevalue("here"), "site", None)
        if isinstance(site, Site):
            take_letters(site)
