"""A relying party with openid-client of npm: everything by discovery, in Chromium."""

import json
import socket
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from subprocess import CompletedProcess
from time import monotonic, sleep
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.conftest import RunNode
from tests.flows.conftest import Provider, allow, log_in
from tests.parts import processes
from tests.support.configuration import API, secret_of

SCRIPT = Path(__file__).with_name("openid_client.mjs")


def environment(provider: Provider, port: int) -> dict[str, str]:
    """What the script is told."""
    told = {
        "ISSUER": provider.issuer,
        "SECRET": secret_of("notebook"),
        "API_SECRET": secret_of("api"),
        "PORT": str(port),
    }
    if provider.ca_file is not None:
        told["NODE_EXTRA_CA_CERTS"] = str(provider.ca_file)
    return told


def wait_until_it_listens(script: Future[CompletedProcess[str]], port: int) -> None:
    deadline = monotonic() + 30
    while monotonic() < deadline:
        if script.done():
            pytest.fail(f"the script has ended: {script.result().stderr}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        sleep(0.02)
    pytest.fail("the script does not listen")


def visit(page: Page, provider: Provider, relying_party: str) -> None:
    """What the person does: sign in, read the claims, sign out, and find the login page again."""
    page.goto(f"{relying_party}/login")
    log_in(page, provider.issuer)
    allow(page)
    expect(page.locator("body")).to_contain_text("alice@people.example")
    page.goto(f"{relying_party}/logout")
    expect(page.locator("body")).to_contain_text("You are signed out.")


@pytest.mark.req(
    *("1.2", "1.5", "1.7", "1.9", "1.10", "1.13", "B11", "B12", "B18", "B21"),
    *("oidcc-discovery-endpoint-verification", "oidcc-server"),
)
def test_a_person_signs_in_with_openid_client_and_out_again(
    provider: Provider, node: RunNode, page: Page
) -> None:
    port = processes.free_port()
    relying_party = f"http://127.0.0.1:{port}"
    provider.register(relying_party)

    with ThreadPoolExecutor(1) as pool:
        script = pool.submit(node, SCRIPT, environ=environment(provider, port))
        wait_until_it_listens(script, port)
        visit(page, provider, relying_party)
        done = script.result(timeout=30)

    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    subject = told["idToken"]["sub"]
    assert told["issuer"] == told["idToken"]["iss"] == provider.issuer
    assert told["idToken"]["aud"] == "notebook"
    assert told["userinfo"]["sub"] == subject
    assert told["userinfo"]["email_verified"] is True
    assert told["refreshed"] == {
        "accessTokenIsNew": True,
        "refreshTokenIsNew": True,
        "sub": subject,
    }
    before = told["beforeRevocation"]
    assert (before["active"], before["sub"], before["client_id"]) == (True, subject, "notebook")
    assert API in before["aud"]
    assert told["afterRevocation"] == {"active": False}
    assert told["refreshAfterRevocation"] == "invalid_grant"
    assert told["isBackWithItsState"] is True
