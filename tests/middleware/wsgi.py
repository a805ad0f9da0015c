"""A WSGI request without a server, and what came back."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from authwell.config.settings import Settings, load_settings

SECRET = "0123456789abcdef" * 4


def settings(**changes: str) -> Settings:
    """Valid settings of production with some names changed."""
    return load_settings(
        {
            "ISSUER": "https://auth.acme.test",
            "SECRET_KEY": SECRET,
            "KEY_ENCRYPTION_KEY": "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
            "DATABASE_URL": "postgresql://auth:pw-of-acme@db/auth_db",
            "REDIS_URL": "none",
            **changes,
        }
    )


def request(path: str = "/", **environ: str) -> WSGIEnvironment:
    """The environ of a request from a loopback peer to the issuer's host."""
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": path,
        "REMOTE_ADDR": "127.0.0.1",
        "HTTP_HOST": "auth.acme.test",
        "wsgi.url_scheme": "http",
        **environ,
    }


@dataclass
class Answer:
    """What a WSGI application did."""

    status: int = 0
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """The one value of a header."""
        found = [value for key, value in self.headers if key.lower() == name.lower()]
        return found[0] if found else None

    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


def call(app: WSGIApplication, environ: WSGIEnvironment) -> Answer:
    """Send the request."""
    answer = Answer()

    def start(status: str, headers: list[tuple[str, str]], *_info: object) -> object:
        answer.status = int(status[:3])
        answer.headers = headers
        return None

    answer.body = b"".join(app(environ, start))  # type: ignore[arg-type]
    return answer


@dataclass
class Echo:
    """An application that keeps the environ it was called with."""

    environ: WSGIEnvironment = field(default_factory=dict)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        self.environ = environ
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"ok"]
