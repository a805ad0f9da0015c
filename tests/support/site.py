"""A running Authwell as the outside sees it: its endpoints, and people who use its pages."""

import base64
import hashlib
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from time import sleep
from typing import Any
from urllib.parse import quote_plus

import httpx2
from redis import Redis
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from authwell.storage.snapshots import BELIEVED_FOR
from tests.parts.server import RunningServer
from tests.support.browser import Answer, Browser, Fields, answer, encoded, has_form
from tests.support.commands import apply_entries, run_command
from tests.support.configuration import CALLBACK, PASSWORD, Entry, secret_of

VERIFIER = "a-verifier-of-more-than-forty-three-characters-0123456789"
PUBLIC = frozenset({"spa", "native"})
SCOPE = "openid profile email offline_access"


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636 section 4.2)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def authorization_request(client_id: str = "web", **changes: str | None) -> dict[str, str]:
    """A valid request; None leaves a parameter out."""
    request: dict[str, str | None] = {
        "client_id": client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": SCOPE,
        "state": "state-1",
        "nonce": "nonce-1",
        "code_challenge": challenge_of(VERIFIER),
        "code_challenge_method": "S256",
    }
    request.update(changes)
    return {name: value for name, value in request.items() if value is not None}


def basic(client_id: str, secret: str) -> dict[str, str]:
    """HTTP Basic client authentication (RFC 6749 section 2.3.1)."""
    pair = f"{quote_plus(client_id)}:{quote_plus(secret)}".encode()
    return {"Authorization": "Basic " + base64.b64encode(pair).decode()}


