"""Document 004, "Manual Testing with cURL": its lines against the server of `./run`, word for word.

Only the port differs, because tests run beside each other.
"""

import json
import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.parts import processes
from tests.parts.server import INHERITED

HEALTH = "curl http://localhost:5000/health"
REGISTER = """\
curl -X POST http://localhost:5000/auth/register \\
  -H "Content-Type: application/json" \\
  -d '{"username":"test","email":"test@example.com","password":"Test123!","full_name":"Test User"}'
"""
LOGIN = """\
curl -X POST http://localhost:5000/auth/login \\
  -H "Content-Type: application/json" \\
  -d '{"username":"test","password":"Test123!"}'
"""
# "Access Protected Endpoint", which the document writes as a request.
ME = 'curl http://localhost:5000/users/me -H "Authorization: Bearer $ACCESS_TOKEN"'


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    """Where a server that `./run` started listens, as long as the test runs."""
    inherited = {name: os.environ[name] for name in INHERITED if name in os.environ}
    log, port = tmp_path / "run.log", processes.free_port()
    process = processes.start(
        [processes.ROOT / "run", "--instance", tmp_path / "instance"],
        log,
        environ={**inherited, "PORT": str(port)},
        cwd=tmp_path,
    )
    processes.wait_until_ready(process, lambda: "Ctrl-C" in log.read_text(), log, seconds=90)
    yield port
    processes.stop(process, signal.SIGINT)


def run(line: str, port: int, **variables: str) -> dict[str, Any]:
    """What a line of the document answers."""
    command = line.replace("localhost:5000", f"localhost:{port}")
    done = subprocess.run(
        ["sh", "-c", command],
        env={"PATH": os.environ["PATH"], "NO_PROXY": "*", **variables},
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout))


@pytest.mark.req("C1", "C2", "C6", "M2", "2.1", "N1")
def test_the_lines_of_the_document_register_log_in_and_show_the_account(port: int) -> None:
    health = run(HEALTH, port)
    registered = run(REGISTER, port)
    tokens = run(LOGIN, port)
    me = run(ME, port, ACCESS_TOKEN=tokens["access_token"])

    assert health["status"] == "ok"
    assert registered["username"] == "test"
    assert tokens["token_type"] == "Bearer"
    assert tokens["refresh_token"]
    assert (me["username"], me["email"], me["full_name"]) == (
        "test",
        "test@example.com",
        "Test User",
    )
