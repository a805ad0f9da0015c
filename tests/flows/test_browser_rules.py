"""What a real browser does between sites: cookies, frames, posted forms and CORS."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.flows.conftest import log_in
from tests.support import jose
from tests.support.configuration import account, client, public_client
from tests.support.running import running_site
from tests.support.site import VERIFIER, Site, authorization_request

SUBMIT = """([action, fields]) => {
  const form = document.createElement('form')
  form.method = 'post'
  form.action = action
  for (const [name, value] of Object.entries(fields)) {
    const input = document.createElement('input')
    input.type = 'hidden'
    input.name = name
    input.value = value
    form.append(input)
  }
  document.body.append(form)
  form.submit()
}"""

OPEN_FRAME = """url => {
  const frame = document.createElement('iframe')
  frame.src = url
  document.body.append(frame)
}"""

FETCH = """async ([url, form, token]) => {
  const headers = token ? { Authorization: `Bearer ${token}` } : {}
  const options = form ? { method: 'POST', body: new URLSearchParams(form), headers } : { headers }
  try {
    const answer = await fetch(url, options)
    const text = await answer.text()
    return { status: answer.status, body: text ? JSON.parse(text) : null }
  } catch (error) {
    return { status: 0, body: null }
  }
}"""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request that came to the redirect URI."""

    method: str
    params: dict[str, str]


@dataclass(frozen=True, slots=True)
class Application:
    """A web server of an empty page, reached by a name of the server's own site and by another."""

    server: ThreadingHTTPServer
    arrivals: Queue[Arrival] = field(default_factory=Queue)

    @property
    def same_site(self) -> str:
        """Its origin at the site of the issuer, which is `localhost` too."""
        return f"http://localhost:{self.server.server_port}"

    @property
    def elsewhere(self) -> str:
        """Its origin at another site."""
        return f"http://127.0.0.1:{self.server.server_port}"

    def arrival(self) -> Arrival:
        """The next answer of the authorization endpoint."""
        return self.arrivals.get(timeout=60)


@pytest.fixture(scope="module")
def application() -> Iterator[Application]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._note("GET", urlsplit(self.path).query)

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            self._note("POST", self.rfile.read(length).decode())

        def _note(self, method: str, text: str) -> None:
            if self.path.startswith("/cb"):
                running.arrivals.put(Arrival(method, dict(parse_qsl(text))))
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Here</title><p>You are here.")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        running = Application(server)
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield running
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def site(application: Application) -> Iterator[Site]:
    scope = "openid profile email offline_access"
    entries = {
        "tenants": [{"slug": "default", "policy": {"profiles": ["oauth21", "oidc_classic"]}}],
        "clients": [
            client(
                "hybrid",
                profile="oidc_classic",
                application_type="native",
                redirect_uris=[f"{application.elsewhere}/cb"],
                grant_types=["authorization_code", "implicit"],
                response_types=["code id_token", "code id_token token"],
                scope=scope,
            ),
            client("web", redirect_uris=[f"{application.elsewhere}/cb"], scope=scope),
            public_client("spa", redirect_uris=[f"{application.same_site}/cb"], scope=scope),
        ],
        "accounts": [account("alice")],
    }
    with running_site(entries=entries) as running:
        yield running


def request_of(origin: str, client_id: str, **more: str) -> dict[str, str]:
    return authorization_request(client_id, redirect_uri=f"{origin}/cb", **more)


def address_of(site: Site, request: dict[str, str]) -> str:
    return f"{site.endpoint('authorize')}?{urlencode(request)}"


def sign_in(page: Page, site: Site, request: dict[str, str]) -> None:
    """Log in by the page."""
    page.goto(address_of(site, request))
    log_in(page, site.issuer)
    expect(page.get_by_text("You are here.")).to_be_visible()


@pytest.mark.req("oidcc-ensure-post-request-succeeds", "oidcc-0-authorization-endpoint", "1.2")
def test_a_request_posted_from_another_site_finds_the_session(
    page: Page, site: Site, application: Application
) -> None:
    request = request_of(application.elsewhere, "web")
    sign_in(page, site, request)
    application.arrival()

    page.goto(application.elsewhere)
    page.evaluate(SUBMIT, [site.endpoint("authorize"), request])

    assert "code" in application.arrival().params
    expect(page.get_by_text("You are here.")).to_be_visible()


@pytest.mark.req("1.3", "RU-13", "oidcc-0-authorization-endpoint")
def test_form_post_brings_the_code_to_another_site(
    page: Page, site: Site, application: Application
) -> None:
    sign_in(page, site, request_of(application.elsewhere, "web", response_mode="form_post"))

    arrival = application.arrival()

    assert arrival.method == "POST"
    assert arrival.params.keys() == {"code", "state", "iss", "session_state"}
    assert arrival.params["iss"] == site.issuer


