"""What the founding documents write is what is routed (REQUIREMENTS.md appendix 1, K1)."""

import re

import pytest
from werkzeug.exceptions import HTTPException

from tests.routes.api.talking import Talker
from tests.routes.api.written_paths import ROWS, Row

UNPREFIXED = ("/oauth/", "/.well-known/", "/health", "/metrics", "/docs", "/redoc")
"""The protocol, what operators ask, and pages: each is found once."""


def is_routed(talker: Talker, method: str, path: str) -> bool:
    """Whether a request gets to a view at once, without a redirect."""
    concrete = re.sub(r"\{\w+\}", "01a1fcff-66b8-7ca0-b7e6-6bc1e17d53ab", path)
    try:
        talker.application.app.url_map.bind("localhost").match(concrete, method)
    except HTTPException:
        return False
    return True


@pytest.mark.req("C1", "C3", "C4", "F1", "F4", "G8", "G9", "J1", "L1", "N5", "0.8")
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.method} {row.canonical}")
def test_every_written_path_is_there(refusing: Talker, row: Row) -> None:
    paths = {row.canonical, *row.written, *aliases(row.canonical)}

    missing = {path for path in paths if not is_routed(refusing, row.method, path)}

    assert missing == set()


def aliases(canonical: str) -> set[str]:
    """The prefixes of K1, which the protocol and the operations' endpoints do not have."""
    if canonical == "/" or canonical.startswith(UNPREFIXED):
        return set()
    found = {f"/api/v1{canonical}"}
    if canonical.startswith("/auth/"):
        found.add(f"/api{canonical}")
    return found
