"""Front-channel logout and session management in Chromium.

The relying parties are other ports of `localhost`: to a browser that is the same site, so that its
rules on cookies of third parties let the frames of this test see theirs.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from authwell.protocol.session_state import session_state
from tests.flows.conftest import log_in
from tests.support import jose
from tests.support.configuration import account, client
from tests.support.running import running_site
from tests.support.site import Site, authorization_request


@dataclass
class Party:
    """A relying party with a cookie of its own, which its frame takes away."""

    server: ThreadingHTTPServer
    seen: list[tuple[str, dict[str, str], str]] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """Where it is."""
        return f"http://localhost:{self.server.server_port}"

    @property
    def cookie(self) -> str:
        """That of whoever is logged in there; browsers share cookies among the ports of a host."""
        return f"party-{self.server.server_port}=logged-in"

    def asked(self, path: str) -> list[tuple[dict[str, str], str]]:
        """The parameters and the cookies of each request to a path."""
        return [(params, cookies) for found, params, cookies in self.seen if found == path]


def start_party() -> Party:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            party.seen.append(
                (url.path, dict(parse_qsl(url.query)), self.headers.get("Cookie", ""))
            )
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            if url.path == "/frame":
                self.send_header("Set-Cookie", f"{party.cookie}; Max-Age=0")
            elif url.path == "/cb":
                self.send_header("Set-Cookie", party.cookie)
            self.end_headers()
            self.wfile.write(b"<!doctype html><title>Here</title><p>You are here.")

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    party = Party(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
    Thread(target=party.server.serve_forever, daemon=True).start()
    return party


@pytest.fixture(scope="module")
def parties() -> Iterator[tuple[Party, Party]]:
    both = start_party(), start_party()
    yield both
    for party in both:
        party.server.shutdown()
        party.server.server_close()


@pytest.fixture(scope="module")
def site(parties: tuple[Party, Party]) -> Iterator[Site]:
    clients = [
        client(
            f"party-{number}",
            profile="oidc_classic",
            redirect_uris=[party.origin + "/cb"],
            post_logout_redirect_uris=[party.origin + "/bye"],
            frontchannel_logout_uri=party.origin + "/frame?kept=1",
            frontchannel_logout_session_required=True,
        )
        for number, party in enumerate(parties)
    ]
    policy = {"slug": "default", "policy": {"profiles": ["oauth21", "oidc_classic"]}}
    entries = {"tenants": [policy], "clients": clients, "accounts": [account("alice")]}
    with running_site(entries=entries) as running:
        yield running


@pytest.fixture(autouse=True)
def nobody_was_asked(parties: tuple[Party, Party]) -> None:
    for party in parties:
        party.seen.clear()


def sign_in(page: Page, site: Site, number: int, party: Party, *, again: bool = False) -> str:
    """Log in at a party; the `sid` that it knows the session by."""
    asked = authorization_request(f"party-{number}", redirect_uri=party.origin + "/cb")
    page.goto(f"{site.endpoint('authorize')}?{urlencode(asked)}")
    if not again:
        log_in(page, site.issuer)
    expect(page.get_by_text("You are here.")).to_be_visible()
    code = party.asked("/cb")[-1][0]["code"]
    response = site.redeem(code, f"party-{number}", redirect_uri=party.origin + "/cb")
    tokens: dict[str, str] = response.json()
    party.seen.append(("/tokens", tokens, ""))
    return str(jose.claims_of(tokens["id_token"])["sid"])


@pytest.mark.req("oidcc-frontchannel-rp-initiated-logout", "LO-08")
@pytest.mark.parametrize("with_scripts", [True, False])
def test_both_parties_are_told_by_frames_and_the_browser_goes_on(
    browser: Browser, site: Site, parties: tuple[Party, Party], with_scripts: bool
) -> None:
    with browser.new_context(java_script_enabled=with_scripts) as context:
        page = context.new_page()
        sids = [
            sign_in(page, site, number, party, again=number > 0)
            for number, party in enumerate(parties)
        ]
        first = parties[0]
        hint = first.asked("/tokens")[0][0]["id_token"]
        asked = {
            "id_token_hint": hint,
            "post_logout_redirect_uri": first.origin + "/bye",
            "state": 's"<&',
        }

        page.goto(f"{site.endpoint('logout')}?{urlencode(asked)}")
        page.wait_for_url("**/bye*")

    assert first.asked("/bye")[0][0] == {"state": 's"<&'}
    for party, sid in zip(parties, sids, strict=True):
        ((params, cookies),) = party.asked("/frame")
        assert params == {"kept": "1", "iss": site.issuer, "sid": sid}
        assert party.cookie in cookies
    assert len(set(sids)) == 2


@pytest.mark.req("oidcc-frontchannel-rp-initiated-logout")
def test_a_party_that_does_not_answer_holds_nobody_up(
    page: Page, site: Site, parties: tuple[Party, Party]
) -> None:
    first, second = parties
    for number, party in enumerate(parties):
        sign_in(page, site, number, party, again=number > 0)
    asked = {
        "id_token_hint": first.asked("/tokens")[0][0]["id_token"],
        "post_logout_redirect_uri": first.origin + "/bye",
    }
    page.route(f"{second.origin}/frame*", lambda _: None)

    page.goto(f"{site.endpoint('logout')}?{urlencode(asked)}", wait_until="commit")
    page.wait_for_url("**/bye*", timeout=30_000)

    assert first.asked("/bye")[0][0] == {}
    assert second.asked("/frame") == []


ASK = """([frame, message]) => new Promise((resolve) => {
  addEventListener('message', (e) => resolve([e.data, e.origin]), { once: true })
  document.getElementById(frame).contentWindow.postMessage(message, '*')
})"""

EMBED = """(url) => new Promise((resolve) => {
  const frame = document.createElement('iframe')
  frame.id = 'op'
  frame.onload = resolve
  frame.src = url
  document.body.append(frame)
})"""


def status(page: Page, site: Site, party: Party, message: object) -> str:
    """What our frame answers to a page of a party."""
    page.goto(party.origin + "/page")
    page.evaluate(EMBED, site.endpoint("session"))
    answer, origin = page.evaluate(ASK, ["op", message])
    assert origin == site.issuer
    return str(answer)


@pytest.mark.req("oidcc-session-management-rp-initiated-logout")
def test_the_frame_says_unchanged_before_logout_and_changed_after(
    page: Page, site: Site, parties: tuple[Party, Party]
) -> None:
    party = parties[0]
    sign_in(page, site, 0, party)
    state = party.asked("/cb")[0][0]["session_state"]
    message = f"party-0 {state}"
    asked = {
        "id_token_hint": party.asked("/tokens")[0][0]["id_token"],
        "post_logout_redirect_uri": party.origin + "/bye",
    }

    before = status(page, site, party, message)
    elsewhere = status(page, site, parties[1], message)
    page.goto(f"{site.endpoint('logout')}?{urlencode(asked)}")
    page.wait_for_url("**/bye*")
    after = status(page, site, party, message)

    assert (before, elsewhere, after) == ("unchanged", "changed", "changed")


@pytest.mark.req("oidcc-session-management-rp-initiated-logout")
def test_another_login_changes_it_and_the_same_person_does_not(
    page: Page, site: Site, parties: tuple[Party, Party]
) -> None:
    party = parties[0]
    sign_in(page, site, 0, party)
    first = party.asked("/cb")[-1][0]["session_state"]
    sign_in(page, site, 0, party, again=True)
    second = party.asked("/cb")[-1][0]["session_state"]

    same = [status(page, site, party, f"party-0 {state}") for state in (first, second)]
    page.context.clear_cookies()
    unknown = status(page, site, party, f"party-0 {first}")
    sign_in(page, site, 0, party)
    changed = status(page, site, party, f"party-0 {first}")

    assert first != second
    assert same == ["unchanged", "unchanged"]
    assert (unknown, changed) == ("error", "changed")


@pytest.mark.req("oidcc-session-management-rp-initiated-logout")
def test_whoever_waits_for_a_login_sees_it(
    page: Page, site: Site, parties: tuple[Party, Party]
) -> None:
    party = parties[0]
    uri = party.origin + "/cb"
    asked = authorization_request("party-0", redirect_uri=uri, prompt="none")
    page.goto(f"{site.endpoint('authorize')}?{urlencode(asked)}")
    answer = party.asked("/cb")[-1][0]

    before = status(page, site, party, f"party-0 {answer['session_state']}")
    sign_in(page, site, 0, party)
    after = status(page, site, party, f"party-0 {answer['session_state']}")

    assert answer["error"] == "login_required"
    assert (before, after) == ("unchanged", "changed")


@pytest.mark.req("oidcc-session-management-rp-initiated-logout")
def test_the_script_hashes_as_the_server_does(
    page: Page, site: Site, parties: tuple[Party, Party]
) -> None:
    party = parties[0]
    sign_in(page, site, 0, party)
    (state,) = [
        cookie.get("value", "")
        for cookie in page.context.cookies(site.issuer)
        if cookie.get("name", "").endswith("-state")
    ]
    status(page, site, party, "opens the frame")
    # Every length around the ends of blocks, and letters of two to four bytes.
    names = ["x" * length for length in range(1, 150)] + [
        "a b",
        "\u00e9\u20ac\U0001f600",
        "x" * 5000,
    ]

    for name in names:
        told = session_state(name, party.origin, state, "salt")
        answer, _ = page.evaluate(ASK, ["op", f"{name} {told}"])
        assert answer == "unchanged", name


@pytest.mark.req("oidcc-session-management-rp-initiated-logout")
@pytest.mark.parametrize(
    "message",
    [
        "",
        " ",
        "party-0",
        "party-0 ",
        " x.y",
        "party-0 x.y",
        {"a": 1},
        None,
        7,
        "\ud800 " + "0" * 64,
    ],
)
def test_what_is_no_message_is_an_error(
    page: Page, site: Site, parties: tuple[Party, Party], message: object
) -> None:
    sign_in(page, site, 0, parties[0])

    assert status(page, site, parties[0], message) == "error"
