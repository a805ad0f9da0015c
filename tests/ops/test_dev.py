"""`authwell dev`: the first screen is true, and everything on it works."""

import os
import re
import shlex
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.parts import processes
from tests.parts.server import COMMAND, INHERITED

ADDRESS = "dana.moreau@people.example"


@dataclass
class Dev:
    """A development server in a folder of its own."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def environ(self) -> dict[str, str]:
        inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
        return {**inherited, "PORT": str(self.port)}

    @property
    def log(self) -> Path:
        return self.folder / "dev.log"

    def start(self, **environ: str) -> None:
        self.log.unlink(missing_ok=True)
        self.process = processes.start(
            [COMMAND, "dev"], self.log, environ={**self.environ, **environ}, cwd=self.folder
        )
        processes.wait_until_ready(
            self.process, lambda: "Ctrl-C" in self.log.read_text(), self.log, seconds=90
        )

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)

    def run(self, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, *arguments],
            cwd=self.folder,
            env={**self.environ, **environ},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def shown(self, label: str) -> str:
        """What the screen says behind a label."""
        found = re.search(rf"^  {label} +(\S.*?)(?:  .*)?$", self.log.read_text(), re.MULTILINE)
        assert found is not None
        return found.group(1)

    def curl(self, ending: str) -> list[str]:
        """A command of the screen, by the URL that it ends with."""
        (line,) = (line for line in self.log.read_text().splitlines() if line.endswith(ending))
        return shlex.split(line)


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    server = Dev(tmp_path_factory.mktemp("dev"), processes.free_port())
    server.start()
    yield server
    if server.process is not None:
        processes.stop(server.process)


def ask(command: list[str]) -> Any:
    """Do what a `curl -u user:secret -d name=value URL` of the screen does."""
    options = dict(zip(command[1:-1:2], command[2:-1:2], strict=True))
    user, _, secret = options["-u"].partition(":")
    name, _, value = options["-d"].partition("=")
    answer = httpx2.post(command[-1], data={name: value}, auth=(user, secret))
    assert answer.status_code == 200
    return answer.json()


def test_the_screen_names_the_issuer_and_its_discovery(dev: Dev) -> None:
    issuer = f"http://localhost:{dev.port}"

    metadata = httpx2.get(dev.shown("Discovery")).json()

    assert dev.shown("Issuer") == issuer == metadata["issuer"]


def test_a_person_signs_in_at_the_demo_relying_party(dev: Dev, browser: Browser) -> None:
    page = browser.new_context().new_page()

    sign_in(page, dev)
    claims = page.locator("#userinfo")
    expect(claims).to_contain_text(ADDRESS)
    for claim in ("given_name", "address", "phone_number_verified", "birthdate", "updated_at"):
        expect(claims).to_contain_text(claim)
    expect(page.locator("#id-token")).to_contain_text(dev.shown("Issuer"))
    page.click("#refresh")
    expect(page.get_by_role("status")).to_contain_text("Refreshed")
    page.click("#sign-out")
    expect(page.locator("#sign-in")).to_be_visible()
    page.context.close()


def sign_in(page: Page, dev: Dev) -> None:
    """Log in, and agree if another test's sign-in has not done so yet."""
    log_in(page, dev)
    page.wait_for_selector("#userinfo, button[name=decision][value=allow]")
    if page.locator("#userinfo").count() == 0:
        page.click("button[name=decision][value=allow]")


def log_in(page: Page, dev: Dev) -> None:
    username, _, password = dev.shown("Demo login").partition(" / ")
    page.goto(dev.shown("Relying party"))
    page.click("#sign-in")
    page.fill("input[name=username]", username)
    page.fill("input[name=password]", password)
    page.keyboard.press("Enter")


def test_the_demo_service_gets_a_token_and_the_demo_api_checks_it(dev: Dev) -> None:
    token = ask(dev.curl("/oauth/token"))["access_token"]

    introspect = [part.replace("ACCESS_TOKEN", token) for part in dev.curl("/oauth/introspect")]
    claims = ask(introspect)

    assert claims["active"] is True
    assert claims["aud"] == "https://orders.example"


def test_the_screen_says_where_mails_go(dev: Dev) -> None:
    done = dev.run("--env-file", "instance/.env", "mail", "test", "ada@example.com")

    assert done.returncode == 0, done.stderr
    assert dev.shown("Mails") == f"{dev.folder}/instance/outbox/*.eml"
    letters = [letter.read_text() for letter in (dev.folder / "instance/outbox").glob("*.eml")]
    assert len([letter for letter in letters if "To: ada@example.com" in letter]) == 1


def test_secrets_are_for_the_owner_only(dev: Dev) -> None:
    folder = dev.folder / "instance"

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for name in ("secret_key", "key_encryption_key", "demo.json", ".env"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


def test_other_commands_work_on_the_same_server(dev: Dev) -> None:
    done = dev.run("--env-file", "instance/.env", "user", "list")

    assert done.returncode == 0, done.stderr
    assert "demo" in done.stdout


def test_a_taken_port_is_one_clear_sentence(dev: Dev) -> None:
    done = dev.run("dev")

    assert done.returncode == 1
    assert done.stderr == (
        f"Error: Port {dev.port} is taken; stop what listens there or choose another one, "
        f"such as PORT={dev.port + 10}.\n"
    )


def test_it_stops_whole_and_starts_again_as_it_was(dev: Dev, browser: Browser) -> None:
    before = dev.shown("Demo login"), dev.shown("Relying party")

    code = dev.stop()
    free = [is_free(dev.port), is_free(int(before[1].rpartition(":")[2]))]
    dev.start()

    assert (code, free) == (0, [True, True])
    assert (dev.shown("Demo login"), dev.shown("Relying party")) == before
    page = browser.new_context().new_page()
    sign_in(page, dev)
    expect(page.locator("#userinfo")).to_contain_text(ADDRESS)
    page.context.close()


def test_the_relying_party_follows_its_port(dev: Dev, browser: Browser) -> None:
    dev.stop()

    port = processes.free_port()
    dev.start(RP_PORT=str(port))

    assert dev.shown("Relying party") == f"http://localhost:{port}"
    page = browser.new_context().new_page()
    sign_in(page, dev)
    expect(page.locator("#userinfo")).to_contain_text(ADDRESS)
    page.context.close()


def is_free(port: int) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return True
        time.sleep(0.05)
    return False
