"""The curl lines of the documents do what the documents say, one after the other.

A block of `sh` whose lines are curl commands is run; the block of `json` behind it is what the
last of them answers, with `...` for a value that differs.
"""

import json
import os
import re
import subprocess
from dataclasses import dataclass
from typing import Any

import pytest

from tests.parts.processes import ROOT
from tests.parts.server import StartServer
from tests.support.configuration import (
    API,
    Entry,
    account,
    resource_server,
    secret_of,
    service,
)
from tests.support.site import Site, plain_client

BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DIFFERS = "..."

CONFIGURATION: Entry = {
    "tenants": [{"slug": "default", "policy": {"registration": "open"}}],
    "resources": [
        {
            "identifier": API,
            "name": "Example API",
            "scopes": ["read"],
            "introspection_clients": ["api"],
        }
    ],
    "scopes": [{"name": "read", "description": "Read your notes"}],
    "accounts": [account("alice")],
    "clients": [
        service("service", scope="read"),
        service("admin", scope="admin"),
        resource_server("api"),
    ],
}


@dataclass(slots=True)
class Step:
    """Commands of one block, and what the last of them answers."""

    commands: list[str]
    expected: Any = None


def steps_of(document: str) -> list[Step]:
    """The steps of a document, in its order."""
    steps: list[Step] = []
    for kind, text in BLOCK.findall((ROOT / document).read_text()):
        lines = text.strip().splitlines()
        if kind == "sh" and lines[0].startswith("curl "):
            steps.append(Step(lines))
        elif kind == "json" and steps and steps[-1].expected is None:
            steps[-1].expected = json.loads(text)
    return steps


def fits(expected: Any, found: Any) -> bool:
    """Whether an answer is what a document shows; members it leaves out may be there."""
    match expected:
        case "...":
            return True
        case {}:
            shows_all = DIFFERS not in json.dumps(expected)
            return (
                isinstance(found, dict)
                and (expected.keys() == found.keys() if shows_all else True)
                and all(name in found and fits(expected[name], found[name]) for name in expected)
            )
        case ["..."]:
            return isinstance(found, list) and found != []
        case _:
            return bool(expected == found)


def variables(issuer: str) -> dict[str, str]:
    """What the first screen gives a newcomer."""
    clients = {"SERVICE": "service", "RESOURCE": "api", "ADMIN": "admin"}
    named = {"ISSUER": issuer, "PATH": os.environ["PATH"], "NO_PROXY": "*"}
    for name, client_id in clients.items():
        named |= {f"{name}_ID": client_id, f"{name}_SECRET": secret_of(client_id)}
    return named


def run(step: Step, environ: dict[str, str]) -> Any:
    """Run the commands; the last answer. A token that it brings is for the commands after it."""
    for command in step.commands:
        done = subprocess.run(
            ["sh", "-c", command], env=environ, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        answer = json.loads(done.stdout) if done.stdout else None
        if isinstance(answer, dict) and "registration_access_token" in answer:
            environ["REGISTRATION_TOKEN"] = answer["registration_access_token"]
            environ["REGISTRATION_URI"] = answer["registration_client_uri"]
        if isinstance(answer, dict):
            tokens = ("access_token", "refresh_token", "api_key")
            environ |= {name.upper(): answer[name] for name in tokens if name in answer}
    return answer


@pytest.mark.req("1.4", "B4", "B7", "B8", "B18")
@pytest.mark.parametrize("document", ["README.md", "API_DOCUMENTATION.md"])
def test_the_curl_lines_do_what_the_document_says(document: str, start_server: StartServer) -> None:
    server = start_server()
    with plain_client() as http:
        Site(server.url, server, http).apply(CONFIGURATION)
    environ = variables(server.url)
    steps = steps_of(document)

    wrong = []
    for step in steps:
        answer = run(step, environ)
        if not fits(step.expected, answer):
            wrong.append((step.commands, answer))

    assert wrong == []
    shown = [step.expected.get("active") for step in steps if step.expected]
    assert (True in shown, False in shown) == (True, True)
