"""What a running server writes and reports while people and services use it (FEATURES 0.6)."""

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any

import pytest

from tests.support.configuration import PASSWORD, secret_of
from tests.support.running import running_site
from tests.support.site import VERIFIER, Site


def use(site: Site) -> list[str]:
    """Use every endpoint, rightly and wrongly; the secrets that were in it."""
    browser = site.browser()
    code = site.sign_in(browser=browser).code
    first = site.redeem(code).json()
    second = site.refresh(first["refresh_token"]).json()
    machine = site.client_credentials()
    for token in (first["access_token"], second["refresh_token"], machine, "at_" + "x" * 43):
        site.introspect(token)
        site.userinfo(token)
    site.redeem(code)
    site.token("web", grant_type="refresh_token", refresh_token=first["refresh_token"])
    site.post("token", {"grant_type": "password", "username": "alice", "password": PASSWORD})
    site.http.get(site.endpoint("userinfo"), params={"access_token": machine})
    browser.open(site.endpoint("logout"), {"id_token_hint": first["id_token"], "state": "s"})
    site.http.get(site.url(f"nothing?code={code}"), headers={"User-Agent": f"a {machine}"})
    tokens = [first[name] for name in ("access_token", "refresh_token", "id_token")]
    cookies = list(browser.cookies.values())
    secrets = [secret_of("web"), secret_of("service"), site.environ["SECRET_KEY"]]
    return [code, *tokens, second["refresh_token"], machine, PASSWORD, VERIFIER, *cookies, *secrets]


@pytest.mark.req("0.6", "LG-01", "LG-02", "N7", "L7")
def test_every_line_is_json_and_none_holds_a_secret() -> None:
    with running_site(LOG_LEVEL="DEBUG") as site:
        secrets = use(site)
        text = site.server.log()

    lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    requests = [line for line in lines if line["event"] == "request"]
    assert len(requests) > 15
    assert all(line["request_id"] for line in requests)
    assert all({"at", "level", "event"} <= line.keys() for line in lines)
    assert [secret for secret in secrets if secret and secret in text] == []


@contextmanager
def sentry() -> Iterator[tuple[str, "Queue[str]"]]:
    """A small server that keeps what is reported to it."""
    reports: Queue[str] = Queue()

    class Keep(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            is_packed = self.headers.get("Content-Encoding") == "gzip"
            reports.put((gzip.decompress(body) if is_packed else body).decode())
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Keep) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://key@127.0.0.1:{server.server_port}/1", reports
        finally:
            server.shutdown()
            thread.join()


@pytest.mark.req("N6", "0.6", "HT-12")
def test_a_fault_is_reported_to_sentry_without_secrets() -> None:
    token = "rt_" + "A" * 43
    with sentry() as (dsn, reports), running_site("postgresql", SENTRY_DSN=dsn) as site:
        site.sql("ALTER TABLE refresh_tokens RENAME COLUMN created_at TO hidden")
        response = site.token("web", grant_type="refresh_token", refresh_token=token)
        text = reports.get(timeout=60)

    assert response.status_code == 500
    assert "UndefinedColumn" in text
    assert "stacktrace" in text
    assert "in_app" in text
    for secret in (token, secret_of("web"), site.environ["SECRET_KEY"]):
        assert secret not in text
