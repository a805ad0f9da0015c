"""Who is let in: document 004's recipe for a new endpoint, and tokens of other clients."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Blueprint

from authwell.identity.login.first_party import issue_tokens
from authwell.middleware.api.callers import signed_in
from authwell.middleware.auth import AuthMiddleware
from authwell.protocol.clients.built_in import CLIENT_ID
from authwell.protocol.server import Caller
from authwell.storage.login.credentials import Credentials
from authwell.storage.login.sessions import Sessions
from tests.routes.api.talking import Talker
from tests.support import jose
from tests.support.application import VERIFIER, Application


def oauth_token(application: Application) -> str:
    """A token that alice gave to an ordinary client."""
    response = application.authorize(application.logged_in())
    code = response.headers["Location"].partition("code=")[2].partition("&")[0]
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "code_verifier": VERIFIER,
        "redirect_uri": "http://127.0.0.1:9/cb",
    }
    answer = application.app.test_client().post("/oauth/token", data=form, auth=application.client)
    assert answer.json is not None
    return str(answer.json["access_token"])


@pytest.mark.req("A13", "A14")
def test_an_endpoint_by_the_recipe_is_guarded(api: Talker) -> None:
    your_bp = Blueprint("your", __name__)

    @your_bp.route("/new-endpoint", methods=["POST"])
    @AuthMiddleware.require_auth
    def new_endpoint() -> str:
        return signed_in().account.username

    api.application.app.register_blueprint(your_bp)
    refused = api.call("POST", "/new-endpoint")

    assert (refused.status_code, refused.json["code"]) == (401, "missing_token")
    assert api.call("POST", "/new-endpoint", token=api.token()).text == "alice"


@pytest.mark.req("TK-09", "A13")
def test_a_token_of_another_client_does_not_open_the_account(api: Talker) -> None:
    token = oauth_token(api.application)

    refused = api.call("GET", "/users/me", token=token)

    assert jose.claims_of(token)["client_id"] == "web"
    assert (refused.status_code, refused.json["code"]) == (403, "insufficient_scope")
    assert "insufficient_scope" in refused.headers["WWW-Authenticate"]


@pytest.mark.req("B19", "C7")
def test_the_token_endpoint_renews_the_login_as_the_built_in_client(api: Talker) -> None:
    tokens = api.log_in()
    form = {
        "grant_type": "refresh_token",
        "client_id": CLIENT_ID,
        "refresh_token": tokens["refresh_token"],
    }

    renewed = api.call("POST", "/oauth/token", data=form)

    assert renewed.status_code == 200
    assert api.call("GET", "/users/me", token=renewed.json["access_token"]).status_code == 200
    assert renewed.json["expires_in"] == tokens["expires_in"]


@pytest.mark.req("B8", "B18")
def test_revoking_the_refresh_token_ends_the_access_token(api: Talker) -> None:
    tokens = api.log_in()
    form = {"client_id": CLIENT_ID, "token": tokens["refresh_token"]}

    revoked = api.call("POST", "/oauth/revoke", data=form)

    assert revoked.status_code == 200
    assert api.call("GET", "/users/me", token=tokens["access_token"]).status_code == 401


@pytest.mark.parametrize("path", ["/oauth/authorize", "/oauth/clients"])
def test_the_built_in_client_is_nobody_elses(api: Talker, path: str) -> None:
    query = {
        "client_id": CLIENT_ID,
        "response_type": "code",
        "redirect_uri": "https://evil.example",
    }

    answer = api.call("GET", path, query_string=query)

    assert answer.status_code in {400, 401}
    assert "Location" not in answer.headers


@pytest.mark.req("TK-09")
@pytest.mark.parametrize("kind", ["expired", "unsigned", "refresh token", "truncated", "revoked"])
def test_what_is_no_standing_access_token_opens_nothing(api: Talker, kind: str) -> None:
    tokens = api.log_in()
    token = tokens["access_token"]
    match kind:
        case "expired":
            token = token_of_before(api, tokens["user"]["id"])
        case "unsigned":
            token = jose.unsigned(jose.claims_of(token), typ="at+jwt")
        case "refresh token":
            token = tokens["refresh_token"]
        case "truncated":
            token = token[:-4]
        case _:
            api.call("POST", "/oauth/revoke", data={"client_id": CLIENT_ID, "token": token})

    refused = api.call("GET", "/users/me", token=token)

    assert (refused.status_code, refused.json["code"]) == (401, "invalid_token")


def token_of_before(api: Talker, account_id: str) -> str:
    """An access token of a session that stands, as it was issued twenty minutes ago."""
    site = api.application.site
    now = datetime.now(UTC)
    tenant_id, idle_since = site.snapshots.known().id, now - timedelta(days=1)
    stored = Sessions(site.database)
    (found,) = stored.list(tenant_id, account_id, idle_since=idle_since, now=now)
    before = site.server(now - timedelta(minutes=20), Caller())
    return str(issue_tokens(before, found.session).response["access_token"])


@pytest.mark.req("TK-09")
def test_a_token_in_the_url_is_refused(api: Talker) -> None:
    token = api.token()

    refused = api.call("GET", f"/users/me?access_token={token}")

    assert (refused.status_code, refused.json["code"]) == (400, "invalid_request")


@pytest.mark.req("G15", "C11")
def test_an_account_has_the_promised_facts(api: Talker) -> None:
    tokens = api.log_in()
    site = api.application.site
    tenant_id, account_id = site.snapshots.known().id, tokens["user"]["id"]
    told = api.call("GET", "/users/me", token=tokens["access_token"]).json
    for _ in range(site.settings.account_lockout_attempts):
        api.call("POST", "/auth/login", json={"username": "alice", "password": "wrong"})

    events = api.call("GET", "/auth/audit", token=tokens["access_token"]).json["events"]
    password = Credentials(site.database).find_password(tenant_id, account_id)
    assert {"id", "email", "username", "is_verified", "created_at", "last_login"} <= told.keys()
    assert told["created_at"] <= told["last_login"]
    assert password is not None
    assert password.startswith("$argon2id$")
    assert events[0]["type"] == "login.failed"
    assert events[0]["data"]["locked_until"] > events[0]["at"]
