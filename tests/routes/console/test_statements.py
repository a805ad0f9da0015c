"""What a page of the console costs the database, however much a tenant has."""

from typing import Any

import pytest

from authwell.middleware.console_pages import SECTIONS
from tests.routes.console.conftest import at_console, page
from tests.routes.login.conftest import Here, MakeHere
from tests.support.browser import Browser
from tests.support.configuration import account, client
from tests.support.statements import sent_statements

PAGES = ("/console", *(f"/console/{section.name}" for section in SECTIONS))
MOST = 5
MANY = range(12)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def here(request: pytest.FixtureRequest, make_here: MakeHere, new_database: Any) -> Here:
    """A tenant that has a dozen of everything that the console lists."""
    made = make_here(DATABASE_URL=new_database(request.param), OUTGOING_ALLOW="192.0.2.0/24")
    made.apply(
        accounts=[account("zoe", roles=["admin"]), *(account(f"person{n}") for n in MANY)],
        resource_types=[{"name": f"thing{n}"} for n in MANY],
        roles=[_role(n) for n in MANY],
        groups=[_group(n) for n in MANY],
        clients=[client(f"client{n}") for n in MANY],
        scopes=[{"name": f"scope{n}", "description": "A scope"} for n in MANY],
        resources=[{"identifier": f"https://{n}.api.example", "name": "An API"} for n in MANY],
        webhooks=[_webhook(n) for n in MANY],
        integrations=[{"name": f"system{n}", "type": "custom"} for n in MANY],
        domains=[{"domain": f"{n}.people.example", "use": "email"} for n in MANY],
    )
    return made


@pytest.fixture(scope="module")
def admin(here: Here) -> Browser:
    """The browser of Zoe, who has logged in."""
    return at_console(here, "zoe")


@pytest.mark.req("3.1", "9.2")
@pytest.mark.parametrize("path", PAGES)
def test_a_page_sends_a_few_statements(admin: Browser, path: str) -> None:
    page(admin, path)

    with sent_statements() as sent:
        page(admin, path)

    assert 0 < len(sent) <= MOST, sent


def _role(number: int) -> dict[str, Any]:
    """Each has all that those before it have."""
    return {
        "name": f"role{number}",
        "permissions": [f"thing{number}:read", f"thing{number}:update"],
        "parents": [f"role{parent}" for parent in range(number)],
    }


def _group(number: int) -> dict[str, Any]:
    roles = [f"role{each}" for each in range(number)]
    return {"name": f"group{number}", "roles": roles, "members": [f"person{number}"]}


def _webhook(number: int) -> dict[str, Any]:
    url = f"https://192.0.2.44/{number}"
    return {"name": f"hook{number}", "url": url, "event_types": ["account.deleted"]}
