"""FEATURES.md 11.6: what the simulator shows is what is issued."""

import json
from typing import Any

import pytest

from authwell.protocol import authentication_context as context
from authwell.protocol.server import Caller
from authwell.protocol.simulation import Question, simulate
from authwell.storage.people.accounts import Accounts
from tests.routes.console.conftest import at_console, page, shown
from tests.routes.login.conftest import ISSUER, Here
from tests.support.browser import Browser, answer, has_form, soup
from tests.support.configuration import (
    API,
    CALLBACK,
    PASSWORD,
    account,
    client,
    public_client,
    service,
)
from tests.support.jose import claims_of
from tests.support.site import VERIFIER, basic

CHANCE = ("jti", "gid", "sid", "at_hash", "nonce")
"""Members that differ each time."""
PASSWORD_CLASS = context.PASSWORD
CLIENTS = (
    client("sim-web"),
    client("sim-asks", consent="required", scope="openid profile read"),
    client("sim-opaque", access_token_format="opaque"),
    client("sim-short", access_token_lifetime=60, grant_types=["authorization_code"]),
    client("sim-pairwise", subject_type="pairwise"),
    client("sim-roles", scope="openid roles groups permissions"),
    client("sim-mfa", default_acr_values=[PASSWORD_CLASS]),
    public_client("sim-spa", scope="openid email read offline_access admin"),
)


@pytest.fixture(scope="module", autouse=True)
def clients(here: Here) -> None:
    """All that is compared."""
    editor = {"name": "editor", "permissions": ["document:read"]}
    alice = {"username": "alice", "roles": ["editor"]}
    here.apply(clients=[*CLIENTS, service("sim-service")], roles=[editor], accounts=[alice])


def told(values: dict[str, Any]) -> dict[str, Any]:
    """The claims without what differs each time."""
    return {name: value for name, value in values.items() if name not in CHANCE}


def simulated(here: Here, client_id: str, username: str | None, **question: Any) -> Any:
    """The answer of the engine at the present time."""
    server = here.site.server(here.clock.now, Caller())
    account = None
    if username is not None:
        record = Accounts(here.site.database).find_by_name(server.tenant.id, username)
        assert record is not None
        account = record.account
    return simulate(server, Question(client_id, account, **question))


def issued(here: Here, client_id: str, **changes: str | None) -> dict[str, Any]:
    """The token response of a whole flow of alice at one moment."""
    browser = here.browser()
    shown_now = here.authorize(browser, client_id, **changes)
    shown_now = browser.log_in(shown_now, "alice", PASSWORD)
    if has_form(shown_now, "decision"):
        shown_now = browser.allow(shown_now)
    fields = {
        "grant_type": "authorization_code",
        "code": answer(shown_now).code,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    }
    return token(here, client_id, fields)


def token(here: Here, client_id: str, fields: dict[str, str]) -> dict[str, Any]:
    """The answer of the token endpoint."""
    entry = next(
        each for each in (*CLIENTS, service("sim-service")) if each["client_id"] == client_id
    )
    secret = entry.get("client_secret")
    headers = basic(client_id, secret) if secret else {}
    sent = fields if secret else {**fields, "client_id": client_id}
    response = here.http.post(f"{ISSUER}/oauth/token", data=sent, headers=headers)
    assert response.status_code == 200, response.text
    return dict(response.json())


@pytest.mark.req("11.6", "9.2")
@pytest.mark.parametrize("entry", CLIENTS, ids=lambda entry: entry["client_id"])
def test_what_is_simulated_is_what_is_issued(here: Here, entry: dict[str, Any]) -> None:
    client_id = str(entry["client_id"])
    changes = {"scope": entry["scope"]}

    expected = simulated(here, client_id, "alice")
    found = issued(here, client_id, **changes)

    assert expected.response is not None, expected.reasons
    assert expected.response == {
        name: found[name] for name in ("token_type", "expires_in", "scope")
    }
    assert told(dict(expected.id_token)) == told(claims_of(found["id_token"]))
    if found["access_token"].count(".") == 2:
        assert told(dict(expected.access_token)) == told(claims_of(found["access_token"]))
    bearer = {"Authorization": f"Bearer {found['access_token']}"}
    assert expected.userinfo == here.http.get(f"{ISSUER}/oauth/userinfo", headers=bearer).json()
    refresh = [reason.text for reason in expected.reasons if reason.rule == "refresh_token"]
    assert refresh[0].startswith("No") == ("refresh_token" not in found)


