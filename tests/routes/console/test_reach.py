"""Whatever an administrator may do by the API has a place in the console (FEATURES.md 9.2)."""

import re
from typing import Final

import pytest

from authwell.app import FIRST_PARTY
from tests.routes.login.conftest import Here

AREAS: Final = {
    "/admin/audit": "/audit",
    "/companies": "/tenants",
    "/oauth/clients": "/clients",
    "/oauth/resources": "/resources",
    "/resources": "/resource-types",
    "/webhook-endpoints": "/webhooks",
}
"""Where the console calls something by another name."""

VERBS: Final = {"PUT": "edit", "PATCH": "edit", "DELETE": "delete"}

PLACES: Final = {
    "DELETE /sessions/*": "POST /sessions/*/end",
    "DELETE /users/*": "POST /users/*/*",
    "DELETE /users/*/mfa": "POST /users/*/*",
    "DELETE /users/*/sessions": "POST /users/*/*",
    "POST /users/*/activate": "POST /users/*/*",
    "POST /users/*/deactivate": "POST /users/*/*",
    "POST /users/*/password-reset": "POST /users/*/*",
    "POST /users/*/restore": "POST /users/*/*",
    "POST /users/*/unlock": "POST /users/*/*",
    "DELETE /blocks/*": "POST /blocks/*/lift",
    "POST /blocks/locks/unlock": "POST /blocks/unlock/*",
    "DELETE /invitations/*": "POST /invitations/*/withdraw",
    "GET /oauth/clients/*": "GET /client/*",
    "PUT /oauth/clients/*": "POST /clients/edit/*",
    "PATCH /oauth/clients/*": "POST /clients/edit/*",
    "DELETE /oauth/clients/*": "POST /clients/delete/*",
    "POST /oauth/clients/*/rotate-secret": "POST /clients/rotate-secret/*",
    "POST /keys/rotate": "POST /keys/rotate/*",
    "POST /keys/*/revoke": "POST /keys/revoke/*",
    "GET /scopes/*": "GET /scope/*",
    "PUT /scopes/*": "POST /scopes/edit/*",
    "DELETE /scopes/*": "POST /scopes/delete/*",
    "PUT /oauth/resources": "POST /resources/edit",
    "DELETE /oauth/resources": "POST /resources/delete",
    # Lists that are a table on another page.
    "GET /resources": "GET /permissions",
    "GET /webhook-endpoints/*/deliveries": "GET /webhooks/*",
    "GET /webhook-endpoints/event-types": "GET /webhooks/new",
    "GET /integrations/*/events": "GET /integrations/*",
    "GET /admin/audit/security": "GET /audit",
    "GET /auth/permissions/user/*": "GET /users/*",
    # Chosen in the form of one of the two.
    "POST /roles/*/permissions/*": "POST /roles/*/edit",
    "DELETE /roles/*/permissions/*": "POST /roles/*/edit",
    "POST /groups/*/members/*": "POST /users/*/groups",
    "DELETE /groups/*/members/*": "POST /users/*/groups",
    "POST /auth/permissions": "POST /users/*/grants",
    "DELETE /auth/permissions/*": "POST /users/*/grants/*",
    "POST /companies/*/suspend": "POST /tenants/*/*",
    "POST /companies/*/activate": "POST /tenants/*/*",
    "DELETE /companies/*": "POST /tenants/*/*",
    "PUT /companies/*/host": "POST /tenants/*/host",
}
"""Those that are not where their path says."""

EXCEPTIONS: Final = {
    "POST /access/evaluation": "programs ask; people see what somebody holds on the page of a user",
    "POST /access/v1/evaluation": "as before",
}


@pytest.mark.req("9.2", "N5")
def test_each_operation_has_a_page_or_an_action(here: Here) -> None:
    pages = {
        f"{method} {_shape(rule.rule.removeprefix('/console'))}"
        for rule in here.app.url_map.iter_rules()
        if rule.endpoint.startswith("console.")
        for method in (rule.methods or ())
    }
    operations = {
        f"{operation.method} {_shape(part.path + operation.path)}"
        for part in FIRST_PARTY
        for operation in part.operations
        if operation.needs is not None and operation.needs.permission is not None
    }

    missing = {each for each in operations if _place(each) not in pages}

    assert missing == set(EXCEPTIONS)
    assert set(PLACES) <= operations


def _shape(path: str) -> str:
    return re.sub("<[^>]+>", "*", path)


def _place(operation: str) -> str:
    """Where it is expected: at the same path, as a form that is named by what it does."""
    if operation in PLACES:
        return PLACES[operation]
    method, _, path = operation.partition(" ")
    area = next((each for each in AREAS if path == each or path.startswith(f"{each}/")), None)
    if area is not None:
        path = AREAS[area] + path.removeprefix(area)
    if method == "GET":
        return f"GET {path}"
    if method == "POST":
        return f"POST {path}/new" if path.count("/") == 1 else f"POST {path}"
    return f"POST {path}/{VERBS[method]}"
