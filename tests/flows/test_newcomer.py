"""A newcomer's first minutes: `./run`, and then only what the screen says."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from playwright.sync_api import Page, expect

from tests.parts import processes
from tests.parts.server import INHERITED


class Screen:
    """What `./run` printed."""

    def __init__(self, text: str) -> None:
        self.text = text

    def fact(self, label: str) -> str:
        """The first word behind a label, or both of a login."""
        found = re.search(rf"^  {label} +(\S+(?: / \S+)?)", self.text, re.MULTILINE)
        assert found is not None, f"{label} is not among:\n{self.text}"
        return found.group(1)


@pytest.fixture
def screen(tmp_path: Path) -> Iterator[Screen]:
    """The screen of a first start, as long as it runs."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    log = tmp_path / "run.log"
    process = processes.start(
        [processes.ROOT / "run", "--instance", tmp_path / "instance"],
        log,
        environ={**inherited, "PORT": str(processes.free_port())},
        cwd=tmp_path,
    )
    processes.wait_until_ready(process, lambda: "Ctrl-C" in log.read_text(), log, seconds=90)
    yield Screen(log.read_text())
    processes.stop(process, signal.SIGINT)


@pytest.mark.req("1.2", "1.10", "B11", "B12", "B21")
def test_a_newcomer_signs_in_at_the_demo_and_sees_their_claims(screen: Screen, page: Page) -> None:
    issuer = screen.fact("Issuer")
    username, _, password = screen.fact("Demo login").partition(" / ")

    metadata = httpx2.get(screen.fact("Discovery"))
    page.goto(screen.fact("Relying party"))
    page.click("#sign-in")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", password)
    page.keyboard.press("Enter")
    page.click("button[name=decision][value=allow]")

    assert (metadata.status_code, metadata.json()["issuer"]) == (200, issuer)
    expect(page.locator("#id-token")).to_contain_text(issuer)
    expect(page.locator("#userinfo")).to_contain_text("dana.moreau@people.example")
