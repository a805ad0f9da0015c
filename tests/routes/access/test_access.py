"""`/roles`, `/permissions`, `/resources`, `/groups`, `/auth/permissions` and the evaluation."""

from collections.abc import Iterator
from typing import Any

import pytest

from authwell.routes.access.groups import GroupSchema
from authwell.routes.access.permissions import PermissionsSchema
from authwell.routes.access.resources import TypesSchema
from authwell.routes.access.roles import RoleSchema, RolesSchema
from tests.routes.api.administrators import administrator_token
from tests.routes.api.people import add_account, change_account
from tests.routes.api.talking import Talker, an_application

HELPER = "hugo"
PERSON = "petra"


@pytest.fixture(scope="module")
def talker() -> Iterator[Talker]:
    with an_application() as talker:
        change_account(talker, "alice", roles=("admin",))
        yield talker


@pytest.fixture(scope="module")
def admin(talker: Talker) -> str:
    return talker.token()


@pytest.fixture(scope="module")
def helper(talker: Talker, admin: str) -> str:
    """An administrator of roles who holds little else."""
    members = {
        "name": "helper",
        "permissions": ["role:manage", "permission:manage", "document:read", "user:update"],
    }
    assert talker.call("POST", "/roles", token=admin, json=members).status_code == 201
    return administrator_token(talker, HELPER, "helper")


@pytest.fixture(scope="module")
def person(talker: Talker) -> str:
    """The id of somebody without roles."""
    add_account(talker, PERSON, email="petra@people.example", email_verified=True)
    return str(me(talker, str(talker.log_in(PERSON)["access_token"])))


def me(talker: Talker, token: str) -> str:
    return str(talker.call("GET", "/users/me", token=token).json["id"])


def make_role(talker: Talker, token: str, called: str, **members: Any) -> Any:
    return talker.call("POST", "/roles", token=token, json={"name": called, **members})


def permission_id(talker: Talker, token: str, name: str) -> str:
    listed = talker.call("GET", "/permissions?limit=200", token=token).json["permissions"]
    return str(next(one["id"] for one in listed if one["name"] == name))


@pytest.mark.req("I1", "I10", "3.2")
def test_a_role_is_made_shown_changed_and_deleted(talker: Talker, admin: str) -> None:
    made = make_role(talker, admin, "editor", permissions=["document:read"], parents=["user"])
    one = f"/roles/{made.json['id']}"

    changes = {"description": "Edits", "permissions": ["document:update", "document:read"]}
    changed = talker.call("PUT", one, token=admin, json=changes)
    shown = talker.call("GET", one, token=admin)
    stale = talker.call("PUT", one, token=admin, json=changes, headers={"If-Match": '"old"'})
    deleted = talker.call("DELETE", one, token=admin)

    assert made.status_code == 201
    assert RoleSchema().validate(made.json) == {}
    assert changed.json["permissions"] == ["document:read", "document:update"]
    assert changed.json["parents"] == ["user"]
    assert shown.json == changed.json
    assert stale.status_code == 412
    assert deleted.status_code == 204
    assert talker.call("GET", one, token=admin).status_code == 404


@pytest.mark.req("I1", "I3", "I8", "I9")
def test_everybody_may_look_at_roles_and_permissions(talker: Talker, person: str) -> None:
    token = str(talker.log_in(PERSON)["access_token"])

    roles = talker.call("GET", "/api/v1/roles/", token=token)
    permissions = talker.call("GET", "/api/v1/permissions/?limit=200", token=token)

    assert RolesSchema().validate(roles.json) == {}
    assert {"admin", "moderator", "user"} <= {role["name"] for role in roles.json["roles"]}
    assert PermissionsSchema().validate(permissions.json) == {}
    names = {one["name"] for one in permissions.json["permissions"]}
    assert {
        f"{kind}:{action}"
        for kind in ("project", "team", "report", "client")
        for action in ("create", "read", "update", "delete", "manage")
    } <= names
    assert make_role(talker, token, "mine").status_code == 403
    assert talker.call("GET", "/resources", token=token).status_code == 403


