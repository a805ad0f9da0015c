"""Figures for Prometheus."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from authwell.middleware import metrics
from authwell.middleware.limits import counting as limits
from authwell.middleware.metrics import count_login, count_tokens, exposition
from authwell.middleware.proxy import ProxyGuard
from tests.middleware.application import application
from tests.middleware.wsgi import call, request, settings
from tests.support.running import running_site
from tests.support.site import plain_client

COUNT = """
from authwell.middleware.metrics import observe
for _ in range({times}):
    observe("token", "POST", 200, 0.001)
"""
SHOW = """
from authwell.middleware.metrics import exposition
print(exposition()[0].decode())
"""


@pytest.mark.req("N3")
def test_answers_are_counted_by_endpoint_method_and_status() -> None:
    configuration = settings()
    app = application(configuration)
    limits.init_app(app, configuration)
    metrics.init_app(app, configuration)
    app.add_url_rule("/figures/<name>", "figures", lambda name: name)
    guarded = ProxyGuard(app.wsgi_app, configuration)

    for path in ("/figures/a", "/figures/b", "/unknown/of-a-stranger"):
        call(guarded, {**request(path), "SERVER_NAME": "x", "SERVER_PORT": "80"})

    text = exposition()[0].decode()
    assert 'authwell_requests_total{endpoint="figures",method="GET",status="200"} 2.0' in text
    assert 'authwell_request_seconds_count{endpoint="figures"} 2.0' in text
    assert 'endpoint="none",method="GET",status="404"' in text
    assert "of-a-stranger" not in text


@pytest.mark.req("N3")
def test_tokens_and_logins_are_counted() -> None:
    count_tokens("client_credentials")
    count_login("failure")

    text = exposition()[0].decode()
    assert 'authwell_tokens_issued_total{grant_type="client_credentials"}' in text
    assert 'authwell_logins_total{outcome="failure"}' in text
    assert "authwell_limits_without_redis" in text


@pytest.mark.req("N6")
def test_figures_of_the_process_and_the_machine_are_told() -> None:
    text = exposition()[0].decode()

    for name in ("worker_cpu_seconds", "worker_resident_bytes", "machine_memory_available_bytes"):
        [value] = re.findall(rf"^authwell_{name} (\S+)$", text, re.MULTILINE)
        assert float(value) > 0


@pytest.mark.req("N3")
def test_the_workers_of_a_server_are_added_up() -> None:
    with running_site(WEB_CONCURRENCY="2") as site:
        for _ in range(20):
            with plain_client() as client:
                client.post(site.endpoint("token"), data={"grant_type": "x"})
        text = site.http.get(site.url("metrics")).text

    found = re.findall(
        r'^authwell_requests_total\{endpoint="oauth_machine.token",.*status="40."\} (\S+)$',
        text,
        re.MULTILINE,
    )
    assert sum(map(float, found)) == 20
    assert text.count("# HELP authwell_requests_total") == 1


@pytest.mark.req("N3")
def test_workers_are_added_up(tmp_path: Path) -> None:
    environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    for times in (2, 3):
        subprocess.run([sys.executable, "-c", COUNT.format(times=times)], env=environ, check=True)

    shown = subprocess.run(
        [sys.executable, "-c", SHOW], env=environ, check=True, capture_output=True, text=True
    ).stdout

    assert 'authwell_requests_total{endpoint="token",method="POST",status="200"} 5.0' in shown
