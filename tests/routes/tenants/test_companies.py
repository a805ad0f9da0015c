"""`/companies` (REQUIREMENTS.md H2, H3; THREATS.md TN-04, TN-10, TN-12, TN-14)."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from authwell.identity.configuration.authors import Author
from authwell.models.accounts import accounts
from authwell.models.audit import audit_events
from authwell.models.base import Base
from authwell.storage.statements import Statement
from authwell.storage.tenancy.domains import DomainInUse, verify_domain
from authwell.storage.tenancy.erasure import erase_deleted
from tests.routes.api.administrators import administrator_token
from tests.routes.api.talking import Answer, Talker, an_application
from tests.support.letters import take_letters
from tests.support.tenants import add_service, as_service

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def server() -> Iterator[Talker]:
    """An application whose client `service` is an administrator of the default tenant."""
    with an_application() as talker:
        add_service(talker.application.site, "default")
        yield talker


@pytest.fixture(scope="module")
def root(server: Talker) -> str:
    """Its token."""
    return token_of(server, "")


def token_of(server: Talker, base: str) -> str:
    form = {"grant_type": "client_credentials", "scope": "admin"}
    found = server.call("POST", f"{base}/oauth/token", data=form, headers=as_service())
    return str(found.json["access_token"])


def create(server: Talker, root: str, name: str, **more: Any) -> Answer:
    return server.call("POST", "/companies", token=root, json={"name": name, **more})


def events(server: Talker) -> list[str]:
    wanted = Statement(select(audit_events.c.type).where(audit_events.c.type.like("tenant.%")))
    return [row.type for row in server.application.site.database.all(wanted, {})]


@pytest.mark.req("H3")
def test_a_tenant_is_made_with_keys_of_its_own(server: Talker, root: str) -> None:
    made = create(server, root, "Größe & Söhne")

    assert made.status_code == 201
    assert made.json["slug"] == "groe-sohne"
    assert made.json["issuer"] == "http://localhost/t/groe-sohne"
    assert made.json["status"] == "active"
    assert server.call("GET", "/t/groe-sohne/oauth/jwks").json["keys"]
    shown = server.call("GET", f"/companies/{made.json['id']}", token=root)
    assert shown.json == made.json
    assert shown.headers["ETag"] == made.headers["ETag"]
    assert "tenant.created" in events(server)


@pytest.mark.req("H2")
def test_its_first_administrator_is_invited(server: Talker, root: str) -> None:
    made = create(server, root, "Inviting", admin_email="ada@people.example")

    letters = take_letters(server.application.site, datetime.now(UTC))

    assert made.status_code == 201
    assert [(letter.template, letter.to) for letter in letters] == [
        ("invitation", "ada@people.example")
    ]
    assert letters[0].values["link"].startswith("http://localhost/t/inviting/invitation")
    refused = create(server, root, "Not inviting", admin_email="nobody")
    assert (refused.status_code, list(refused.json["errors"])) == (400, ["admin_email"])
    assert server.call("GET", "/t/not-inviting/oauth/jwks").status_code == 404


@pytest.mark.req("H3")
def test_with_a_policy_that_cannot_be_nothing_is_made(server: Talker, root: str) -> None:
    wishes = ({"pkce": "sometimes"}, {"no_such_member": 1})
    others = {"slug": "unfit", "admin_email": "ada@people.example"}

    refused = [create(server, root, "Unfit", policy=wish, **others) for wish in wishes]

    assert [each.status_code for each in refused] == [400, 400]
    found = [[*each.json["errors"]] for each in refused]
    assert found == [["policy.pkce"], ["policy.no_such_member"]]
    assert take_letters(server.application.site, datetime.now(UTC)) == []
    assert server.call("GET", "/t/unfit/oauth/jwks").status_code == 404
    assert create(server, root, "Unfit", slug="unfit").status_code == 201


@pytest.mark.req("H3")
@pytest.mark.parametrize(
    "slug", ["default", "Acme", "a b", "-a", "acme-browser", "device", "a/b", "a" * 64, "état"]
)
def test_a_slug_that_may_be_confused_is_refused(server: Talker, root: str, slug: str) -> None:
    made = create(server, root, "Anything", slug=slug)

    assert made.status_code == (409 if slug == "default" else 400)


@pytest.mark.req("H3", "TN-10")
def test_tenants_are_listed_a_page_at_a_time(server: Talker, root: str) -> None:
    for number in range(3):
        create(server, root, f"Paged {number}", slug=f"paged-{number}")

    first = server.call("GET", "/companies?q=paged-&limit=2", token=root).json
    cursor = first["next_cursor"]
    second = server.call("GET", f"/companies?q=paged-&limit=2&cursor={cursor}", token=root).json
    elsewhere = server.call("GET", f"/companies?limit=2&cursor={cursor}", token=root)

    slugs = [found["slug"] for page in (first, second) for found in page["companies"]]
    assert slugs == ["paged-0", "paged-1", "paged-2"]
    assert second["next_cursor"] is None
    assert elsewhere.status_code == 400


@pytest.mark.req("H3")
def test_name_and_policy_are_changed_by_who_has_seen_them(server: Talker, root: str) -> None:
    made = create(server, root, "Changing", policy={"pkce": "all"})
    path = f"/companies/{made.json['id']}"
    seen = {"If-Match": made.headers["ETag"]}

    changed = server.call("PUT", path, token=root, headers=seen, json={"name": "Changed"})
    again = server.call("PUT", path, token=root, headers=seen, json={"name": "Lost"})
    wrong = server.call("PUT", path, token=root, json={"policy": {"pkce": "some"}})

    assert (changed.json["name"], changed.json["policy"]) == ("Changed", {"pkce": "all"})
    assert (again.status_code, again.json["code"]) == (412, "changed_meanwhile")
    assert wrong.status_code == 400
    assert server.call("GET", path, token=root).json["name"] == "Changed"


@pytest.mark.req("TN-12")
def test_a_suspended_tenant_comes_back_without_its_tokens(server: Talker, root: str) -> None:
    site = server.application.site
    made = create(server, root, "Suspended").json
    add_service(site, "suspended")
    token = token_of(server, "/t/suspended")

    suspended = server.call("POST", f"/companies/{made['id']}/suspend", token=root)
    forget(server, "suspended")
    refused = server.call("GET", "/t/suspended/oauth/clients", token=token)
    active = server.call("POST", f"/companies/{made['id']}/activate", token=root)
    forget(server, "suspended")
    dead = server.call("GET", "/t/suspended/oauth/clients", token=token)
    alive = server.call("GET", "/t/suspended/oauth/clients", token=token_of(server, "/t/suspended"))

    assert (suspended.json["status"], active.json["status"]) == ("suspended", "active")
    assert (refused.status_code, dead.status_code, alive.status_code) == (403, 401, 200)
    assert {"tenant.suspended", "tenant.activated"} <= set(events(server))


@pytest.mark.req("TN-12", "TN-04")
def test_of_a_deleted_tenant_its_name_and_its_log_are_left(server: Talker, root: str) -> None:
    site = server.application.site
    made = create(server, root, "Deleted").json
    add_service(site, "deleted")
    token = token_of(server, "/t/deleted")
    path = f"/companies/{made['id']}"
    of_others = rows_of(server, accounts, default_id(server))

    gone = server.call("DELETE", path, token=root)
    forget(server, "deleted")

    assert gone.status_code == 204
    assert server.call("GET", path, token=root).status_code == 404
    assert server.call("DELETE", path, token=root).status_code == 404
    assert server.call("GET", "/t/deleted/oauth/jwks").status_code == 404
    assert server.call("GET", "/oauth/clients", token=token).status_code == 401
    assert create(server, root, "Deleted").status_code == 409
    assert erase_deleted(site.database, NOW) == 1
    assert erase_deleted(site.database, NOW) == 0
    left = {
        table.name
        for table in Base.metadata.sorted_tables
        if "tenant_id" in table.c and rows_of(server, table, made["id"])
    }
    assert left <= {"audit_events"}
    assert rows_of(server, accounts, default_id(server)) == of_others > 0
    assert create(server, root, "Deleted").status_code == 409
    assert "tenant.deleted" in events(server)


@pytest.mark.req("TN-14")
@pytest.mark.parametrize(("method", "more"), [("DELETE", ""), ("POST", "/suspend")])
def test_the_default_tenant_stays(server: Talker, root: str, method: str, more: str) -> None:
    found = server.call(method, f"/companies/{default_id(server)}{more}", token=root)

    assert (found.status_code, found.json["code"]) == (409, "conflict")
    assert server.call("GET", "/oauth/jwks").status_code == 200


@pytest.mark.req("H2", "TN-05")
def test_who_looks_after_tenants_does_not_thereby_set_the_policy_of_their_own(
    server: Talker, root: str
) -> None:
    body = {"name": "of-tenants", "permissions": ["tenant:manage"]}
    assert server.call("POST", "/roles", token=root, json=body).status_code == 201
    keeper = administrator_token(server, "tess", "of-tenants")
    other = create(server, root, "Kept").json["id"]

    def set_policy(company_id: str, token: str) -> int:
        sent = {"policy": {"code_lifetime": 30}}
        return server.call("PUT", f"/companies/{company_id}", token=token, json=sent).status_code

    assert set_policy(default_id(server), keeper) == 403
    assert set_policy(other, keeper) == 200
    assert set_policy(default_id(server), root) == 200


@pytest.mark.req("H2", "TN-05")
def test_administrators_of_other_tenants_manage_none(server: Talker, root: str) -> None:
    site = server.application.site
    made = create(server, root, "Ordinary").json
    add_service(site, "ordinary")
    token = token_of(server, "/t/ordinary")
    calls = [
        ("GET", "/companies"),
        ("POST", "/companies"),
        ("GET", f"/companies/{made['id']}"),
        ("PUT", f"/companies/{made['id']}"),
        ("DELETE", f"/companies/{made['id']}"),
        ("POST", f"/companies/{made['id']}/suspend"),
        ("POST", f"/companies/{made['id']}/activate"),
    ]

    statuses = {
        server.call(method, f"{base}{path}", token=token, json={"name": "x"}).status_code
        for method, path in calls
        for base in ("", "/t/ordinary")
    }

    assert statuses == {403}


@pytest.mark.parametrize("company_id", ["x", "01a1fcff-66b8-7ca0-b7e6-6bc1e17d53ab", "\x00" * 36])
def test_a_tenant_that_is_none_is_not_found(server: Talker, root: str, company_id: str) -> None:
    found = server.call("GET", f"/companies/{company_id}", token=root)

    assert (found.status_code, found.json["code"]) == (404, "not_found")


def forget(server: Talker, slug: str) -> None:
    """A second later."""
    found = server.application.site.tenants.of(slug)
    if found is not None:
        found.forget()


def default_id(server: Talker) -> str:
    return server.application.site.snapshots.known().id


def rows_of(server: Talker, table: Any, tenant_id: str) -> int:
    count = Statement(select(func.count().label("n")).where(table.c.tenant_id == tenant_id))
    return int(server.application.site.database.all(count, {})[0].n)


def shown_host(server: Talker, tenant_id: str, host: str) -> str:
    """The id of a domain that the tenant has shown to be its own."""
    site = server.application.site
    author = Author("test", site.clock())
    record = site.domains.add(tenant_id, host, "host", author)
    with site.database.transaction() as transaction:
        verify_domain(transaction, tenant_id, record.id, author.now)
    return record.id


@pytest.mark.req("3.6", "H1")
def test_a_tenant_moves_to_the_host_that_it_has_shown(server: Talker, root: str) -> None:
    made = create(server, root, "Hosted").json
    domain_id = shown_host(server, made["id"], "login.hosted.example")
    site, place = server.application.site, f"/companies/{made['id']}/host"
    metadata = "/.well-known/openid-configuration"

    moved = server.call("PUT", place, token=root, json={"host": "login.hosted.example"})

    issuer = "http://login.hosted.example"
    assert (moved.status_code, moved.json["issuer"]) == (200, issuer)
    assert server.call("GET", issuer + metadata).json["issuer"] == issuer
    assert server.call("GET", f"/t/hosted{metadata}").status_code == 404
    with pytest.raises(DomainInUse):
        site.domains.remove(made["id"], domain_id, Author("test", site.clock()))
    back = server.call("PUT", place, token=root, json={"host": None})
    assert back.json["issuer"] == "http://localhost/t/hosted"
    assert server.call("GET", f"/t/hosted{metadata}").json["issuer"] == back.json["issuer"]
    site.domains.remove(made["id"], domain_id, Author("test", site.clock()))
    assert events(server).count("tenant.issuer_changed") == 4


@pytest.mark.req("3.6", "TN-01")
def test_and_to_no_other(server: Talker, root: str) -> None:
    made = create(server, root, "Elsewhere").json
    other = create(server, root, "Owner").json
    shown_host(server, other["id"], "login.owner.example")
    site = server.application.site
    site.domains.add(made["id"], "login.unproven.example", "host", Author("test", site.clock()))
    place = f"/companies/{made['id']}/host"

    def asked(host: str, **more: Any) -> tuple[int, str]:
        answer = server.call("PUT", place, token=root, json={"host": host}, **more)
        return answer.status_code, answer.json["code"]

    assert asked("login.owner.example") == (409, "host_not_shown")
    assert asked("login.unproven.example") == (409, "host_not_shown")
    assert asked("nowhere.example") == (409, "host_not_shown")
    assert asked("localhost") == (400, "invalid_request")
    assert asked("no host") == (400, "invalid_request")
    assert asked("login.owner.example", headers={"If-Match": '"old"'})[0] == 412
    assert server.call("GET", f"/companies/{made['id']}", token=root).json == made
    default = site.tenants.root.current()[0].id
    body = {"host": "login.owner.example"}
    root_stays = server.call("PUT", f"/companies/{default}/host", token=root, json=body)
    assert root_stays.status_code == 409
