"""The parts that the other tests stand on: each is started and used."""

import itertools
import os
import signal
import socket
import ssl
import subprocess
import sys
import textwrap
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import psutil
import psycopg2
import pytest
import redis
from playwright.sync_api import Browser
from sqlalchemy import create_engine, inspect
from sqlalchemy.pool import NullPool

from tests.conftest import RunNode
from tests.parts.nginx import Front
from tests.parts.postgresql import Postgresql
from tests.parts.processes import ROOT, free_port
from tests.parts.redis import Redis


def tables(url: str) -> list[str]:
    engine = create_engine(url, poolclass=NullPool)
    with engine.connect() as connection:
        return inspect(connection).get_table_names()


def test_a_database_of_a_test_is_migrated(database_url: str) -> None:
    assert "grants" in tables(database_url)


def test_an_empty_database_is_empty(sqlite_database: str, postgresql_database: str) -> None:
    assert tables(sqlite_database) == tables(postgresql_database) == []


def test_postgresql_listens_on_no_network(postgresql_url: str) -> None:
    connection = psycopg2.connect(postgresql_url)
    with connection.cursor() as cursor:
        cursor.execute("SHOW listen_addresses")
        row = cursor.fetchone()
    connection.close()

    assert row == ("",)


def test_postgresql_keeps_its_data_over_a_stop(own_postgresql: Postgresql) -> None:
    def run(statement: str) -> None:
        connection = psycopg2.connect(own_postgresql.url())
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()

    run("CREATE TABLE kept (id int)")

    own_postgresql.stop()
    with pytest.raises(psycopg2.OperationalError):
        run("SELECT 1")
    own_postgresql.start()

    run("SELECT id FROM kept")


def test_redis_runs_scripts(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.eval("return redis.call('INCR', KEYS[1])", 1, "scripts") == 1


def test_redis_comes_back_empty_on_the_same_port(own_redis: Redis) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.set("name", "value")

        own_redis.stop()
        own_redis.start()

        assert client.get("name") is None


def test_chromium_shows_a_page(browser: Browser) -> None:
    with browser.new_context() as person:
        page = person.new_page()
        page.set_content("<title>A page</title>")

        assert page.title() == "A page"


class Echo(BaseHTTPRequestHandler):
    """Answers with the request's headers, a line each."""

    def do_GET(self) -> None:
        body = "".join(f"{name}: {value}\n" for name, value in self.headers.items()).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


@pytest.fixture
def echo() -> Iterator[int]:
    with HTTPServer(("127.0.0.1", 0), Echo) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_nginx_tells_the_server_who_asked_and_how(
    tls_front: Callable[..., Front], echo: int
) -> None:
    front = tls_front(echo)
    context = ssl.create_default_context(cafile=str(front.ca_file))
    forged = {"X-Forwarded-For": "192.0.2.1", "X_Forwarded_Proto": "http"}
    request = urllib.request.Request(front.url, headers=forged)

    with urllib.request.urlopen(request, context=context) as answer:
        headers = answer.read().decode().lower().splitlines()

    assert "x-forwarded-for: 127.0.0.1" in headers
    assert "x-forwarded-proto: https" in headers
    assert f"host: localhost:{front.port}" in headers
    assert not [line for line in headers if "_" in line or "192.0.2.1" in line]


def test_node_finds_the_client_library(node: RunNode, tmp_path: Path) -> None:
    script = ROOT / ".cache/finds-client.mjs"
    script.write_text('import * as c from "openid-client"; console.log(typeof c.discovery)')

    done = node(script)

    assert (done.returncode, done.stdout) == (0, "function\n"), done.stderr


def test_all_programs_end_when_the_run_is_killed(tmp_path: Path) -> None:
    sleeper = tmp_path / "pid"
    run = textwrap.dedent(f"""
        import pathlib, time
        from tests.parts import processes
        with processes.run_folder() as folder:
            process = processes.start(["sleep", "600"], folder / "log")
            pathlib.Path({str(sleeper)!r}).write_text(str(process.pid))
            time.sleep(600)
    """)
    runner = subprocess.Popen([sys.executable, "-c", run], cwd=ROOT)
    wait_for(lambda: sleeper.exists() and sleeper.read_text() != "")
    process = psutil.Process(int(sleeper.read_text()))

    runner.send_signal(signal.SIGKILL)
    runner.wait()

    _, alive = psutil.wait_procs([process], timeout=20)
    assert alive == []


def test_a_run_without_a_part_says_so_at_its_end() -> None:
    test = f"{__file__}::{test_postgresql_listens_on_no_network.__name__}"
    environ = {**os.environ, "TEST_WITHOUT": "postgresql"}

    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", test]
    done = subprocess.run(
        command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout
    assert "postgresql: 1 tests skipped. This was not the whole run." in done.stdout


def test_a_free_port_can_be_bound() -> None:
    port = free_port()

    with socket.socket() as listener:
        listener.bind(("127.0.0.1", port))

        assert listener.getsockname() == ("127.0.0.1", port)


def test_no_two_are_given_the_same_port_or_the_one_after_it() -> None:
    ports = sorted(free_port() for _ in range(50))

    assert all(later - earlier > 1 for earlier, later in itertools.pairwise(ports))


def wait_for(happened: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < deadline
        time.sleep(0.01)
