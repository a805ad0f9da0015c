"""The OpenID Foundation's plan for front-channel logout, and what its page may load.

tests/flows/test_logout_in_a_browser.py follows it in Chromium.
"""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest

from tests.support import jose
from tests.support.administration import Administration
from tests.support.browser import Browser, forms, soup
from tests.support.checks import sent_back
from tests.support.configuration import BYE, client
from tests.support.conformance import flow
from tests.support.site import Site

FRAME = "https://app.example/frame"


@pytest.fixture(scope="module")
def here(site: Site) -> Site:
    site.apply(
        {
            "clients": [
                client("framed", frontchannel_logout_uri=FRAME),
                client(
                    "odd",
                    client_name='"><script>alert(1)</script>',
                    frontchannel_logout_uri="https://app.example/x?a='><script>&b=%22",
                ),
            ]
        }
    )
    return site


def directives(response: httpx2.Response) -> dict[str, str]:
    policy = response.headers["content-security-policy"]
    return dict(part.strip().partition(" ")[::2] for part in policy.split(";"))


def log_out(site: Site, browser: Browser, tokens: dict[str, Any], **more: str) -> httpx2.Response:
    return browser.get(
        site.endpoint("logout"),
        {"id_token_hint": tokens["id_token"], "post_logout_redirect_uri": BYE, **more},
    )


@pytest.mark.req("oidcc-frontchannel-discovery")
def test_discovery_announces_it_with_sessions(site: Site) -> None:
    metadata = site.metadata()

    assert metadata["frontchannel_logout_supported"] is True
    assert metadata["frontchannel_logout_session_supported"] is True
    assert "end_session_endpoint" in metadata


@pytest.mark.req("oidcc-frontchannel-rp-initiated-logout")
def test_the_page_loads_the_frame_and_leads_on(here: Site) -> None:
    browser = here.browser()
    tokens, claims = flow(here, browser, "framed")

    page = log_out(here, browser, tokens, state="s")

    document = soup(page)
    (frame,) = document.find_all("iframe")
    location = urlsplit(str(frame["src"]))
    assert page.status_code == 200
    assert f"{location.scheme}://{location.netloc}{location.path}" == FRAME
    assert parse_qs(location.query) == {"iss": [here.issuer], "sid": [claims["sid"]]}
    assert [str(link["href"]) for link in document.find_all("a")] == [f"{BYE}?state=s"]
    assert f'content="5;url={BYE}?state=s"' in page.text
    assert sent_back(here.authorize(browser, prompt="none"), "login_required")


@pytest.mark.req("1.13")
def test_a_form_of_another_site_loads_them_too(here: Site) -> None:
    browser = here.browser()
    tokens, claims = flow(here, browser, "framed")

    page = here.post("logout", {"id_token_hint": tokens["id_token"]})

    (frame,) = soup(page).find_all("iframe")
    assert parse_qs(urlsplit(str(frame["src"])).query)["sid"] == [claims["sid"]]
    assert sent_back(here.authorize(browser, prompt="none"), "login_required")


@pytest.mark.req("LO-08")
def test_the_policy_names_these_origins_and_no_other(here: Site) -> None:
    browser = here.browser()
    tokens, _ = flow(here, browser, "framed")

    page = log_out(here, browser, tokens)
    other = browser.open(here.endpoint("logout"), {})

    assert directives(page)["frame-src"] == "https://app.example"
    assert directives(page)["default-src"] == "'none'"
    assert "frame-src" not in directives(other)


@pytest.mark.req("LO-08")
def test_addresses_and_names_are_escaped(here: Site) -> None:
    browser = here.browser()
    tokens, _ = flow(here, browser, "odd")

    page = log_out(here, browser, tokens)

    document = soup(page)
    assert len(document.find_all("script")) == 1
    assert "<script>alert" not in page.text
    (frame,) = document.find_all("iframe")
    assert str(frame["src"]).startswith("https://app.example/x?a='><script>&b=%22&iss=")


@pytest.mark.req("oidcc-frontchannel-rp-initiated-logout")
def test_whoever_confirms_sees_the_frames_too(here: Site) -> None:
    browser = here.browser()
    flow(here, browser, "framed")
    asked = browser.open(here.endpoint("logout"), {})
    form = forms(asked)[0]
    name, value = form.buttons[0]

    page = browser.submit(asked, {}, f"{name}={value}", form)

    assert len(soup(page).find_all("iframe")) == 1
    assert "refresh" not in page.text


@pytest.mark.req("oidcc-frontchannel-rp-initiated-logout")
def test_a_client_of_another_session_is_not_framed(here: Site) -> None:
    flow(here, here.browser(), "framed")
    browser = here.browser()
    tokens, _ = flow(here, browser, "web")

    page = log_out(here, browser, tokens)

    assert page.status_code == 303
    assert jose.claims_of(tokens["id_token"])["sid"]


@pytest.mark.req("LO-08")
@pytest.mark.parametrize(
    "uri",
    [
        "https://elsewhere.example/frame",
        "http://app.example/frame",
        "https://app.example:8443/frame",
        "https://app.example;script-src/frame",
        "https://app.example'/frame",
        "javascript:alert(1)",
        "https://app.example@evil.example/",
        "https://app.example/#x",
        "/frame",
    ],
)
def test_a_frame_comes_from_where_a_redirect_uri_is(
    administration: Administration, uri: str
) -> None:
    response = administration.create(client("framed-wrongly", frontchannel_logout_uri=uri))

    assert response.status_code == 400
