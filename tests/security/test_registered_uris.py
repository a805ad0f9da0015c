"""What may be registered as a redirect URI (RFC 6749 section 3.1.2, RFC 8252 section 7.3)."""

import pytest

from tests.support.administration import Administration
from tests.support.checks import is_local_page
from tests.support.configuration import CALLBACK, client
from tests.support.site import Site

SCRIPTS = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "\tjavascript:alert(1)",
    "javascript://app.example/%0aalert(1)",
    "data:text/html,x",
    "DATA:text/html,x",
    "vbscript:msgbox(1)",
    "file:///etc/passwd",
    "blob:https://app.example/1",
]


def is_refused_locally(site: Site, client_id: str = "web", **changes: str | None) -> bool:
    """Whether the request ends at a page of the server."""
    return is_local_page(site.authorize(site.browser(), client_id, **changes))


@pytest.mark.req("RU-04")
def test_a_registered_pattern_matches_nothing_but_is_refused(
    administration: Administration,
) -> None:
    response = administration.create(client("pattern", redirect_uris=["https://*.example/cb"]))

    assert response.status_code == 400


@pytest.mark.req("RU-05")
def test_a_code_client_cannot_be_registered_without_uris(administration: Administration) -> None:
    response = administration.create(client("uriless", redirect_uris=[]))

    assert response.status_code == 400
    assert "invalid_redirect_uri" in response.text


@pytest.mark.req("RU-06")
@pytest.mark.parametrize("uri", SCRIPTS)
@pytest.mark.parametrize(
    "member",
    [
        "redirect_uris",
        "post_logout_redirect_uris",
        "client_uri",
        "logo_uri",
        "policy_uri",
        "tos_uri",
    ],
)
def test_a_script_url_cannot_be_registered(
    administration: Administration, member: str, uri: str
) -> None:
    value = [uri] if member.endswith("uris") else uri

    response = administration.create(client("script", **{member: value}))

    assert response.status_code == 400
    assert "invalid_redirect_uri" in response.text or "invalid_client_metadata" in response.text


@pytest.mark.req("RU-07", "1.2")
@pytest.mark.parametrize(
    "uri", ["http://127.0.0.1/cb", "http://127.0.0.1:51234/cb", "http://[::1]:51234/cb"]
)
def test_a_loopback_address_may_have_any_port(site: Site, uri: str) -> None:
    sent = site.sign_in("native", redirect_uri=uri)

    assert sent.uri == uri
    assert sent.code


@pytest.mark.req("RU-07", "1.2")
@pytest.mark.parametrize(
    "uri",
    [
        "http://localhost.evil.example/cb",
        "http://localhost:51234/cb",
        "http://127.0.0.1.evil.example/cb",
        "http://localhost:80@evil.example/cb",
        "http://127.0.0.1:80@evil.example/cb",
        "http://127.0.0.1@evil.example/cb",
        "http://127.0.0.2:51234/cb",
        "http://127.1:51234/cb",
        "http://0x7f.0.0.1:51234/cb",
        "http://2130706433:51234/cb",
        "http://127.0.0.1:99999/cb",
        "http://127.0.0.1:-1/cb",
        "http://127.0.0.1:8o/cb",
        "http://127.0.0.1:51234/other",
        "http://127.0.0.1:51234/cb?x=1",
        "https://127.0.0.1:51234/cb",
        "http://[::1%25eth0]:51234/cb",
        "http://[::ffff:127.0.0.1]:51234/cb",
    ],
)
def test_nothing_else_counts_as_loopback(site: Site, uri: str) -> None:
    assert is_refused_locally(site, "native", redirect_uri=uri)


@pytest.mark.req("RU-08", "1.2")
@pytest.mark.parametrize(
    "uri", [f"{CALLBACK}#x", f"{CALLBACK}#", "/cb", "//app.example/cb", "app.example/cb", "cb"]
)
def test_a_fragment_or_a_relative_uri_is_refused(
    site: Site, administration: Administration, uri: str
) -> None:
    registration = administration.create(client("relative", redirect_uris=[uri]))

    assert is_refused_locally(site, redirect_uri=uri)
    assert registration.status_code == 400
    assert "invalid_redirect_uri" in registration.text


@pytest.mark.req("RU-10")
@pytest.mark.parametrize("name", ["code", "state", "iss", "error", "session_state", "response"])
def test_a_registered_query_cannot_hold_a_name_of_the_response(
    administration: Administration, name: str
) -> None:
    response = administration.create(client("pollutes", redirect_uris=[f"{CALLBACK}?{name}=x"]))

    assert response.status_code == 400
    assert "invalid_redirect_uri" in response.text


@pytest.mark.req("RU-10")
def test_a_registered_query_is_kept_and_added_to(site: Site) -> None:
    sent = site.sign_in("queried", redirect_uri=f"{CALLBACK}?foo=bar")

    assert sent.location.startswith(f"{CALLBACK}?foo=bar&")
    assert sent.params["foo"] == "bar"
    assert sent.code
