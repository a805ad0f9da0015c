"""A relying party: it knows an issuer and its own client, and finds the rest by discovery.

It signs people in with OpenID Connect (code flow with PKCE), asks userinfo, refreshes and logs
out. Authlib's Flask client does the protocol; tokens stay here and never reach the browser.

    ISSUER=http://localhost:5000 CLIENT_ID=... CLIENT_SECRET=... PORT=5001 python app.py
"""

import os
import secrets
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import FlaskOAuth2App, OAuth
from flask import Flask, redirect, render_template, request, session, url_for
from joserfc.errors import JoseError
from requests import HTTPError, RequestException  # noqa: TID251 - Authlib's Flask client raises them
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Response

SCOPE = "openid profile email address phone offline_access"
TIMES = frozenset({"exp", "iat", "auth_time", "updated_at"})

Token = dict[str, Any]


def create_app(issuer: str, client_id: str, client_secret: str) -> Flask:
    """The relying party of one client at one issuer."""
    app = Flask(__name__)
    app.config.update(
        SECRET_KEY=secrets.token_bytes(32),
        # Cookies know no ports: the server beside us on this host has cookies of its own.
        SESSION_COOKIE_NAME="relying_party",
        # A POST from another site comes without the cookie, so a form needs no token of its own.
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=issuer.startswith("https://"),
    )
    visits = Visits()
    provider: FlaskOAuth2App = OAuth(app).register(
        "provider",
        client_id=client_id,
        client_secret=client_secret,
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": SCOPE, "code_challenge_method": "S256", "timeout": 10},
        update_token=lambda token, **_: visits.renew(token),
    )
    app.context_processor(lambda: {"issuer": issuer})
    app.add_template_filter(readable)
    _add_sign_in(app, provider, visits)
    _add_account(app, provider, visits)
    _add_errors(app, visits)
    return app


class Visits:
    """The tokens of those who are signed in; their browsers hold a random number only."""

    def __init__(self) -> None:
        self._tokens: dict[str, Token] = {}

    def begin(self, token: Token) -> None:
        """Sign the browser in, under a new number."""
        session.clear()
        session["visit"] = secrets.token_urlsafe(32)
        self._tokens[session["visit"]] = token

    def token(self) -> Token | None:
        """The tokens of the browser that asks, if it is signed in."""
        return self._tokens.get(session.get("visit", ""))

    def renew(self, token: Token) -> None:
        """Put refreshed tokens in the place of the old ones."""
        self._tokens[session["visit"]] |= token

    def end(self) -> Token | None:
        """Sign the browser out here; what it had."""
        return self._tokens.pop(session.pop("visit", ""), None)


def _add_sign_in(app: Flask, provider: FlaskOAuth2App, visits: Visits) -> None:
    @app.get("/login")
    def login() -> Response:
        answer: Response = provider.authorize_redirect(url_for("callback", _external=True))
        return answer

    @app.get("/callback")
    def callback() -> Response:
        # RFC 9207: an answer of another issuer must not be taken to this one's token endpoint.
        if request.args.get("iss") != provider.load_server_metadata()["issuer"]:
            raise WrongIssuer
        visits.begin(provider.authorize_access_token())
        return _home()

    @app.post("/logout")
    def logout() -> Response:
        token = visits.end()
        if token is None:
            return _home()
        answer: Response = provider.logout_redirect(
            url_for("signed_out", _external=True), id_token_hint=token["id_token"]
        )
        answer.status_code = HTTPStatus.SEE_OTHER
        return answer

    @app.get("/signed-out")
    def signed_out() -> str:
        provider.validate_logout_response()
        return render_template("home.html", notice="You are signed out.")


def _add_account(app: Flask, provider: FlaskOAuth2App, visits: Visits) -> None:
    @app.get("/")
    def home() -> str:
        token = visits.token()
        if token is None:
            return render_template("home.html")
        try:
            userinfo = provider.userinfo(token=token)
        except HTTPError as error:
            if error.response.status_code != HTTPStatus.UNAUTHORIZED:
                raise
            visits.end()
            return render_template("home.html", notice="Your sign-in has ended.")
        notice = session.pop("notice", None)
        return render_template("account.html", token=token, userinfo=userinfo, notice=notice)

    @app.post("/refresh")
    def refresh() -> Response:
        token = visits.token()
        if token is not None and "refresh_token" in token:
            newer = provider.fetch_access_token(
                grant_type="refresh_token", refresh_token=token["refresh_token"]
            )
            visits.renew(newer)
            session["notice"] = "Refreshed: both tokens are new."
        return _home()


def _home() -> Response:
    return redirect(url_for("home"), HTTPStatus.SEE_OTHER)


class WrongIssuer(Exception):
    """The answer does not name the issuer that was asked."""


def _add_errors(app: Flask, visits: Visits) -> None:
    def show(text: str, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> tuple[str, HTTPStatus]:
        return render_template("error.html", text=text), status

    @app.errorhandler(WrongIssuer)
    def wrong_issuer(_error: WrongIssuer) -> tuple[str, HTTPStatus]:
        return show("The answer does not name the server that was asked.")

    @app.errorhandler(AuthlibBaseError)
    def refused(error: AuthlibBaseError) -> tuple[str, HTTPStatus]:
        if error.error == "invalid_grant":
            visits.end()
        return show(str(error.description or error.error))

    @app.errorhandler(JoseError)
    def untrusted(_error: JoseError) -> tuple[str, HTTPStatus]:
        return show("The server's ID token does not prove who you are.")

    @app.errorhandler(RequestException)
    def unreachable(_error: RequestException) -> tuple[str, HTTPStatus]:
        text = "The identity provider does not answer as it should. Try again in a moment."
        return show(text, HTTPStatus.BAD_GATEWAY)


def readable(value: object, name: str = "") -> str:
    """A claim as a person reads it."""
    if name in TIMES and isinstance(value, int):
        return datetime.fromtimestamp(value, UTC).strftime("%d %B %Y, %H:%M:%S UTC")
    if isinstance(value, dict):
        return "\n".join(f"{key}: {part}" for key, part in value.items())
    if isinstance(value, list):
        return ", ".join(str(part) for part in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


class QuietHandler(WSGIRequestHandler):
    """Writes no line for a request."""

    def log_request(self, *_: object) -> None:
        """Keep the terminal for what matters."""


def main() -> None:
    """Serve on the loopback interface until it is stopped."""
    app = create_app(*(os.environ[name] for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET")))
    server = make_server(
        "127.0.0.1", int(os.environ["PORT"]), app, threaded=True, request_handler=QuietHandler
    )
    with suppress(KeyboardInterrupt):
        server.serve_forever()


if __name__ == "__main__":
    main()
