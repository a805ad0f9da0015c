"""Reports on administration at size: 1,000 tenants, 100,000 accounts."""

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
import orjson
from bs4 import BeautifulSoup
from sqlalchemy import select

from authwell.models.accounts import accounts
from authwell.protocol.jose.keys import KeyRing
from authwell.protocol.model import Account, Tenant
from authwell.storage.access.held import SqlAccess
from authwell.storage.database import Database
from authwell.storage.statements import Statement
from tests.bench.reports import Caller, Report, execute
from tests.bench.stage import Stage
from tests.support.configuration import PASSWORD, account

TENANTS = 1_000
ACCOUNTS = 100_000
AGAIN = 15
"""So many times a page is read. The median time counts, and the mean of the statements, since those
of the background fall into some of them."""
_OF_WALLS = ("BEGIN", "SET LOCAL ROLE authwell_tenant", "SELECT set_config", "COMMIT")
"""What goes with each statement behind a wall; its time is in the milliseconds."""
PAGES = 4
"""How far a list is followed by its cursor, from both of its ends."""

COLD, CACHED = 500, 50_000
"""So often a permission is asked for; what the server does beside them counts little."""

_ORGANIZATION: dict[str, Any] = {
    "roles": [
        {"name": "readers", "permissions": ["report:read"]},
        {"name": "clerks", "parents": ["readers"]},
    ],
    "accounts": [account("clerk")],
    "groups": [{"name": "office", "roles": ["clerks"], "members": ["clerk"]}],
}
_HOLDER = Statement(
    select(accounts.c.id, accounts.c.tenant_id).where(accounts.c.username == "clerk")
)
_TENANTS = """
CREATE TEMP TABLE more AS SELECT t.*, number FROM (SELECT * FROM tenants LIMIT 1) AS t,
  generate_series(1, %(number)s) AS number;
UPDATE more SET id = gen_random_uuid()::text, slug = 'tenant-' || number,
  name = 'Tenant ' || number, issuer = issuer || '/t/tenant-' || number,
  created_at = created_at + number * interval '1 ms';
ALTER TABLE more DROP COLUMN number;
INSERT INTO tenants SELECT * FROM more;
INSERT INTO config_stamps (tenant_id, stamp, updated_at)
  SELECT id, 1, created_at FROM more ON CONFLICT DO NOTHING;
DROP TABLE more
"""
# Half of them are the default tenant's, the others are shared out.
_ACCOUNTS = """
CREATE TEMP TABLE more AS SELECT a.*, number
  FROM (SELECT * FROM accounts WHERE username = 'alice') AS a,
  generate_series(1, %(number)s) AS number;
UPDATE more SET id = gen_random_uuid()::text, username = 'member' || number,
  username_canonical = 'member' || number, email = 'member' || number || '@people.example',
  email_canonical = 'member' || number || '@people.example',
  created_at = created_at + number * interval '1 ms';
UPDATE more SET tenant_id = (SELECT id FROM tenants WHERE slug = 'tenant-' || (number %% 1000 + 1))
  WHERE number %% 2 = 1;
ALTER TABLE more DROP COLUMN number;
INSERT INTO accounts SELECT * FROM more;
DROP TABLE more
"""
_OTHERS = """
CREATE TEMP TABLE more AS SELECT e.* FROM (SELECT * FROM audit_events LIMIT 1) AS e,
  generate_series(1, %(number)s);
UPDATE more SET id = gen_random_uuid()::text,
  at = date_trunc('month', at) + (at - date_trunc('month', at)) * random();
INSERT INTO audit_events SELECT * FROM more;
DROP TABLE more;
CREATE TEMP TABLE more AS SELECT s.* FROM (SELECT * FROM sessions LIMIT 1) AS s,
  generate_series(1, %(number)s / 10);
UPDATE more SET id = gen_random_uuid()::text, digest = sha256(gen_random_uuid()::text::bytea);
INSERT INTO sessions SELECT * FROM more;
DROP TABLE more;
ANALYZE
"""


def lists(stage: Stage) -> Iterator[str]:
    """Each list of the API and of the console, on its first pages and on its last."""
    _fill(stage)
    caller = Caller(stage)
    _, tokens = caller.post("/auth/login", {"username": "root", "password": PASSWORD})
    bearer = {"Authorization": f"Bearer {orjson.loads(tokens)['access_token']}"}
    for path in _listing(stage.site.http.get(stage.site.url("openapi.json")).json()):
        get = _getter(caller, bearer)
        yield _worst(stage, f"GET {path}", get, _addresses(get, path))
    cookie = {"Cookie": _administrator(stage)}
    for path in _console(stage, cookie):
        get = _getter(caller, cookie)
        yield _worst(stage, f"page {path}", get, _following(get, path))


