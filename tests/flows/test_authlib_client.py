"""A relying party with Authlib's Flask client: everything by discovery, in Chromium."""

from collections.abc import Iterator
from threading import Thread
from typing import Any

import pytest
from authlib.integrations.base_client import OAuthError
from authlib.integrations.flask_client import FlaskOAuth2App, OAuth
from authlib.integrations.requests_client import OAuth2Session
from flask import Flask, jsonify, redirect, request
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from tests.flows.conftest import Provider, allow, log_in
from tests.support.configuration import API, secret_of

SCOPE = "openid profile email offline_access read"


class RelyingParty:
    """A Flask application that knows an issuer and its own client, for one person."""

    def __init__(self, issuer: str) -> None:
        self.app = Flask("notebook")
        self.app.config.update(SECRET_KEY="a-key-of-this-test", SESSION_COOKIE_NAME="notebook")
        self.token: dict[str, Any] = {}
        self._server = make_server("127.0.0.1", 0, self.app, threaded=True)
        self._thread = Thread(target=self._server.serve_forever)
        self.client: FlaskOAuth2App = OAuth(self.app).register(
            "provider",
            client_id="notebook",
            client_secret=secret_of("notebook"),
            server_metadata_url=f"{issuer}/.well-known/openid-configuration",
            client_kwargs={"scope": SCOPE, "code_challenge_method": "S256"},
        )
        self._add_views()

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://127.0.0.1:{self._server.port}"

    def _add_views(self) -> None:
        @self.app.get("/login")
        def login() -> Response:
            answer: Response = self.client.authorize_redirect(
                f"{self.url}/callback", prompt="consent"
            )
            return answer

        @self.app.get("/callback")
        def callback() -> Response:
            assert request.args["iss"] == self.client.load_server_metadata()["issuer"]
            self.token = self.client.authorize_access_token()
            return redirect(f"{self.url}/claims")

        @self.app.get("/claims")
        def claims() -> Response:
            return jsonify(self.client.userinfo(token=self.token))

        @self.app.get("/logout")
        def logout() -> Response:
            answer: Response = self.client.logout_redirect(
                f"{self.url}/signed-out", id_token_hint=self.token["id_token"]
            )
            return answer

        @self.app.get("/signed-out")
        def signed_out() -> str:
            self.client.validate_logout_response()
            return "You are signed out."

    def endpoint(self, name: str) -> str:
        """An endpoint that discovery named."""
        return str(self.client.load_server_metadata()[f"{name}_endpoint"])

    def refresh(self) -> dict[str, Any]:
        """New tokens for the old ones."""
        token = self.token["refresh_token"]
        fresh: dict[str, Any] = self.client.fetch_access_token(
            grant_type="refresh_token", refresh_token=token
        )
        return fresh

    def session(self, client_id: str) -> OAuth2Session:
        """Authlib's client of one that is no web application."""
        return OAuth2Session(client_id, secret_of(client_id))

    def introspect(self, token: str) -> dict[str, Any]:
        """What the API learns of a token."""
        with self.session("api") as api:
            answer = api.introspect_token(self.endpoint("introspection"), token=token)
        assert answer.status_code == 200
        return dict(answer.json())

    def revoke(self, token: str) -> int:
        """End a token; the status of the answer."""
        with self.session("notebook") as client:
            return int(client.revoke_token(self.endpoint("revocation"), token=token).status_code)

    def start(self) -> None:
        """Begin to serve."""
        self._thread.start()

    def stop(self) -> None:
        """End, and free the port."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture(scope="module")
def relying_party(provider: Provider) -> Iterator[RelyingParty]:
    application = RelyingParty(provider.issuer)
    provider.register(application.url)
    application.start()
    with pytest.MonkeyPatch.context() as environ:
        if provider.ca_file is not None:
            environ.setenv("REQUESTS_CA_BUNDLE", str(provider.ca_file))
        yield application
    application.stop()


def sign_in(page: Page, relying_party: RelyingParty, provider: Provider) -> None:
    page.goto(f"{relying_party.url}/login")
    log_in(page, provider.issuer)
    allow(page)
    expect(page).to_have_url(f"{relying_party.url}/claims")


@pytest.mark.req("1.2", "1.10", "B1", "B2", "B3", "B11", "B12", "oidcc-server")
def test_a_person_signs_in_by_discovery_with_pkce(
    provider: Provider, relying_party: RelyingParty, page: Page
) -> None:
    sign_in(page, relying_party, provider)

    expect(page.locator("body")).to_contain_text("alice@people.example")
    id_token = relying_party.token["userinfo"]
    assert (id_token["iss"], id_token["aud"]) == (provider.issuer, "notebook")
    assert f'"sub":"{id_token["sub"]}"' in page.content()


@pytest.mark.req("1.5", "1.7", "B5", "B7", "B8", "B18", "B21")
def test_its_tokens_are_refreshed_introspected_and_revoked(
    provider: Provider, relying_party: RelyingParty, page: Page
) -> None:
    sign_in(page, relying_party, provider)
    first = relying_party.token

    relying_party.token = second = relying_party.refresh()
    seen_by_api = relying_party.introspect(second["access_token"])
    revoked = relying_party.revoke(second["refresh_token"])

    assert first["access_token"] != second["access_token"]
    assert first["refresh_token"] != second["refresh_token"]
    assert seen_by_api["active"] is True
    assert seen_by_api["client_id"] == "notebook"
    assert seen_by_api["sub"] == first["userinfo"]["sub"]
    assert API in seen_by_api["aud"]
    assert revoked == 200
    assert relying_party.introspect(second["access_token"]) == {"active": False}
    with pytest.raises(OAuthError, match="invalid_grant"):
        relying_party.refresh()


@pytest.mark.req("1.13")
def test_a_person_logs_out_and_is_back(
    provider: Provider, relying_party: RelyingParty, page: Page
) -> None:
    sign_in(page, relying_party, provider)

    page.goto(f"{relying_party.url}/logout")

    expect(page.locator("body")).to_contain_text("You are signed out.")
    page.goto(f"{relying_party.url}/login")
    expect(page.locator("input[name=password]")).to_be_visible()


@pytest.mark.req("1.4", "B4", "B21")
def test_a_service_gets_a_token_that_the_api_accepts(
    provider: Provider, relying_party: RelyingParty
) -> None:
    with relying_party.session("service") as service:
        token = service.fetch_token(
            relying_party.endpoint("token"), grant_type="client_credentials", scope="read"
        )

    seen_by_api = relying_party.introspect(token["access_token"])

    assert seen_by_api["active"] is True
    assert (seen_by_api["sub"], seen_by_api["aud"]) == ("service", API)
    assert "refresh_token" not in token