@pytest.mark.req("I2")
def test_a_permission_is_given_to_a_role_and_taken(talker: Talker, admin: str) -> None:
    role = make_role(talker, admin, "giver", permissions=["document:read"]).json["id"]
    wanted = permission_id(talker, admin, "report:read")
    link = f"/api/v1/roles/{role}/permissions/{wanted}"

    given = talker.call("POST", link, token=admin)
    taken = talker.call("DELETE", link, token=admin)

    assert given.json["permissions"] == ["document:read", "report:read"]
    assert taken.status_code == 204
    shown = talker.call("GET", f"/roles/{role}", token=admin).json
    assert shown["permissions"] == ["document:read"]


@pytest.mark.req("I3", "I4", "K19")
def test_types_and_permissions_are_made_described_and_deleted(talker: Talker, admin: str) -> None:
    kind = talker.call("POST", "/resources", token=admin, json={"name": "invoice"})
    body = {"resource_type": "invoice", "action": "approve"}
    made = talker.call("POST", "/permissions", token=admin, json=body)
    again = talker.call("POST", "/permissions", token=admin, json=body)
    one, of_kind = f"/permissions/{made.json['id']}", f"/resources/{kind.json['id']}"

    described = talker.call("PUT", one, token=admin, json={"description": "Signs"})
    named = talker.call("PUT", of_kind, token=admin, json={"description": "Bills"})
    listed = talker.call("GET", "/resources", token=admin)
    gone = talker.call("DELETE", one, token=admin)
    dropped = talker.call("DELETE", of_kind, token=admin)

    assert (kind.status_code, made.status_code, again.status_code) == (201, 201, 409)
    assert made.json["name"] == "invoice:approve"
    assert described.json["description"] == "Signs"
    assert named.json["description"] == "Bills"
    assert TypesSchema().validate(listed.json) == {}
    assert (gone.status_code, dropped.status_code) == (204, 204)


@pytest.mark.req("I3", "I4")
@pytest.mark.parametrize("path", ["/permissions", "/resources"])
def test_one_of_them_is_shown_and_what_is_not_there_is_not_found(
    talker: Talker, admin: str, person: str, path: str
) -> None:
    first = talker.call("GET", f"{path}?limit=1", token=admin).json[path[1:]][0]
    one = f"{path}/{first['id']}"

    shown = talker.call("GET", one, token=admin)
    known = {"If-None-Match": shown.headers["ETag"]}
    same = talker.call("GET", one, token=admin, headers=known)
    odd = ["x", "%00", "0" * 36, "x" * 300]
    missing = [talker.call("GET", f"{path}/{name}", token=admin).status_code for name in odd]
    by_person = talker.call("GET", one, token=str(talker.log_in(PERSON)["access_token"]))

    assert shown.json == first
    assert same.status_code == 304
    assert missing == [404] * 4
    assert by_person.status_code == (200 if path == "/permissions" else 403)
    assert talker.call("GET", one).status_code == 401


def test_what_is_built_in_stays(talker: Talker, admin: str) -> None:
    roles = talker.call("GET", "/roles", token=admin).json["roles"]
    types = talker.call("GET", "/resources", token=admin).json["resources"]
    built_in = [
        *(f"/roles/{role['id']}" for role in roles if role["built_in"]),
        next(f"/resources/{one['id']}" for one in types if one["name"] == "document"),
        f"/permissions/{permission_id(talker, admin, 'document:read')}",
    ]

    assert [talker.call("DELETE", one, token=admin).status_code for one in built_in] == [403] * 5


@pytest.mark.req("I5", "I6", "I7", "K19", "3.7")
def test_a_grant_is_given_asked_for_and_taken(talker: Talker, admin: str, person: str) -> None:
    body = {"user_id": person, "resource_type": "document", "action": "manage"}
    made = talker.call(
        "POST", "/api/auth/permissions", token=admin, json=body | {"resource_id": "7"}
    )
    own = str(talker.log_in(PERSON)["access_token"])

    seen = talker.call("GET", f"/api/auth/permissions/user/{person}", token=own)
    by_admin = talker.call("GET", f"/auth/permissions/user/{person}", token=admin)
    others = talker.call("GET", f"/auth/permissions/user/{me(talker, admin)}", token=own)
    before = [decision(talker, token, person, "7") for token in (admin, own)]
    elsewhere = decision(talker, admin, person, "8")
    taken = talker.call("DELETE", f"/api/auth/permissions/{made.json['id']}", token=admin)

    assert made.status_code == 201
    assert seen.json["permissions"] == by_admin.json["permissions"] == [made.json]
    assert others.status_code == 403
    assert (before, elsewhere) == ([True, True], False)
    assert taken.status_code == 204
    assert decision(talker, admin, person, "7") is False


