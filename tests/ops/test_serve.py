"""`authwell serve`: both servers, what stops a start, and a worker that dies."""

import os
import re
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

import httpx2
import psutil
import pytest

from tests.conftest import NewDatabase
from tests.parts import databases, processes
from tests.parts.server import COMMAND, RunningServer, StartServer, settings_for


def refused(folder: Path, url: str, *arguments: str, **environ: str) -> str:
    """What a start says that is refused."""
    done = subprocess.run(
        [COMMAND, *(arguments or ("serve",))],
        cwd=folder,
        env=settings_for(processes.free_port(), DATABASE_URL=url, **environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


def workers_of(server: RunningServer) -> list[int]:
    return [
        child.pid
        for child in psutil.Process(server.pid).children()
        if child.status() != psutil.STATUS_ZOMBIE
    ]


def has_workers(server: RunningServer, count: int) -> None:
    """Wait for the workers: the first answers before the last has started."""
    deadline = time.monotonic() + 30
    while len(workers_of(server)) != count:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def answers(server: RunningServer) -> bool:
    try:
        return httpx2.get(f"{server.url}/health", timeout=5).status_code == 200
    except httpx2.HTTPError:
        return False


@pytest.mark.req("0.1")
@pytest.mark.parametrize("kind", ["granian", "gunicorn"])
def test_each_server_answers_and_stops_on_a_signal(start_server: StartServer, kind: str) -> None:
    server = start_server(SERVER=kind, WEB_CONCURRENCY="2")

    assert answers(server)
    has_workers(server, 2)
    started = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    assert server.process.wait(20) == 0
    assert time.monotonic() - started < 15
    assert "Traceback" not in server.log()


@pytest.mark.req("ST-10")
@pytest.mark.parametrize("kind", ["granian", "gunicorn"])
def test_workers_that_start_at_once_share_one_key_for_each_algorithm(
    start_server: StartServer, kind: str
) -> None:
    server = start_server(SERVER=kind, WEB_CONCURRENCY="4")

    keys = httpx2.get(f"{server.url}/.well-known/jwks.json").json()["keys"]

    assert sorted(key["alg"] for key in keys) == [
        alg for alg in ("ES256", "EdDSA", "RS256") for _ in ("active", "next")
    ]
    server.stop()


@pytest.mark.parametrize("kind", ["granian", "gunicorn"])
def test_a_killed_worker_is_replaced(start_server: StartServer, kind: str) -> None:
    server = start_server(SERVER=kind)
    (before,) = workers_of(server)

    os.kill(before, signal.SIGKILL)

    deadline = time.monotonic() + 30
    while not answers(server):
        assert time.monotonic() < deadline
    assert workers_of(server) != [before]
    server.stop()


def test_an_old_schema_stops_the_start_with_the_remedy(
    tmp_path: Path, new_database: NewDatabase
) -> None:
    text = refused(tmp_path, new_database("sqlite", migrated=False))

    assert "authwell db upgrade" in text


@pytest.mark.req("DC-05")
def test_a_key_that_does_not_open_stops_the_start(
    tmp_path: Path, start_server: StartServer
) -> None:
    server = start_server()
    server.stop()

    text = refused(tmp_path, server.environ["DATABASE_URL"])

    assert "KEY_ENCRYPTION_KEY" in text
    assert count_keys(server.environ["DATABASE_URL"]) == 6


def count_keys(url: str) -> int:
    connection = sqlite3.connect(url.removeprefix("sqlite:///"))
    (number,) = connection.execute("SELECT count(*) FROM signing_keys").fetchone()
    connection.close()
    return int(number)


def test_a_taken_port_is_one_sentence(tmp_path: Path, start_server: StartServer) -> None:
    server = start_server()

    text = refused(tmp_path, server.environ["DATABASE_URL"], PORT=str(server.port))

    assert re.fullmatch(r"Error: Cannot listen on .+: .+ Set PORT to another one\.\n", text)
    server.stop()


def test_wrong_settings_are_named(tmp_path: Path) -> None:
    text = refused(tmp_path, "sqlite:///x.db", ENVIRONMENT="production", ISSUER="http://a.example")

    assert "ISSUER must begin with https://" in text


def test_a_database_that_is_away_is_one_sentence(tmp_path: Path) -> None:
    text = refused(
        tmp_path, f"postgresql://a:b@127.0.0.1:{processes.free_port()}/c", "keys", "list"
    )

    assert "DATABASE_URL" in text
    assert "a:b" not in text


def test_keys_of_the_folder_are_taken_at_the_first_start(
    tmp_path: Path, start_server: StartServer
) -> None:
    server = start_server()
    server.stop()

    broken = tmp_path / "keys"
    broken.mkdir()
    (broken / "private.pem").write_text("-----BEGIN PRIVATE KEY-----\nAAAA\n")
    url = databases.create("sqlite")
    text = refused(tmp_path, url)
    databases.drop(url)

    assert "keys/" in text
