"""Roles, groups and permissions in the console; nobody gives what they lack (TN-05)."""

import pytest

from tests.routes.console.conftest import at_console, events, identifier, page, send, shown
from tests.routes.login.conftest import ISSUER, Here, at
from tests.support.browser import Browser, soup
from tests.support.configuration import account

ROLES = "/console/roles"
GROUPS = "/console/groups"


def path_of(browser: Browser, name: str) -> str:
    """The page of a role or group."""
    (link,) = [a for a in soup(page(browser, ROLES)).select("td a") if a.get_text() == name]
    return str(link["href"])


@pytest.mark.req("I1", "9.2")
def test_a_role_is_made_changed_and_deleted(admin: Browser) -> None:
    made = send(admin, f"{ROLES}/new", name="clerk", permissions="user:read")
    path = at(made)
    assert "user:read" in shown(made)

    changed = send(admin, f"{path}/edit", parents="moderator")

    assert "moderator" in shown(changed)
    assert "user:read" in shown(changed)
    assert at(send(admin, f"{path}/delete")) == ROLES
    assert admin.get(f"{ISSUER}{path}").status_code == 404


@pytest.mark.req("9.2")
@pytest.mark.parametrize(("section", "path"), [("roles", ROLES), ("groups", GROUPS)])
def test_roles_and_groups_are_listed_a_page_at_a_time(
    here: Here, admin: Browser, section: str, path: str
) -> None:
    wanted = [f"paged-{section}-{letter}" for letter in "abc"]
    here.apply(**{section: [{"name": name} for name in wanted]})
    found, where = [], f"{path}?q=paged-{section}&limit=2"

    for _ in range(2):
        shown_now = soup(page(admin, where))
        found.append([link.get_text() for link in shown_now.select("td:first-child a")])
        (more,) = shown_now.select("a[rel=next]") or [None]
        where = str(more["href"]) if more else ""

    assert found == [wanted[:2], wanted[2:]]
    assert where == ""
    assert admin.get(f"{ISSUER}{path}?cursor=x").status_code == 400


@pytest.mark.req("9.2")
def test_built_in_roles_are_shown_and_stay(admin: Browser) -> None:
    path = path_of(admin, "admin")
    links = {link.get_text() for link in soup(page(admin, path)).select("main a")}

    refused = send(admin, f"{path}/delete")

    assert "Edit" not in links
    assert refused.status_code == 422


@pytest.mark.req("TN-05")
def test_nobody_makes_or_gives_a_role_that_holds_more_than_they_do(here: Here) -> None:
    here.apply(
        roles=[
            {"name": "maker", "permissions": ["role:manage", "user:manage", "session:read"]},
            {"name": "reader", "permissions": ["session:read"]},
        ],
        accounts=[account("milo", roles=["maker"])],
    )
    milo = at_console(here, "milo")

    refused = send(milo, f"{ROLES}/new", name="more", permissions="key:update")
    made = send(milo, f"{ROLES}/new", name="less", permissions="user:read")
    offered = soup(page(milo, "/console/users/new")).select("input[name=roles]")

    assert refused.status_code == 422
    assert "less" in shown(made)
    names = {str(each["value"]) for each in offered}
    assert {"maker", "reader", "less"} <= names
    assert names.isdisjoint({"admin", "moderator"})


@pytest.mark.req("9.2")
def test_a_group_is_made_a_user_joins_it_and_it_is_deleted(here: Here, admin: Browser) -> None:
    here.apply(accounts=[account("gina")])
    gina = f"/console/users/{identifier(here, 'gina')}"
    path = at(send(admin, "/console/groups/new", name="Front desk", roles="user"))
    changed = send(admin, f"{path}/edit", description="Who greets")
    assert "Who greets" in shown(changed)

    joined = send(admin, f"{gina}/groups", groups="Front desk")

    assert "Front desk" in shown(joined)
    assert events(here, "group.member_added")[-1]["actor"] == identifier(here, "zoe")
    assert at(send(admin, f"{path}/delete")) == GROUPS
    assert "Front desk" not in shown(page(admin, gina))


@pytest.mark.req("9.2")
def test_a_resource_type_and_a_permission_are_made_described_and_deleted(admin: Browser) -> None:
    kind = at(send(admin, "/console/resource-types/new", name="ledger"))
    made = at(send(admin, "/console/permissions/new", resource_type="ledger", action="close"))
    assert "ledger:close" in shown(page(admin, made))

    described = send(admin, f"{made}/edit", description="End of the year")

    assert "End of the year" in shown(described)
    assert "books" in shown(send(admin, f"{kind}/edit", description="The books"))
    assert at(send(admin, f"{made}/delete")) == "/console/permissions"
    assert at(send(admin, f"{kind}/delete")) == "/console/permissions"
    assert admin.get(f"{ISSUER}{kind}").status_code == 404


def test_what_does_not_fit_is_told_beside_its_field(admin: Browser) -> None:
    refused = send(admin, "/console/permissions/new", resource_type="document", action="Not this")

    assert refused.status_code == 422
    assert soup(refused).select_one("#action[aria-invalid=true]")


@pytest.mark.req("I5", "9.2")
def test_a_user_is_given_a_permission_and_loses_it(here: Here, admin: Browser) -> None:
    here.apply(accounts=[account("gus")])
    gus = f"/console/users/{identifier(here, 'gus')}"

    given = send(admin, f"{gus}/grants", permission="document:read", resource_id="plan-9")

    assert "plan-9" in shown(given)
    (link,) = soup(given).select(f'td a[href^="{gus}/grants/"]')
    taken = send(admin, str(link["href"]))
    assert at(taken) == gus
    assert "plan-9" not in shown(taken)
