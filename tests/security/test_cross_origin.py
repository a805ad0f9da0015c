"""What other origins may ask, and the headers that all answers carry."""

from typing import Any

import pytest

from tests.support.configuration import SPA_ORIGIN, public_client
from tests.support.site import Site

HOSTILE = "\"'><script>alert('x')</script><img src=x onerror=alert(1)>"


@pytest.mark.req("BR-12", "0.9")
@pytest.mark.parametrize("path", ["token", "revoke", "userinfo"])
def test_cors_is_for_registered_origins_of_public_clients(site: Site, path: str) -> None:
    def preflight(origin: str) -> Any:
        return site.http.request(
            "OPTIONS",
            site.endpoint(path),
            headers={
                "Origin": origin,
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization, content-type",
            },
        )

    allowed = preflight(SPA_ORIGIN)
    assert allowed.headers["access-control-allow-origin"] == SPA_ORIGIN
    assert "authorization" in allowed.headers["access-control-allow-headers"].lower()
    for origin in ("https://evil.example", "null", "https://other.example", "http://spa.example"):
        assert "access-control-allow-origin" not in preflight(origin).headers
    assert "access-control-allow-credentials" not in allowed.headers
    assert "origin" in allowed.headers["vary"].lower()


@pytest.mark.req("BR-12")
def test_an_origin_is_compared_as_browsers_send_it(site: Site) -> None:
    site.apply({"clients": [public_client("loud", redirect_uris=["https://LOUD.example:443/cb"])]})

    response = site.post("token", {}, {"Origin": "https://loud.example"})

    assert response.headers["access-control-allow-origin"] == "https://loud.example"


@pytest.mark.req("BR-12", "0.9")
def test_cors_headers_stand_on_errors_too(site: Site) -> None:
    response = site.post("token", {"grant_type": "nonsense"}, {"Origin": SPA_ORIGIN})
    userinfo = site.http.get(site.endpoint("userinfo"), headers={"Origin": SPA_ORIGIN})

    assert response.headers["access-control-allow-origin"] == SPA_ORIGIN
    assert userinfo.headers["access-control-allow-origin"] == SPA_ORIGIN
    assert "www-authenticate" in userinfo.headers["access-control-expose-headers"].lower()


@pytest.mark.req("BR-12")
@pytest.mark.parametrize("path", ["oauth/authorize", "oauth/clients", "oauth/introspect"])
def test_other_endpoints_have_no_cors(site: Site, path: str) -> None:
    response = site.http.get(site.url(path), headers={"Origin": SPA_ORIGIN})

    assert "access-control-allow-origin" not in response.headers


@pytest.mark.req("BR-13", "0.9")
def test_pages_carry_the_headers_of_our_time(tls_site: Site) -> None:
    page = tls_site.authorize(tls_site.browser())

    assert page.status_code == 200
    assert page.headers["x-content-type-options"] == "nosniff"
    assert "max-age=" in page.headers["strict-transport-security"]
    # A client may have opened it in a window, and waits there for the answer.
    assert page.headers["cross-origin-opener-policy"] == "unsafe-none"
    assert page.headers["permissions-policy"]


@pytest.mark.req("BR-13")
def test_pages_that_no_client_opens_are_cut_off_from_other_windows(tls_site: Site) -> None:
    page = tls_site.browser().get(tls_site.url("oauth/logout"), {})

    assert page.headers["cross-origin-opener-policy"] == "same-origin"


@pytest.mark.req("BR-14", "0.5")
def test_json_errors_are_json(site: Site) -> None:
    answers = [
        site.post("token", {}),
        site.post("introspect", {"token": HOSTILE}),
        site.token("web", grant_type=HOSTILE),
        site.userinfo("x"),
        site.http.get(site.endpoint("clients")),
    ]

    for response in answers:
        assert response.status_code in (400, 401)
        assert response.headers["content-type"].split(";")[0] in (
            "application/json",
            "application/problem+json",
        )
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "<script" not in response.text
