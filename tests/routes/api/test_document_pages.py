"""`/docs` and `/redoc`: pages that show the API, from files of ours alone."""

import re
import threading
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, Request, expect
from werkzeug.serving import make_server

import authwell
from tests.routes.api.talking import Talker, an_application

FILES = Path(authwell.__path__[0]) / "static" / "api"
LOGO = "https://cdn.redoc.ly/redoc/logo-mini-full.svg"
"""Redoc asks for a picture of its maker, whatever it is told; the policy lets nobody answer."""

PATIENCE = 60_000
"""Milliseconds; megabytes of scripts are read while other tests have the processors."""


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """The application on a free port of the loopback."""
    server = make_server("127.0.0.1", 0, lambda _environ, _start: [], threaded=True)
    address = f"http://localhost:{server.port}"
    with an_application(ISSUER=address) as talker:
        server.app = talker.application.app
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield address
        server.shutdown()
        thread.join()
    server.server_close()


class Watched:
    """A tab, and what went wrong in it."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.asked: set[str] = set()
        self.complaints: list[str] = []
        page.on("request", self._request)
        page.on("console", self._message)
        page.on("pageerror", self._error)

    def _request(self, request: Request) -> None:
        if request.url.startswith("http") and not request.url.startswith(self.address):
            self.asked.add(request.url)

    def _message(self, message: ConsoleMessage) -> None:
        if message.type == "error" and LOGO not in message.text:
            self.complaints.append(message.text)

    def _error(self, error: Error) -> None:
        self.complaints.append(str(error))


@pytest.fixture
def watched(browser: Browser, served: str) -> Iterator[Watched]:
    """A new tab on a desk."""
    with browser.new_context(viewport={"width": 1280, "height": 860}) as context:
        context.set_default_timeout(PATIENCE)
        yield Watched(context.new_page(), served)


@pytest.mark.req("N5", "BR-05", "0.5")
def test_swagger_ui_shows_an_operation_and_tries_it(watched: Watched) -> None:
    page = watched.page
    page.goto(f"{watched.address}/docs")

    page.get_by_role("link", name="standards").click()
    page.get_by_role("button", name="get /health").first.click()
    page.get_by_role("button", name="Try it out").click()
    page.get_by_role("button", name="Execute").click()

    status = page.locator(".live-responses-table tbody .response-col_status")
    expect(status.first).to_contain_text("200", timeout=PATIENCE)
    assert (watched.complaints, watched.asked) == ([], set())


@pytest.mark.req("N5", "BR-05")
def test_redoc_shows_the_operations(watched: Watched) -> None:
    page = watched.page
    page.goto(f"{watched.address}/redoc")

    expect(page.get_by_text("/auth/api-keys").first).to_be_visible(timeout=PATIENCE)
    assert watched.complaints == []
    assert watched.asked <= {LOGO}


@pytest.mark.req("N5", "BR-01", "BR-05", "BR-13")
@pytest.mark.parametrize(("path", "may_add_styles"), [("/docs", False), ("/redoc", True)])
def test_the_policy_of_the_pages_is_strict(
    refusing: Talker, path: str, may_add_styles: bool
) -> None:
    answer = refusing.call("GET", path)
    policy = answer.headers["Content-Security-Policy"]

    nonces = set(re.findall(r"'nonce-([^']+)'", policy))
    assert answer.status_code == 200
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert ("data:" in policy.partition("font-src")[2].partition(";")[0]) is may_add_styles
    assert len(nonces) == 1
    loaded = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert all(not urlsplit(address).netloc for address in loaded)


@pytest.mark.req("N5")
def test_the_files_of_others_are_those_that_were_published() -> None:
    listed = dict(
        line.split("  ")[::-1]
        for line in (FILES / "VENDORED.txt").read_text().splitlines()
        if re.match(r"[0-9a-f]{64}  ", line)
    )

    kept = {path.name: sha256(path.read_bytes()).hexdigest() for path in FILES.iterdir()}

    own = {"VENDORED.txt", "redoc.js", "swagger.js"}
    assert kept.keys() - own == listed.keys()
    assert {name: kept[name] for name in listed} == listed