def decision(
    talker: Talker, token: str, subject: str, resource: str, path: str = "/access/v1/evaluation"
) -> Any:
    """Whether the person may read a document."""
    body = {
        "subject": {"type": "user", "id": subject},
        "action": {"name": "read", "properties": {"method": "GET"}},
        "resource": {"type": "document", "id": resource},
        "context": {"time": "1985-10-26T01:22-07:00"},
    }
    return talker.call("POST", path, token=token, json=body).json["decision"]


@pytest.mark.req("3.7")
def test_the_evaluation_api_says_where_it_is_and_what_it_needs(
    talker: Talker, admin: str, person: str
) -> None:
    described = talker.call("GET", "/.well-known/authzen-configuration")
    broken = talker.call("POST", "/access/v1/evaluation", token=admin, json={"subject": {}})
    stranger = talker.call("POST", "/access/v1/evaluation", json={})

    assert described.json["access_evaluation_endpoint"].endswith("/access/v1/evaluation")
    assert described.json["policy_decision_point"]
    assert broken.status_code == 400
    assert stranger.status_code == 401
    assert decision(talker, admin, "nobody", "7", "/access/evaluation") is False


@pytest.mark.req("I11")
def test_a_group_gives_its_roles(talker: Talker, admin: str, person: str) -> None:
    make_role(talker, admin, "scribe", permissions=["document:read"])
    made = talker.call("POST", "/groups", token=admin, json={"name": "pens", "roles": ["scribe"]})
    one = f"/groups/{made.json['id']}"

    joined = talker.call("POST", f"{one}/members/{person}", token=admin)
    may = decision(talker, admin, person, "9")
    left = talker.call("DELETE", f"{one}/members/{person}", token=admin)
    changed = talker.call("PUT", one, token=admin, json={"roles": [], "description": "x"})
    shown = talker.call("GET", one, token=admin)
    deleted = talker.call("DELETE", one, token=admin)

    assert GroupSchema().validate(made.json) == {}
    assert (joined.status_code, left.status_code, deleted.status_code) == (204, 204, 204)
    assert may is True
    assert decision(talker, admin, person, "9") is False
    assert changed.json == shown.json
    assert changed.json["roles"] == []


@pytest.mark.req("TN-05")
def test_nobody_gives_more_than_they_hold(
    talker: Talker, admin: str, helper: str, person: str
) -> None:
    allowed = make_role(talker, helper, "reader", permissions=["document:read"])
    own = next(
        role["id"]
        for role in talker.call("GET", "/roles", token=helper).json["roles"]
        if role["name"] == "helper"
    )
    higher = make_role(talker, admin, "higher", permissions=["report:read"]).json["id"]
    grant = {"user_id": person, "resource_type": "report", "action": "read"}

    refused = [
        make_role(talker, helper, "more", permissions=["client:delete"]),
        make_role(talker, helper, "child", parents=["admin"]),
        talker.call("PUT", f"/roles/{own}", token=helper, json={"permissions": []}),
        talker.call("PUT", f"/roles/{higher}", token=helper, json={"permissions": []}),
        talker.call("DELETE", f"/roles/{higher}", token=helper),
        talker.call("POST", "/groups", token=helper, json={"name": "g", "roles": ["admin"]}),
        talker.call("POST", "/auth/permissions", token=helper, json=grant),
    ]

    assert allowed.status_code == 201
    assert [answer.status_code for answer in refused] == [403] * 7
    assert {answer.json["code"] for answer in refused} == {"forbidden"}


def test_a_role_cannot_inherit_from_itself(talker: Talker, admin: str) -> None:
    first = make_role(talker, admin, "first").json["id"]
    make_role(talker, admin, "second", parents=["first"])

    answer = talker.call("PUT", f"/roles/{first}", token=admin, json={"parents": ["second"]})

    assert (answer.status_code, answer.json["code"]) == (400, "invalid_request")


