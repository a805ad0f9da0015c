"""The plain code flow of the OpenID Foundation's suite: no PKCE, a verified ID token."""

from typing import Any

from tests.support import jose
from tests.support.browser import Browser
from tests.support.site import Site

PLAIN: dict[str, Any] = {
    "scope": "openid",
    "code_challenge": None,
    "code_challenge_method": None,
}


def flow(
    site: Site, browser: Browser | None = None, client_id: str = "web", **changes: str | None
) -> tuple[dict[str, Any], dict[str, Any]]:
    """A plain code flow without PKCE: the tokens, and the verified claims of the ID token."""
    sent = site.sign_in(client_id, browser=browser, **{**PLAIN, **changes})
    response = site.redeem(sent.code, client_id, code_verifier=None)
    assert response.status_code == 200, response.text
    tokens = response.json()
    return tokens, jose.verified(tokens["id_token"], site.jwks())
