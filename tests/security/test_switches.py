"""What operators switch on and off, and that it is then really on or off."""

from collections.abc import Iterator

import pytest

from tests.support import jose
from tests.support.checks import refused
from tests.support.configuration import PASSWORD, client, document
from tests.support.running import running_site
from tests.support.site import Site

PASSWORD_GRANT = ["authorization_code", "refresh_token", "password"]


@pytest.fixture(scope="module")
def lenient_site() -> Iterator[Site]:
    """A site whose policy allows the password grant to trusted clients."""
    policy = {"slug": "default", "policy": {"password_grant": True}}
    clients = [
        client("trusted", grant_types=PASSWORD_GRANT, password_grant=True),
        client("untrusted", grant_types=PASSWORD_GRANT),
    ]
    with running_site(entries=document(tenants=[policy], clients=clients)) as running:
        yield running


@pytest.mark.req("B6", "1.6")
def test_a_trusted_client_may_use_the_password_grant(lenient_site: Site) -> None:
    response = lenient_site.token(
        "trusted", grant_type="password", username="alice", password=PASSWORD, scope="openid email"
    )

    assert response.status_code == 200
    assert lenient_site.userinfo(response.json()["access_token"]).json()["email"]
    assert "password" in lenient_site.metadata()["grant_types_supported"]


@pytest.mark.req("B6", "1.6")
@pytest.mark.parametrize("client_id", ["web", "untrusted"])
def test_nobody_else_may(lenient_site: Site, client_id: str) -> None:
    response = lenient_site.token(
        client_id, grant_type="password", username="alice", password=PASSWORD
    )

    assert refused(response, "unauthorized_client")


@pytest.mark.req("1.6")
def test_the_password_grant_is_no_way_round_the_lockout(lenient_site: Site) -> None:
    def attempt(username: str, password: str) -> str:
        response = lenient_site.token(
            "trusted", grant_type="password", username=username, password=password
        )
        return str(response.json()["error"])

    first = attempt("bob", "wrong")
    unknown = attempt("nobody", "wrong")
    for _ in range(4):
        attempt("bob", "wrong")

    assert (first, unknown) == ("invalid_grant", "invalid_grant")
    assert attempt("bob", PASSWORD) == "invalid_grant"


@pytest.mark.req("B7", "B8", "Q-TOKEN_INTROSPECTION_ENABLED", "Q-TOKEN_REVOCATION_ENABLED")
def test_introspection_and_revocation_can_be_switched_off() -> None:
    with running_site(
        TOKEN_INTROSPECTION_ENABLED="false", TOKEN_REVOCATION_ENABLED="false"
    ) as site:
        token = site.client_credentials()

        assert site.introspect(token).status_code == 404
        assert site.revoke(token, "service").status_code == 404
        assert "introspection_endpoint" not in site.metadata()
        assert "revocation_endpoint" not in site.metadata()


@pytest.mark.req("B16", "Q-OAUTH2_ACCESS_TOKEN_EXPIRES", "Q-OAUTH2_AUTHORIZATION_CODE_EXPIRES")
def test_lifetimes_follow_their_settings() -> None:
    with running_site(
        OAUTH2_ACCESS_TOKEN_EXPIRES="120", OAUTH2_AUTHORIZATION_CODE_EXPIRES="600"
    ) as site:
        tokens = site.tokens()

        claims = jose.claims_of(tokens["access_token"])
        assert tokens["expires_in"] == claims["exp"] - claims["iat"] == 120


@pytest.mark.req("0.9")
def test_http_is_sent_to_https_but_for_health(tls_site: Site) -> None:
    plain = {"X-Forwarded-Proto": "http"}

    page = tls_site.http.get(tls_site.url("oauth/authorize?client_id=web"), headers=plain)
    health = tls_site.http.get(tls_site.url("health"), headers=plain)

    assert page.status_code in (301, 302, 307, 308)
    assert page.headers["location"].startswith("https://login.example/oauth/authorize")
    assert health.status_code == 200
    assert "strict-transport-security" not in health.headers
