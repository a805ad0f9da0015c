"""What the log of a server never says, whatever people and clients send."""

import pytest

from tests.support.configuration import PASSWORD, secret_of
from tests.support.running import running_site
from tests.support.site import VERIFIER, Site, basic


def everything_secret(site: Site) -> set[str]:
    """Use the server well and badly, and return every secret that went over the wire."""
    browser = site.browser()
    sent = site.sign_in(browser=browser)
    tokens = site.redeem(sent.code).json()
    opaque = site.tokens("opaque")
    renewed = site.refresh(tokens["refresh_token"]).json()
    site.redeem(sent.code)
    site.refresh(tokens["refresh_token"] + "x")
    site.userinfo(renewed["access_token"])
    site.userinfo(renewed["access_token"] + "x")
    site.introspect(opaque["access_token"])
    site.revoke(opaque["refresh_token"], "opaque")
    for name in ("userinfo", "token", "authorize", "logout"):
        query = {"access_token": tokens["access_token"], "code": sent.code, "password": PASSWORD}
        site.http.get(site.endpoint(name), params=query | {"id_token_hint": tokens["id_token"]})
    site.post("token", {"grant_type": "x"}, basic("web", secret_of("web")))
    site.post("token", {"grant_type": "x", "client_id": "web", "client_secret": secret_of("web")})
    browser.log_in(site.authorize(browser, prompt="login"), PASSWORD, "Typed-In-The-Wrong-Field-9")
    issued = {value for each in (tokens, opaque, renewed) for value in each.values()}
    return {
        sent.code,
        PASSWORD,
        VERIFIER,
        "Typed-In-The-Wrong-Field-9",
        *browser.cookies.values(),
        *(secret_of(name) for name in ("web", "opaque", "monitor")),
        *(value for value in issued if isinstance(value, str) and len(value) > 40),
    }


@pytest.mark.req("0.6", "DC-07")
@pytest.mark.parametrize("server", ["granian", "gunicorn"])
def test_no_secret_is_logged_at_any_level(server: str) -> None:
    with running_site(SERVER=server, LOG_LEVEL="DEBUG") as site:
        secrets = everything_secret(site)
        log = site.server.log()

    assert len(secrets) >= 12
    assert "/oauth/token" in log
    assert [secret for secret in secrets if secret in log] == []
    assert [
        secret for secret in secrets if len(secret) > 50 and secret.rpartition(".")[2] in log
    ] == []
    assert "PRIVATE KEY" not in log
