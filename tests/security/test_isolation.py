"""No route of the application lets one tenant's credentials reach another tenant (TN-01, TN-03).

The routes are those of the URL map. A part of a path that no rule here knows fails, so whoever
adds a route says what of the other tenant could be asked for there.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from sqlalchemy import select
from werkzeug.routing import Rule

from authwell.models import Base
from authwell.storage.statements import Statement
from tests.routes.api.talking import Answer, Talker, an_application
from tests.support.configuration import account
from tests.support.tenants import add_service, add_tenant, configure

OWN, OTHER = "/t/acme", "/t/globex"
MARK: Final = "of-globex-alone"
"""In every name that the other tenant has given."""
PASSWORD = "of globex and acme, 7 Words"

UNKNOWN: Final = "01a1fdb5-0000-7000-8000-000000000000"
"""An id that nothing has."""
FREE: Final = frozenset({"filename", "action", "alg", "integration_type", "step"})
"""Parts of paths that name nothing of a tenant: files, buttons, algorithms, types."""
OPEN_TO_ALL: Final = ("/static/", "/health", "/metrics", "/docs", "/redoc", "/openapi.json")


@dataclass
class Both:
    """An application with two tenants, and what each has."""

    talker: Talker
    tokens: dict[str, str] = field(default_factory=dict)
    cookies: dict[str, dict[str, str]] = field(default_factory=dict)
    things: dict[str, str] = field(default_factory=dict)
    """What the other tenant has, by the part of a path that names it."""

    def call(self, method: str, path: str, tenant: str | None, **sent: Any) -> Answer:
        """A request with the token of a tenant's administrator."""
        token = None if tenant is None else self.tokens[tenant]
        return self.talker.call(method, path, token=token, **sent)

    def rules(self) -> list[Rule]:
        """The routes, each once: prefixes lead to the same views."""
        rules = self.talker.application.app.url_map.iter_rules()
        return [rule for rule in rules if not rule.rule.startswith(("/api/", "/static/"))]


def log_in(talker: Talker, base: str) -> str:
    body = {"username": "boss", "password": PASSWORD}
    answer = talker.call("POST", f"{base}/auth/login", json=body)
    assert answer.status_code == 200, answer.text
    return str(answer.json["access_token"])


def enter(talker: Talker, base: str) -> dict[str, str]:
    """The cookies of a browser that has logged in on the page."""
    client = talker.application.app.test_client(use_cookies=True)
    page = client.get(f"{base}/login")
    token, *_ = re.findall(r'name="csrf_token" value="([^"]+)"', page.text)
    form = {"csrf_token": token, "username": "boss", "password": PASSWORD}
    answer = client.post(f"{base}/login", data=form)
    assert answer.status_code == 303, answer.text
    lines = page.headers.getlist("Set-Cookie") + answer.headers.getlist("Set-Cookie")
    pairs = (line.partition(";")[0].partition("=") for line in lines)
    return {"csrf_token": token, **{name: value for name, _, value in pairs}}


def make_things(both: Both) -> None:
    """One of each kind of object, in the other tenant, by its own administrator."""

    def make(path: str, **body: Any) -> Mapping[str, Any]:
        answer = both.call("POST", f"{OTHER}{path}", OTHER, json=body)
        assert answer.status_code == 201, f"{path}: {answer.text}"
        return dict(answer.json)

    def first(path: str, members: str) -> Mapping[str, Any]:
        return dict(both.call("GET", f"{OTHER}{path}", OTHER).json[members][0])

    hook = {"name": MARK, "url": "https://93.184.215.14/x", "event_types": ["account.deleted"]}
    endpoint = make("/webhook-endpoints", **hook)["id"]
    incoming = {"name": MARK, "type": "custom"}
    test = both.call("POST", f"{OTHER}/webhook-endpoints/{endpoint}/test", OTHER).json
    boss = both.call("GET", f"{OTHER}/users/me", OTHER).json["id"]
    globex = both.talker.application.site.tenants.of("globex")
    assert globex is not None
    both.things |= {
        "client_id": make(
            "/oauth/clients",
            client_id=MARK,
            client_name=MARK,
            redirect_uris=[f"https://{MARK}.example/cb"],
        )["client_id"],
        "endpoint_id": endpoint,
        "delivery_id": test["delivery_id"],
        "invitation_id": make("/invitations", email=f"guest@{MARK}.example")["id"],
        "domain_id": make("/domains", domain=f"{MARK}.example")["id"],
        "name": make("/scopes", name=MARK, description=MARK)["name"],
        "session_id": first("/sessions", "sessions")["id"],
        "kid": first("/keys", "keys")["kid"],
        "key": UNKNOWN,
        "locked": UNKNOWN,
        "event_id": first("/admin/audit", "events")["id"],
        "integration_id": make("/integrations", **incoming)["id"],
        "block_id": make("/blocks", kind="address", value="198.51.100.0/24", reason=MARK)["id"],
        "key_id": both.call(
            "POST", f"{OTHER}/auth/api-keys", OTHER, json={"name": MARK, "scopes": ["read:user"]}
        ).json["id"],
        "account_id": boss,
        "user_id": boss,
        "tenant_id": globex.current()[0].id,
        "role_id": built_in(both, "roles", globex.current()[0].id),
        "permission_id": built_in(both, "permissions", globex.current()[0].id),
        "resource_id": built_in(both, "resource_types", globex.current()[0].id),
        "group_id": UNKNOWN,
        "grant_id": UNKNOWN,
        "company_id": globex.current()[0].id,
    }