@pytest.mark.req("11.6", "3.2")
def test_roles_are_simulated_and_issued(here: Here) -> None:
    found = issued(here, "sim-roles", scope="openid roles permissions")

    expected = simulated(here, "sim-roles", "alice", scope="openid roles permissions")

    assert expected.access_token["roles"] == ["editor", "user"]
    assert expected.access_token["permissions"] == ["document:read"]
    assert told(dict(expected.access_token)) == told(claims_of(found["access_token"]))


@pytest.mark.req("11.6")
def test_resources_and_claims_are_simulated_too(here: Here) -> None:
    claims = json.dumps({"id_token": {"email": None}})
    question = {"scope": "openid email read", "claims": claims}

    expected = simulated(here, "sim-web", "alice", resources=(API,), **question)
    found = issued(here, "sim-web", resource=API, **question)

    assert told(dict(expected.id_token)) == told(claims_of(found["id_token"]))
    assert told(dict(expected.access_token)) == told(claims_of(found["access_token"]))
    assert expected.id_token["email"] == "alice@people.example"


@pytest.mark.req("11.6")
def test_a_client_by_itself_is_simulated_too(here: Here) -> None:
    expected = simulated(here, "sim-service", None)
    found = token(here, "sim-service", {"grant_type": "client_credentials"})

    assert told(dict(expected.access_token)) == told(claims_of(found["access_token"]))
    assert expected.id_token is None


@pytest.mark.req("11.6")
@pytest.mark.parametrize(
    ("client_id", "question", "rule"),
    [
        ("sim-web", {"scope": "openid other"}, "scope_not_registered"),
        ("sim-web", {"resources": ("https://unknown.example",)}, "resource_not_allowed"),
        ("nobody", {}, "unknown_client"),
        ("sim-web", {"claims": "{"}, "claims_malformed"),
        ("sim-service", {}, "redirect_uri_missing"),
    ],
)
def test_a_refusal_names_its_rule(
    here: Here, client_id: str, question: dict[str, Any], rule: str
) -> None:
    found = simulated(here, client_id, "alice", **question)

    assert found.response is None
    assert (found.reasons[-1].rule, found.reasons[-1].is_refusal) == (rule, True)


@pytest.mark.req("11.6")
def test_nothing_is_kept(here: Here) -> None:
    def kept() -> list[dict[str, Any]]:
        tables = ("grants", "handles", "refresh_tokens", "access_tokens", "audit_events")
        numbers = (f"(SELECT count(*) FROM {name})" for name in tables)  # noqa: S608
        return here.rows(f"SELECT {', '.join(numbers)}")

    before = kept()

    simulated(here, "sim-asks", "alice")
    simulated(here, "sim-opaque", "alice")

    assert kept() == before


@pytest.mark.req("11.6", "9.2")
def test_the_page_shows_the_tokens_and_why(admin: Browser) -> None:
    text = shown(page(admin, "/console/simulate/sim-spa?user=alice&scope=openid+admin"))

    assert '"preferred_username": "alice"' not in text
    assert "admin is left out: the account holds no role that allows it." in text
    assert "Challenge method is s256." in text
    assert f'"iss": "{ISSUER}"' in text


def test_an_unknown_user_is_said(admin: Browser) -> None:
    refused = admin.get(f"{ISSUER}/console/simulate/sim-web", {"user": "nobody"})

    assert refused.status_code == 422
    assert soup(refused).select_one("[role=alert]")


@pytest.mark.req("11.6", "TN-05", "9.2")
def test_who_may_see_clients_alone_learns_nothing_of_people(here: Here) -> None:
    here.apply(
        roles=[{"name": "of-clients", "permissions": ["client:read"]}],
        accounts=[account("cleo", roles=["of-clients"])],
    )
    cleo = at_console(here, "cleo")
    path = f"{ISSUER}/console/simulate/sim-web"

    refused = cleo.get(path, {"user": "alice", "scope": "openid email"})
    alone = cleo.get(f"{ISSUER}/console/simulate/sim-service", {"scope": ""})

    assert refused.status_code == 403
    assert "alice" not in refused.text
    assert not has_form(cleo.get(path), "user", "scope")
    assert "sim-service" in shown(alone)
    assert "access_token" in shown(alone)