@dataclass(frozen=True, slots=True)
class Site:
    """A server, how its command line is called, and its database."""

    issuer: str
    server: RunningServer
    http: httpx2.Client

    @property
    def environ(self) -> Mapping[str, str]:
        """The settings of the server."""
        return self.server.environ

    @property
    def folder(self) -> Path:
        """A folder of this server's own."""
        return self.server.folder

    def url(self, path: str) -> str:
        """A URL under the issuer."""
        return f"{self.issuer}/{path.lstrip('/')}"

    def endpoint(self, name: str) -> str:
        """The URL of a protocol endpoint by the last part of its path."""
        return self.url(f"oauth/{name}")

    def browser(self) -> Browser:
        """A new person's browser."""
        return Browser(self.http, self.issuer)

    # -- people ---------------------------------------------------------------------------

    def authorize(
        self, browser: Browser, client_id: str = "web", **changes: str | None
    ) -> httpx2.Response:
        """Start a flow; the answer is a page of the server or the redirect to the client."""
        return browser.open(self.endpoint("authorize"), authorization_request(client_id, **changes))

    def sign_in(
        self,
        client_id: str = "web",
        *,
        username: str = "alice",
        password: str = PASSWORD,
        browser: Browser | None = None,
        **changes: str | None,
    ) -> Answer:
        """A whole authorization: log in and consent where asked, and read the answer."""
        browser = browser or self.browser()
        page = self.authorize(browser, client_id, **changes)
        if has_form(page, "username", "password"):
            page = browser.log_in(page, username, password)
        if has_form(page, "decision"):
            page = browser.allow(page)
        return answer(page)

    def tokens(self, client_id: str = "web", **options: Any) -> dict[str, Any]:
        """The tokens of a whole flow."""
        response = self.redeem(
            self.sign_in(client_id, **options).code,
            client_id,
            **{name: value for name, value in options.items() if name == "redirect_uri"},
        )
        if response.status_code != 200:
            raise AssertionError(f"{response.status_code} {response.text}")
        return dict(response.json())

    # -- machines -------------------------------------------------------------------------

    def post(
        self,
        name: str,
        fields: Mapping[str, str] | Fields,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        """A form to an endpoint, with no credentials but those given."""
        sent = {"Content-Type": "application/x-www-form-urlencoded", **(headers or {})}
        return self.http.post(self.endpoint(name), content=encoded(fields), headers=sent)

    def as_client(
        self, name: str, client_id: str, fields: Mapping[str, str | None]
    ) -> httpx2.Response:
        """A form to an endpoint as this client, by the method it is registered with."""
        sent = {key: value for key, value in fields.items() if value is not None}
        if client_id in PUBLIC:
            return self.post(name, {"client_id": client_id, **sent})
        if client_id == "web-post":
            both = {"client_id": client_id, "client_secret": secret_of(client_id)}
            return self.post(name, {**both, **sent})
        return self.post(name, sent, basic(client_id, secret_of(client_id)))

    def token(self, client_id: str, **fields: str | None) -> httpx2.Response:
        """A token request."""
        return self.as_client("token", client_id, fields)

    def redeem(self, code: str, client_id: str = "web", **changes: str | None) -> httpx2.Response:
        """Redeem a code; None leaves a parameter out."""
        fields: dict[str, str | None] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": VERIFIER,
        }
        return self.token(client_id, **fields | changes)

    def refresh(self, token: str, client_id: str = "web", **more: str | None) -> httpx2.Response:
        """Use a refresh token."""
        return self.token(client_id, grant_type="refresh_token", refresh_token=token, **more)

    def client_credentials(self, client_id: str = "service", **more: str | None) -> str:
        """The access token of a service."""
        response = self.token(client_id, grant_type="client_credentials", **more)
        if response.status_code != 200:
            raise AssertionError(f"{response.status_code} {response.text}")
        return str(response.json()["access_token"])

    def introspect(
        self, token: str, client_id: str = "monitor", **more: str | None
    ) -> httpx2.Response:
        """Ask about a token."""
        return self.as_client("introspect", client_id, {"token": token, **more})

    def is_active(self, token: str, client_id: str = "monitor") -> bool:
        """Whether introspection calls a token active."""
        return self.introspect(token, client_id).json()["active"] is True

    def revoke(self, token: str, client_id: str = "web", **more: str | None) -> httpx2.Response:
        """End a token."""
        return self.as_client("revoke", client_id, {"token": token, **more})

    def userinfo(self, token: str) -> httpx2.Response:
        """Ask who the token speaks of."""
        return self.http.get(
            self.endpoint("userinfo"), headers={"Authorization": f"Bearer {token}"}
        )

    def jwks(self) -> dict[str, Any]:
        """The published keys."""
        return dict(self.http.get(self.url(".well-known/jwks.json")).json())

    def metadata(self) -> dict[str, Any]:
        """The discovery document."""
        return dict(self.http.get(self.url(".well-known/openid-configuration")).json())

    # -- operators ------------------------------------------------------------------------

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command of the command line on the server's own database."""
        done = run_command(arguments, self.folder, self.environ)
        if check and done.returncode != 0:
            raise AssertionError(f"authwell {arguments}: {done.stdout}{done.stderr}")
        return done

    def apply(self, entries: Entry) -> None:
        """Apply a configuration, and give each worker the second that it may not know of it."""
        apply_entries(entries, self.folder, self.environ)
        sleep(BELIEVED_FOR)

    def sql(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        """Look into the database, or move a stored time as a clock would."""
        engine = create_engine(self.environ["DATABASE_URL"], poolclass=NullPool)
        try:
            with engine.begin() as connection:
                result = connection.execute(text(statement), values)
                return [dict(row) for row in result.mappings()] if result.returns_rows else []
        finally:
            engine.dispose()

    def empty_redis(self) -> None:
        """Lose everything that Redis holds."""
        redis = Redis.from_url(self.environ["REDIS_URL"])
        redis.flushall()
        redis.close()


def plain_client(transport: httpx2.BaseTransport | None = None) -> httpx2.Client:
    """An HTTP client that keeps no cookies and follows nothing."""
    jar = CookieJar(policy=DefaultCookiePolicy(allowed_domains=[]))
    return httpx2.Client(
        cookies=jar, trust_env=False, timeout=20, follow_redirects=False, transport=transport
    )
