"""The workloads: what is asked, with what data, and what it may cost.

Each is a script of `lua` and a function that makes its data. The function is called once for
the warm-up and once for the measurement, so that no token is used by both.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from authwell.identity.passwords.hashing import BUSY
from tests.bench.configuration import PEOPLE_SCOPE
from tests.bench.load import CONNECTIONS, Outcome
from tests.bench.stage import Stage
from tests.support.configuration import CALLBACK, PASSWORD, secret_of
from tests.support.site import basic, challenge_of

Data = dict[str, Any]
USERNAME = "alice"
TOKENS = 20


@dataclass(frozen=True, slots=True)
class Workload:
    """One line of the table."""

    name: str
    title: str
    script: str
    data: Callable[[Stage], Data]
    at_most: float | None = None
    """CPU milliseconds of the application and PostgreSQL together, for each unit."""
    unit: str = "request"
    ends_itself: bool = False
    check: Callable[[Stage, Data], Outcome] | None = None
    """What must hold afterwards; its errors are errors of the workload."""


def documents(_stage: Stage) -> Data:
    """Discovery and keys by turns."""
    return {
        "cases": [
            {"path": "/.well-known/openid-configuration", "text": '"issuer"'},
            {"path": "/.well-known/jwks.json", "text": '"keys"'},
        ]
    }


def client_credentials(scope: str) -> Callable[[Stage], Data]:
    """A service asks for a token for one resource."""
    body = urlencode({"grant_type": "client_credentials", "scope": scope})
    case = {"path": "/oauth/token", "client": "service", "body": body, "text": '"access_token"'}
    return lambda _stage: {**_clients(), "cases": [case]}


def introspection(stage: Stage) -> Data:
    """A resource server asks about valid tokens, one after the other."""
    tokens = [stage.site.client_credentials("service", scope="read") for _ in range(TOKENS)]
    cases = [
        {
            "path": "/oauth/introspect",
            "client": "rs",
            "body": urlencode({"token": token}),
            "text": '"active":true',
        }
        for token in tokens
    ]
    return {**_clients(), "cases": cases}


def refresh_chain(client_id: str) -> Callable[[Stage], Data]:
    """Each connection has a refresh token of a login of its own."""

    def data(stage: Stage) -> Data:
        logins = [stage.site.tokens(client_id, scope=PEOPLE_SCOPE) for _ in range(CONNECTIONS)]
        tokens = [login["refresh_token"] for login in logins]
        return {**_clients(), "client": client_id, "tokens": tokens}

    return data


def flow(client_id: str, *, with_session: bool) -> Callable[[Stage], Data]:
    """Authorize to userinfo, in a browser session that exists or through the login form."""

    def data(stage: Stage) -> Data:
        return {
            **_clients(),
            "client": client_id,
            "issuer": stage.site.issuer,
            "callback": CALLBACK,
            "credentials": {"username": USERNAME, "password": PASSWORD},
            "authorize": urlencode(
                {
                    "client_id": client_id,
                    "redirect_uri": CALLBACK,
                    "response_type": "code",
                    "scope": PEOPLE_SCOPE,
                    "code_challenge_method": "S256",
                }
            ),
            "redeem": urlencode({"grant_type": "authorization_code", "redirect_uri": CALLBACK}),
            "pairs": [_proof() for _ in range(64)],
            "cookies": _sessions(stage) if with_session else [],
            # As many as may hash or wait for that; one more is told to come again.
            "connections": CONNECTIONS if with_session else BUSY,
        }

    return data


def revocation(stage: Stage) -> Data:
    """Refresh tokens of separate authorizations, each revoked once."""
    with_files = {**flow("web", with_session=True)(stage), "keep": True}
    _without_errors(stage.load.run("flow", with_files, seconds=4))
    files = sorted(stage.load.folder.glob("refresh-*.txt"))
    tokens = [token for file in files for token in file.read_text().split()]
    return {
        **_clients(),
        "client": "web",
        "path": "/oauth/revoke",
        "before": "token=",
        "status": 200,
        "text": "",
        "tokens": tokens,
    }


def revoked_tokens_are_refused(stage: Stage, data: Data) -> Outcome:
    """Try to refresh with every token that was revoked."""
    refresh = {
        **data,
        "path": "/oauth/token",
        "before": "grant_type=refresh_token&refresh_token=",
        "status": 400,
        "text": '"invalid_grant"',
    }
    return stage.load.run("spend", refresh, seconds=60, ends_itself=True)


def form_post(response_type: str) -> Callable[[Stage], Data]:
    """An authorization request in a session that exists, answered by a page that posts itself."""
    path = "/oauth/authorize?" + urlencode(
        {
            "client_id": "classic",
            "redirect_uri": CALLBACK,
            "response_type": response_type,
            "response_mode": "form_post",
            "scope": "openid",
            "nonce": "n",
        }
    )

    def data(stage: Stage) -> Data:
        cookies = [f"{name}={value}" for name, value in _sessions(stage)]
        return {"cases": [{"path": path, "cookie": one, "text": "code"} for one in cookies]}

    return data


WORKLOADS = (
    Workload("W1", "discovery and JWKS by turns", "cycle", documents, 0.06),
    Workload("W2", "client credentials, RS256", "cycle", client_credentials("read"), 0.50),
    Workload("W2-ES", "client credentials, ES256", "cycle", client_credentials("read-es"), 0.28),
    Workload("W2-O", "client credentials, opaque", "cycle", client_credentials("read-opaque")),
    Workload("W3", "introspection of 20 tokens", "cycle", introspection, 0.40),
    Workload("W4", "refresh chain, RS256", "refresh", refresh_chain("web"), 1.2),
    Workload("W4-ES", "refresh chain, ES256", "refresh", refresh_chain("web-es")),
    Workload(
        "W5b",
        "authorize to userinfo, RS256",
        "flow",
        flow("web", with_session=True),
        at_most=3.0,
        unit="chain",
    ),
    Workload(
        "W5b-ES",
        "authorize to userinfo, ES256",
        "flow",
        flow("web-es", with_session=True),
        unit="chain",
    ),
    Workload("W5", "whole login, RS256", "flow", flow("web", with_session=False), unit="chain"),
    Workload(
        "W6",
        "revocation of refresh tokens",
        "spend",
        revocation,
        at_most=1.0,
        ends_itself=True,
        check=revoked_tokens_are_refused,
    ),
    Workload("W7", "code by form_post", "cycle", form_post("code")),
    Workload("W7-I", "code id_token, 1 signature", "cycle", form_post("code id_token")),
    Workload("W7-T", "code id_token token", "cycle", form_post("code id_token token")),
)


def chosen(only: str | None) -> list[Workload]:
    """The workloads that a list of names means; `W2` is all of W2, and none is everything."""
    if only is None:
        return list(WORKLOADS)
    wanted = [name.strip() for name in only.split(",")]
    known = {name for load in WORKLOADS for name in (load.name, load.name.partition("-")[0])}
    unknown = [name for name in wanted if name not in known and name[:1] not in "PO"]
    if unknown:
        raise SystemExit(f"There is no workload {unknown[0]}; there are {', '.join(sorted(known))}")
    return [
        load for load in WORKLOADS if {load.name, load.name.partition("-")[0]}.intersection(wanted)
    ]


def _clients() -> Mapping[str, Any]:
    names = ("service", "rs", "web", "web-es")
    return {"clients": {name: basic(name, secret_of(name))["Authorization"] for name in names}}


def _proof() -> tuple[str, str]:
    verifier = secrets.token_urlsafe(48)
    return verifier, challenge_of(verifier)


def _sessions(stage: Stage) -> list[tuple[str, str]]:
    found = []
    for _ in range(CONNECTIONS):
        browser = stage.site.browser()
        stage.site.sign_in("web", browser=browser, scope=PEOPLE_SCOPE)
        (cookie,) = [item for item in browser.cookies.items() if item[0].endswith("aw-default")]
        found.append(cookie)
    return found


def _without_errors(outcome: Outcome) -> None:
    if outcome.errors:
        raise SystemExit(f"The preparation failed {outcome.errors} times: {outcome.first_error}")
