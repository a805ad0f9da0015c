"""Name and policy of a tenant, changed in the console of the default one (`PUT /companies/{id}`)."""

import json
from typing import Any

import pytest

from tests.routes.console.conftest import events, page, send, send_from, shown
from tests.routes.login.conftest import ISSUER, Here, at
from tests.support.browser import Browser, soup
from tests.support.configuration import PASSWORD, account
from tests.support.tenants import add_tenant, configure

POLICY = {"code_lifetime": 30, "branding": {"colors": {"light": {"brand": "#123456"}}}}


@pytest.fixture
def acme(here: Here) -> str:
    """The page of a tenant whose policy has two members."""
    record = add_tenant(here.site, "acme")
    tenant = {"slug": "acme", "name": "Acme", "policy": POLICY}
    configure(here.site, "acme", {"tenants": [tenant]})
    return f"/console/tenants/{record.id}"


def stored(here: Here) -> tuple[str, dict[str, Any]]:
    """Name and policy of the tenant."""
    (row,) = here.rows("SELECT name, policy FROM tenants WHERE slug = 'acme'")
    policy = row["policy"]
    return str(row["name"]), json.loads(policy) if isinstance(policy, str) else policy


@pytest.mark.req("H2", "9.2")
def test_name_and_policy_of_a_tenant_are_changed(here: Here, admin: Browser, acme: str) -> None:
    policy = {"code_lifetime": 45, "access_token_lifetime": 300}

    after = send(admin, f"{acme}/edit", name="Acme Corporation", policy=json.dumps(policy))

    assert at(after) == acme
    assert "Acme Corporation" in shown(after)
    assert stored(here) == ("Acme Corporation", policy)
    assert events(here, "tenant.updated")[-1]["actor"]


@pytest.mark.req("H2", "9.2")
@pytest.mark.parametrize(
    ("name", "policy", "field"),
    [
        ("", "{}", "name"),
        ("A\u202eB", "{}", "name"),
        ("Acme", "{", "policy"),
        ("Acme", "[]", "policy"),
        ("Acme", "", "policy"),
        ("Acme", '{"code_lifetime": "long"}', "policy"),
        ("Acme", '{"no_such_member": 1}', "policy"),
    ],
)
def test_what_does_not_fit_is_told_beside_its_field(
    here: Here, admin: Browser, acme: str, name: str, policy: str, field: str
) -> None:
    refused = send(admin, f"{acme}/edit", name=name, policy=policy)

    assert refused.status_code == 422
    assert soup(refused).select_one(f"#{field}[aria-invalid=true]")
    assert stored(here) == ("Acme", POLICY)


@pytest.mark.req("9.2")
def test_a_form_does_not_save_over_what_changed_meanwhile(
    here: Here, admin: Browser, acme: str
) -> None:
    opened = page(admin, f"{acme}/edit")
    send(admin, f"{acme}/edit", name="Acme Limited", policy="{}")
    typed = {"name": "Acme Works", "policy": '{"code_lifetime": 20}'}

    refused = send_from(admin, opened, **typed)

    assert refused.status_code == 422
    assert stored(here) == ("Acme Limited", {})
    again = soup(refused)
    assert again.select_one("#name[value='Acme Works']")
    assert again.select_one("#policy").get_text().strip() == typed["policy"]  # type: ignore[union-attr]
    send_from(admin, refused, **typed)
    assert stored(here) == ("Acme Works", {"code_lifetime": 20})


@pytest.mark.req("H2")
@pytest.mark.parametrize("version", [None, "", "x", "\u0000"])
def test_a_form_without_a_version_saves_nothing(
    here: Here, admin: Browser, acme: str, version: str | None
) -> None:
    opened = page(admin, f"{acme}/edit")

    refused = send_from(admin, opened, name="Eve", policy="{}", version=version)

    assert refused.status_code in (400, 422)
    assert stored(here) == ("Acme", POLICY)


@pytest.mark.req("TN-04")
def test_the_default_tenant_and_unknown_ones_have_no_such_form(here: Here, admin: Browser) -> None:
    (row,) = here.rows("SELECT id FROM tenants WHERE slug = 'default'")

    answers = [
        admin.get(f"{ISSUER}/console/tenants/{tenant_id}/edit").status_code
        for tenant_id in (row["id"], "x", "0" * 36)
    ]

    assert answers == [404, 404, 404]


@pytest.mark.req("TN-04")
def test_an_administrator_of_a_tenant_does_not_change_it_there(here: Here, acme: str) -> None:
    configure(here.site, "acme", {"accounts": [account("wile", roles=["admin"])]})
    browser = here.browser()
    browser.log_in(browser.open(f"{ISSUER}/t/acme/console"), "wile", PASSWORD)

    answer = browser.get(f"{ISSUER}/t/acme{acme}/edit")

    assert answer.status_code in (403, 404)
