"""The application where people register, and what it writes to them."""

import pytest

from tests.routes.login.conftest import Here, MakeHere, clock, make_here

__all__ = ["clock", "make_here"]


@pytest.fixture(scope="module")
def here(make_here: MakeHere) -> Here:
    """An application where addresses are verified."""
    return make_here(REQUIRE_EMAIL_VERIFICATION="true")