def built_in(both: Both, table: str, tenant_id: str) -> str:
    """One of what each tenant has from its beginning."""
    tables = {each.name: each for each in Base.metadata.sorted_tables}
    columns = tables[table].c
    found = Statement(select(columns.id).where(columns.tenant_id == tenant_id).limit(1))
    return str(both.talker.application.site.database.all(found, {})[0].id)


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    """Acme, whose credentials are used, and globex, whose objects are wanted.

    On PostgreSQL, where the walls between tenants stand too.
    """
    with an_application("postgresql") as talker:
        made = Both(talker)
        for slug, base in (("acme", OWN), ("globex", OTHER)):
            add_tenant(talker.application.site, slug)
            add_service(talker.application.site, slug)
            boss = account("boss", password=PASSWORD, roles=["admin"], email=f"boss@{slug}.example")
            configure(talker.application.site, slug, {"accounts": [boss]})
            made.tokens[base] = log_in(talker, base)
            made.cookies[base] = enter(talker, base)
        make_things(made)
        yield made


def address(rule: Rule, things: Mapping[str, str]) -> str:
    """The path of a route with these things in it."""
    return re.sub(r"<(?:[a-z]+:)?(\w+)>", lambda part: things.get(part.group(1), "x"), rule.rule)


def told(answer: Answer, things: Mapping[str, str]) -> tuple[int, str]:
    """An answer without what was asked for, and what differs from one request to the next."""
    text = answer.text
    for name in sorted(things.values(), key=len, reverse=True):
        text = text.replace(name, "THING")
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f-]{21}", "ID", text)
    return answer.status_code, re.sub(r'(csrf_token" value|nonce)="[^"]+"', "", text)


@pytest.mark.req("TN-01", "3.1", "H1")
def test_every_part_of_a_path_is_known_here(both: Both) -> None:
    parts = {part for rule in both.rules() for part in rule.arguments}

    assert parts <= both.things.keys() | FREE


@pytest.mark.req("TN-01", "H1", "3.1")
def test_what_another_tenant_has_is_as_what_nobody_has(both: Both) -> None:
    missing = dict.fromkeys(both.things, UNKNOWN)
    for rule in both.rules():
        if rule.arguments <= FREE:
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            sent: dict[str, Any] = {} if method == "GET" else {"json": {}}
            theirs = both.call(method, OWN + address(rule, both.things), OWN, **sent)
            nobodys = both.call(method, OWN + address(rule, missing), OWN, **sent)

            # A list of what nobody has is empty.
            assert method == "GET" or theirs.status_code >= 300, (method, rule)
            assert told(theirs, both.things) == told(nobodys, missing), (method, rule)


@pytest.mark.req("TN-03", "TN-01")
def test_a_token_of_another_tenant_opens_nothing(both: Both) -> None:
    for rule in both.rules():
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            path = OWN + address(rule, both.things)
            sent: dict[str, Any] = {} if method == "GET" else {"json": {}}
            stranger = both.call(method, path, None, **sent)
            foreign = both.call(method, path, OTHER, **sent)

            assert foreign.status_code in {stranger.status_code, 401, 403, 404}, (method, rule)
            assert MARK not in foreign.text.replace(path, ""), (method, rule)


@pytest.mark.req("TN-01", "H1")
def test_no_list_and_no_page_shows_what_another_tenant_has(both: Both) -> None:
    for rule in both.rules():
        if "GET" not in (rule.methods or ()) or not rule.arguments <= FREE:
            continue
        for headers in ({}, {"Cookie": cookie_line(both.cookies[OWN])}):
            token = OWN if not headers else None
            answer = both.call("GET", OWN + address(rule, {}), token, headers=headers)

            assert answer.status_code < 500, rule
            assert MARK not in answer.text, rule


@pytest.mark.req("TN-01", "BR-09")
def test_pages_of_what_another_tenant_has_are_as_of_what_nobody_has(both: Both) -> None:
    missing = dict.fromkeys(both.things, UNKNOWN)
    cookies = both.cookies[OWN]
    headers = {"Cookie": cookie_line(cookies), "Accept": "text/html"}
    form = {"csrf_token": cookies["csrf_token"]}
    for rule in both.rules():
        if rule.arguments <= FREE or not rule.rule.startswith(("/console", "/account")):
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            sent: dict[str, Any] = {"headers": headers}
            sent |= {} if method == "GET" else {"data": form}
            theirs = both.call(method, OWN + address(rule, both.things), None, **sent)
            nobodys = both.call(method, OWN + address(rule, missing), None, **sent)

            assert theirs.status_code >= 300, (method, rule)
            assert told(theirs, both.things) == told(nobodys, missing), (method, rule)


@pytest.mark.req("TN-03", "TN-01")
def test_a_session_of_another_tenant_is_none(both: Both) -> None:
    stolen = {name.replace("globex", "acme"): value for name, value in both.cookies[OTHER].items()}
    for rule in both.rules():
        if "GET" not in (rule.methods or ()) or rule.rule.startswith(OPEN_TO_ALL):
            continue
        path = OWN + address(rule, both.things)
        headers = {"Accept": "text/html"}
        stranger = both.call("GET", path, None, headers=headers)
        thief = both.call("GET", path, None, headers={**headers, "Cookie": cookie_line(stolen)})

        assert thief.status_code == stranger.status_code, rule


@pytest.mark.req("TN-01", "H1")
def test_after_all_that_the_other_tenant_has_everything_still(both: Both) -> None:
    for path in (
        f"/oauth/clients/{MARK}",
        f"/webhook-endpoints/{both.things['endpoint_id']}",
        f"/invitations/{both.things['invitation_id']}",
        f"/domains/{both.things['domain_id']}",
        f"/scopes/{MARK}",
        f"/sessions/{both.things['session_id']}",
        "/users/me",
    ):
        assert both.call("GET", OTHER + path, OTHER).status_code == 200, path


def cookie_line(cookies: Mapping[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items() if "aw" in name)
