"""The examples against a running server; the relying party's sign-in is in tests/ops/test_dev.py."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import httpx2
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.parts import processes
from tests.parts.processes import ROOT
from tests.support.configuration import client, document, resource_server, secret_of, service
from tests.support.running import running_site
from tests.support.site import Site

AUDIENCE = "https://orders.example"
EXAMPLES = ROOT / "examples"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    entries = document(
        resources=[
            {
                "identifier": AUDIENCE,
                "name": "Orders",
                "scopes": ["orders:read", "orders:write"],
                "introspection_clients": ["orders-api"],
            }
        ],
        scopes=[
            {"name": "orders:read", "description": "See orders"},
            {"name": "orders:write", "description": "Place orders"},
        ],
        clients=[
            service("orders-service", scope="orders:read orders:write"),
            resource_server("orders-api"),
            client("fieldbook", redirect_uris=["http://localhost/callback"]),
        ],
    )
    with running_site(entries=entries) as running:
        yield running


@contextmanager
def started(script: Path, site: Site, folder: Path, **environ: str) -> Iterator[str]:
    """The URL of an example that serves."""
    port = processes.free_port()
    log = folder / "example.log"
    inherited = {name: os.environ[name] for name in ("PATH", processes.FOLDER_VARIABLE)}
    process = processes.start(
        [sys.executable, script],
        log,
        environ={**inherited, "ISSUER": site.issuer, "PORT": str(port), **environ},
    )
    url = f"http://127.0.0.1:{port}"

    def listens() -> bool:
        try:
            return bool(httpx2.get(url).status_code)
        except httpx2.HTTPError:
            return False

    try:
        processes.wait_until_ready(process, listens, log)
        yield url
    finally:
        processes.stop(process)


@pytest.fixture(scope="module")
def api(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with started(
        EXAMPLES / "resource_server/app.py",
        site,
        tmp_path_factory.mktemp("api"),
        CLIENT_ID="orders-api",
        CLIENT_SECRET=secret_of("orders-api"),
        AUDIENCE=AUDIENCE,
    ) as url:
        yield f"{url}/orders"


@pytest.mark.req("B21")
def test_the_service_calls_the_resource_server(site: Site, api: str) -> None:
    done = subprocess.run(
        [sys.executable, EXAMPLES / "service/service.py", api],
        env={
            "ISSUER": site.issuer,
            "CLIENT_ID": "orders-service",
            "CLIENT_SECRET": secret_of("orders-service"),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["caller"] == "orders-service"


@pytest.mark.parametrize(
    ("authorization", "status", "challenge"),
    [
        (None, 401, 'Bearer realm="orders"'),
        ("Basic YTpi", 401, 'Bearer realm="orders"'),
        ("Bearer", 401, 'Bearer realm="orders"'),
        ("Bearer nonsense", 401, 'Bearer realm="orders", error="invalid_token"'),
    ],
)
def test_the_resource_server_refuses_what_is_no_token(
    api: str, authorization: str | None, status: int, challenge: str
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}

    answer = httpx2.get(api, headers=headers)

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (status, challenge)


def test_the_resource_server_wants_its_audience_its_scope_and_a_live_token(
    site: Site, api: str
) -> None:
    foreign = site.client_credentials("service")
    narrow = site.client_credentials("orders-service", scope="orders:write")
    revoked = site.client_credentials("orders-service")
    site.revoke(revoked, "orders-service")

    answers = [
        httpx2.get(api, headers={"Authorization": f"Bearer {token}"})
        for token in (foreign, narrow, revoked)
    ]

    assert [answer.status_code for answer in answers] == [401, 403, 401]
    assert 'scope="orders:read"' in answers[1].headers["WWW-Authenticate"]


@pytest.fixture(scope="module")
def example() -> Iterator[ModuleType]:
    """The relying party's module, which is part of no package."""
    name = "example_relying_party"
    spec = spec_from_file_location(name, EXAMPLES / "relying_party/app.py")
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    del sys.modules[name]


def browser_of(example: ModuleType, issuer: str) -> FlaskClient:
    browser: FlaskClient = example.create_app(
        issuer, "fieldbook", secret_of("fieldbook")
    ).test_client()
    return browser


def text_of(response: TestResponse) -> str:
    return " ".join(response.text.split())


def test_the_relying_party_knows_nothing_but_the_issuer(example: ModuleType, site: Site) -> None:
    browser = browser_of(example, site.issuer)

    answer = browser.get("/login")

    assert answer.status_code == 302
    assert answer.location.startswith(site.metadata()["authorization_endpoint"])
    for part in ("code_challenge_method=S256", "nonce=", "state=", "scope=openid"):
        assert part in answer.location


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("code=x&state=y", "does not name the server"),
        ("code=x&state=y&iss=https://evil.example", "does not name the server"),
        ("error=access_denied&error_description=No.&iss={issuer}", "No."),
        ("code=x&state=another&iss={issuer}", "CSRF"),
    ],
)
def test_the_relying_party_refuses_answers_that_prove_nothing(
    example: ModuleType, site: Site, query: str, sentence: str
) -> None:
    browser = browser_of(example, site.issuer)
    browser.get("/login")

    answer = browser.get(f"/callback?{query.format(issuer=site.issuer)}")

    assert answer.status_code == 400
    assert sentence in text_of(answer)


def test_the_relying_party_says_that_the_server_is_away(example: ModuleType) -> None:
    browser = browser_of(example, f"http://localhost:{processes.free_port()}")

    answer = browser.get("/login")

    assert answer.status_code == 502
    assert "does not answer" in text_of(answer)


def test_the_relying_party_stays_calm_without_a_visit(example: ModuleType, site: Site) -> None:
    browser = browser_of(example, site.issuer)

    answers = [browser.post("/refresh"), browser.post("/logout"), browser.get("/signed-out")]

    assert [answer.status_code for answer in answers] == [303, 303, 400]