@pytest.mark.req("oidcc-display-popup", "BR-13")
def test_a_window_that_a_client_opened_keeps_its_opener(
    page: Page, site: Site, application: Application
) -> None:
    request = request_of(application.elsewhere, "web", display="popup")
    page.goto(application.elsewhere)

    with page.expect_popup() as opened:
        page.evaluate("url => { window.opened = open(url) }", address_of(site, request))
    log_in(opened.value, site.issuer)

    expect(opened.value.get_by_text("You are here.")).to_be_visible()
    assert "code" in application.arrival().params
    assert not page.evaluate("window.opened.closed")
    assert opened.value.evaluate("window.opener !== null")


@pytest.mark.req("oidcc-hybrid-certification-test-plan")
def test_a_hybrid_flow_ends_in_the_fragment(
    page: Page, site: Site, application: Application
) -> None:
    request = request_of(application.elsewhere, "hybrid", response_type="code id_token token")

    sign_in(page, site, request)

    address = urlsplit(page.url)
    arrival, params = application.arrival(), dict(parse_qsl(address.fragment))
    assert (arrival.method, arrival.params, address.query) == ("GET", {}, "")
    assert params.keys() >= {"code", "id_token", "access_token", "state", "iss"}
    assert jose.verified(params["id_token"], site.jwks())["c_hash"] == jose.half_hash(
        params["code"]
    )
    assert site.userinfo(params["access_token"]).status_code == 200


@pytest.mark.req("oidcc-formpost-hybrid-certification-test-plan", "RU-13")
def test_form_post_brings_tokens_and_errors_to_another_site(
    page: Page, site: Site, application: Application
) -> None:
    request = request_of(
        application.elsewhere, "hybrid", response_type="code id_token", response_mode="form_post"
    )

    sign_in(page, site, request)
    tokens = application.arrival()
    del request["nonce"]
    page.goto(f"{site.endpoint('authorize')}?{urlencode(request)}")
    error = application.arrival()

    assert tokens.method == error.method == "POST"
    assert tokens.params.keys() == {"code", "id_token", "state", "iss", "session_state"}
    assert error.params["error"] == "invalid_request"
    assert page.url == f"{application.elsewhere}/cb"


@pytest.mark.req("1.11", "oidcc-prompt-none-logged-in", "oidcc-prompt-none-not-logged-in", "BR-01")
def test_a_frame_of_the_same_site_renews_in_silence_and_shows_no_page(
    page: Page, site: Site, application: Application
) -> None:
    request = request_of(application.same_site, "spa")
    silent = f"{site.endpoint('authorize')}?{urlencode(request | {'prompt': 'none'})}"
    page.goto(application.same_site)
    page.evaluate(OPEN_FRAME, silent)
    before = application.arrival().params

    sign_in(page, site, request)
    application.arrival()
    page.goto(application.same_site)
    page.evaluate(OPEN_FRAME, silent)
    after = application.arrival().params

    assert (before["error"], before["iss"]) == ("login_required", site.issuer)
    assert after.keys() == {"code", "state", "iss", "session_state"}


@pytest.mark.req("BR-12", "B15", "EP-05", "EP-08", "1.7")
def test_a_single_page_application_lives_by_fetch_alone(
    page: Page, site: Site, application: Application
) -> None:
    def fetch(url: str, form: dict[str, str] | None = None, token: str | None = None) -> Any:
        return page.evaluate(FETCH, [url, form, token])

    sign_in(page, site, request_of(application.same_site, "spa"))
    code = application.arrival().params["code"]
    form = {
        "grant_type": "authorization_code",
        "client_id": "spa",
        "code": code,
        "redirect_uri": f"{application.same_site}/cb",
        "code_verifier": VERIFIER,
    }

    metadata = fetch(site.url(".well-known/openid-configuration"))["body"]
    keys = fetch(metadata["jwks_uri"])
    refused = fetch(metadata["token_endpoint"], form | {"code": "nonsense"})
    tokens = fetch(metadata["token_endpoint"], form)["body"]
    userinfo = fetch(metadata["userinfo_endpoint"], token=tokens["access_token"])
    revoke = {"client_id": "spa", "token": tokens["refresh_token"]}
    revoked = fetch(metadata["revocation_endpoint"], revoke)
    stale = fetch(metadata["userinfo_endpoint"], token=tokens["access_token"])

    assert keys["status"] == 200
    assert (refused["status"], refused["body"]["error"]) == (400, "invalid_grant")
    assert userinfo["body"]["email"] == "alice@people.example"
    assert revoked == {"status": 200, "body": None}
    assert stale["status"] == 401


@pytest.mark.req("BR-12", "EP-08")
def test_another_origin_reads_no_answer(page: Page, site: Site, application: Application) -> None:
    page.goto(application.elsewhere)

    form = {"grant_type": "authorization_code", "client_id": "spa", "code": "nonsense"}

    assert page.evaluate(FETCH, [site.endpoint("token"), form, None])["status"] == 0
    assert page.evaluate(FETCH, [site.endpoint("userinfo"), None, "nonsense"])["status"] == 0