def _fill(stage: Stage) -> None:
    stage.site.apply({"accounts": [account("root", roles=["admin"])]})
    stage.site.sign_in("web")
    execute(stage, _TENANTS, {"number": TENANTS})
    execute(stage, _ACCOUNTS, {"number": ACCOUNTS})
    execute(stage, _OTHERS, {"number": ACCOUNTS})


def _listing(document: dict[str, Any]) -> list[str]:
    """The paths of all lists that have pages, each once."""
    return sorted(
        path
        for path, methods in document["paths"].items()
        if "{" not in path
        and any(one.get("name") == "cursor" for one in methods.get("get", {}).get("parameters", []))
    )


Get = Callable[[str], bytes]


def _getter(caller: Caller, headers: dict[str, str]) -> Get:
    def get(path: str) -> bytes:
        status, body = caller.send("GET", path, b"", **headers)
        if status != 200:
            raise SystemExit(f"{path} was answered with {status}.")
        return body

    return get


def _addresses(get: Get, path: str) -> list[str]:
    """The first page and some after it, each as the one before names it."""
    found, cursor = [], None
    for _ in range(PAGES):
        query = {"limit": "50", **({"cursor": cursor} if cursor else {})}
        found.append(f"{path}?{urlencode(query)}")
        cursor = orjson.loads(get(found[-1])).get("next_cursor")
        if cursor is None:
            break
    return found


def _following(get: Get, path: str) -> list[str]:
    """The same of a page of the console, by its link to the next one."""
    found = [path]
    for _ in range(PAGES - 1):
        link = BeautifulSoup(get(found[-1]), "html.parser").select_one("a[rel=next]")
        if link is None:
            break
        found.append(str(link["href"]))
    return found


def _worst(stage: Stage, title: str, get: Get, addresses: list[str]) -> str:
    """What the dearest of these pages costs."""
    milliseconds = []
    for address in addresses:
        times = []
        for _ in range(AGAIN):
            begun = time.perf_counter()
            get(address)
            times.append((time.perf_counter() - begun) * 1000)
        milliseconds.append(statistics.median(times))
    stage.statements.begin()
    for address in addresses * AGAIN:
        get(address)
    counted = stage.statements.end()
    wall = sum(calls for text, calls in counted.items() if text.startswith(_OF_WALLS))
    statements = (counted.total() - wall) / (len(addresses) * AGAIN)
    return (
        f"{title:<34} {max(milliseconds):6.2f} ms at most (60), {statements:4.1f} statements (5), "
        f"{len(addresses)} pages"
    )


def _administrator(stage: Stage) -> str:
    """The cookies of an administrator who has logged in."""
    browser = stage.site.browser()
    browser.log_in(browser.open(stage.site.url("login")), "root", PASSWORD)
    return "; ".join(f"{name}={value}" for name, value in browser.cookies.items())


def _console(stage: Stage, cookie: dict[str, str]) -> list[str]:
    """The pages that the console's navigation leads to."""
    page = stage.site.http.get(stage.site.url("console"), headers=cookie, follow_redirects=True)
    return _links(page)


def _links(page: httpx2.Response) -> list[str]:
    links = BeautifulSoup(page.text, "html.parser").select("nav a[href]")
    paths = (urlsplit(str(link["href"])).path for link in links)
    return list(dict.fromkeys(path for path in paths if path.startswith("/console")))


def permissions(stage: Stage) -> Iterator[str]:
    """What it costs to ask whether somebody may do something: known already, and read anew.

    Measured in this process on the server's database, for somebody who has a role by a group, and
    the permission by a parent of that role.
    """
    stage.site.apply(_ORGANIZATION)
    database = Database(stage.server.environ["DATABASE_URL"])
    row = database.one(_HOLDER, {})
    if row is None:
        raise SystemExit("The account of the report is missing.")
    tenant = Tenant(row.tenant_id, "default", "", "", {}, {}, {}, KeyRing(()))
    holder, access = Account(row.id, "clerk"), SqlAccess(database)
    if not access.of(tenant, holder).allows("report", "read"):
        raise SystemExit("The account of the report lacks what its group has.")
    stage.statements.begin()
    for _ in range(COLD):
        access.of_now(tenant, holder)
    statements = stage.statements.end().total() / COLD
    begun = time.thread_time()
    for _ in range(CACHED):
        access.of(tenant, holder).allows("report", "read")
    milliseconds = (time.thread_time() - begun) * 1000 / CACHED
    yield f"cached {milliseconds:8.5f} ms CPU (0.05)"
    yield f"cold   {statements:8.2f} statements (2)"


REPORTS = (
    Report("O-LISTS", "lists at 1,000 tenants and 100,000 accounts", lists),
    Report("O-ACCESS", "checks of a permission", permissions),
)
