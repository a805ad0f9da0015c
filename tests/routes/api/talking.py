"""What tests say to the first-party API."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from werkzeug.datastructures import Headers

from tests.parts import databases
from tests.support.application import PASSWORD, Application, make_application


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API said."""

    status_code: int
    headers: Headers
    text: str

    @property
    def json(self) -> Any:
        """The body, which is JSON."""
        return orjson.loads(self.text)


@dataclass(slots=True)
class Talker:
    """Somebody who talks JSON to an application."""

    application: Application

    def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        key: str | None = None,
        **sent: Any,
    ) -> Answer:
        """A request; `json`, `data` and the like are those of werkzeug's client."""
        headers = dict(sent.pop("headers", {}))
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        if key is not None:
            headers["X-API-Key"] = key
        client = self.application.app.test_client(use_cookies=False)
        response = client.open(path, method=method, headers=headers, **sent)
        return Answer(response.status_code, response.headers, response.text)

    def log_in(self, username: str = "alice", password: str = PASSWORD) -> dict[str, Any]:
        """The tokens of a login."""
        answer = self.call("POST", "/auth/login", json={"username": username, "password": password})
        assert answer.status_code == 200, answer.text
        return dict(answer.json)

    def token(self) -> str:
        """An access token of alice's."""
        return str(self.log_in()["access_token"])


@contextmanager
def an_application(kind: str = "sqlite", /, **environ: str) -> Iterator[Talker]:
    """A fresh application, with alice, and somebody who talks to it."""
    url = databases.create(kind)
    application = make_application(url, **environ)
    yield Talker(application)
    application.site.database.close()
    databases.drop(url)