@pytest.mark.req("TN-05")
def test_only_superusers_touch_clients_that_hold_what_they_do(talker: Talker, admin: str) -> None:
    """Who could make one, or a secret of one, would be a superuser by its token."""
    members = {"name": "client-keeper", "permissions": ["client:manage"]}
    assert talker.call("POST", "/roles", token=admin, json=members).status_code == 201
    keeper = administrator_token(talker, "clive", "client-keeper")

    def asked(token: str, method: str, path: str = "", **sent: Any) -> int:
        return talker.call(method, f"/oauth/clients{path}", token=token, **sent).status_code

    def machine(client_id: str, scope: str) -> dict[str, Any]:
        return {"client_id": client_id, "grant_types": ["client_credentials"], "scope": scope}

    assert asked(keeper, "POST", json=machine("rogue", "reports admin")) == 403
    assert asked(keeper, "POST", json=machine("robot", "reports")) == 201
    assert asked(keeper, "PATCH", "/robot", json={"scope": "admin"}) == 403
    assert asked(admin, "POST", json=machine("chief", "admin")) == 201
    assert asked(keeper, "POST", "/chief/rotate-secret", json={}) == 403
    assert asked(keeper, "PATCH", "/chief", json={"scope": "reports"}) == 403
    assert asked(keeper, "DELETE", "/chief") == 403
    assert asked(keeper, "POST", "/robot/rotate-secret", json={}) == 200
    assert asked(keeper, "DELETE", "/robot") == 204


@pytest.mark.req("I1", "I3", "I4", "AU-16", "TN-10")
@pytest.mark.parametrize("path", ["roles", "permissions", "resources", "groups"])
@pytest.mark.parametrize("sort", ["name", "-name"])
def test_a_list_is_read_a_page_at_a_time(talker: Talker, admin: str, path: str, sort: str) -> None:
    for name in ("paged-a", "paged-b"):
        body = {"name": name, "roles": ["moderator"]}
        talker.call("POST", "/groups", token=admin, json=body)

    def page(**query: Any) -> Any:
        query = {"sort": sort, **query}
        return talker.call("GET", f"/{path}", token=admin, query_string=query).json

    whole = page(limit=200)[path]
    few = max(1, len(whole) // 3)
    one = page(limit=few)
    found = one[path]
    while one["next_cursor"] is not None:
        one = page(limit=few, cursor=one["next_cursor"])
        found += one[path]

    names = [each["name"] for each in whole]
    assert found == whole
    assert len(names) == len(set(names)) >= 2
    # Names of permissions are in the order of their two parts.
    key = [name.split(":") for name in names]
    assert key == sorted(key, reverse=sort.startswith("-"))


@pytest.mark.req("I1", "I3", "AU-16")
def test_a_list_is_narrowed(talker: Talker, admin: str) -> None:
    def found(path: str, **query: str) -> list[str]:
        answer = talker.call("GET", f"/{path}", token=admin, query_string=query).json
        return [one["name"] for one in answer[path]]

    actions = ("create", "delete", "manage", "read", "update")
    assert found("permissions", resource_type="report") == [f"report:{each}" for each in actions]
    assert found("roles", q="mod") == ["moderator"]
    assert found("roles", q="%") == []
    assert found("resources", q="docu") == ["document"]
    assert found("groups", q="no-such") == []


@pytest.mark.req("I1", "TN-10")
@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/roles", {"name": "versioned"}),
        ("/groups", {"name": "versioned"}),
        ("/resources", {"name": "versioned"}),
        ("/permissions", {"resource_type": "document", "action": "version"}),
    ],
)
def test_what_changed_meanwhile_is_neither_written_over_nor_deleted(
    talker: Talker, admin: str, path: str, body: dict[str, str]
) -> None:
    made = talker.call("POST", path, token=admin, json=body).json
    one = f"{path}/{made['id']}"
    old = {"If-Match": talker.call("GET", one, token=admin).headers["ETag"]}
    change = {"description": "another"}
    changed = talker.call("PUT", one, token=admin, headers=old, json=change)
    new = {"If-Match": changed.headers["ETag"]}

    again = talker.call("PUT", one, token=admin, headers=old, json={"description": "lost"})
    deleted = talker.call("DELETE", one, token=admin, headers=old)

    assert (changed.status_code, again.status_code, deleted.status_code) == (200, 412, 412)
    assert talker.call("GET", one, token=admin).json["description"] == "another"
    assert talker.call("DELETE", one, token=admin, headers=new).status_code == 204
