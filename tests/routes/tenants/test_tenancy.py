"""Whose request it is (DESIGN.md section 4, tenancy; THREATS.md TN-02, TN-03, TN-11, TN-12)."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import orjson
import pytest
from sqlalchemy import update

from authwell.models.tenants import tenants as table
from authwell.storage.configuration.edit import Configuration
from authwell.storage.statements import Statement
from tests.routes.api.talking import Answer, Talker
from tests.routes.tenants.conftest import OWN_HOST
from tests.support.application import PASSWORD
from tests.support.tenants import add_service, add_tenant, as_service

OF_ACME = "of acme alone, 7 Words"
CREDENTIALS = {"username": "alice", "password": OF_ACME}


def service_token(talker: Talker, base: str, scope: str = "admin") -> str:
    form = {"grant_type": "client_credentials", "scope": scope}
    answer = talker.call("POST", f"{base}/oauth/token", data=form, headers=as_service())
    assert answer.status_code == 200, answer.text
    return str(answer.json["access_token"])


def claims_of(token: str) -> dict[str, Any]:
    part = token.split(".")[1]
    return dict(orjson.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4))))


def introspect(talker: Talker, base: str, token: str) -> Answer:
    return talker.call(
        "POST", f"{base}/oauth/introspect", data={"token": token}, headers=as_service()
    )


@pytest.mark.req("H1")
@pytest.mark.parametrize(
    ("path", "issuer"),
    [
        ("/.well-known/openid-configuration", "http://localhost"),
        ("/t/acme/.well-known/openid-configuration", "http://localhost/t/acme"),
        ("/t/acme/.well-known/oauth-authorization-server", "http://localhost/t/acme"),
        ("/.well-known/openid-configuration/t/acme", "http://localhost/t/acme"),
        ("/.well-known/oauth-authorization-server/t/acme", "http://localhost/t/acme"),
        (f"{OWN_HOST}/.well-known/openid-configuration", OWN_HOST),
    ],
)
def test_each_tenant_has_its_metadata_in_both_forms(
    tenants: Talker, path: str, issuer: str
) -> None:
    found = tenants.call("GET", path)

    assert found.status_code == 200
    assert found.json["issuer"] == issuer
    assert found.json["token_endpoint"] == f"{issuer}/oauth/token"
    assert found.json["jwks_uri"] == f"{issuer}/.well-known/jwks.json"


@pytest.mark.req("H1")
def test_each_tenant_has_keys_of_its_own(tenants: Talker) -> None:
    bases = ("", "/t/acme", "/t/globex", OWN_HOST)

    kids = [
        {key["kid"] for key in tenants.call("GET", f"{base}/oauth/jwks").json["keys"]}
        for base in bases
    ]

    assert all(kids)
    assert len(set().union(*kids)) == sum(map(len, kids))


@pytest.mark.req("TN-03")
@pytest.mark.parametrize("base", ["/t/acme", OWN_HOST])
def test_a_token_is_good_at_its_own_issuer_only(tenants: Talker, base: str) -> None:
    token = service_token(tenants, base)

    active = {
        place: introspect(tenants, place, token).json["active"]
        for place in ("/t/acme", "/t/globex", OWN_HOST)
    }

    assert active == {place: place == base for place in active}
    assert claims_of(token)["iss"] == (f"http://localhost{base}" if base != OWN_HOST else base)


@pytest.mark.req("TN-03")
def test_the_admin_of_a_tenant_is_nobody_elsewhere(tenants: Talker) -> None:
    token = service_token(tenants, "/t/acme")

    at_home = tenants.call("GET", "/t/acme/oauth/clients", token=token)
    elsewhere = tenants.call("GET", "/t/globex/oauth/clients", token=token)

    assert at_home.status_code == 200
    assert (elsewhere.status_code, elsewhere.json["code"]) == (403, "tenant_mismatch")


@pytest.mark.req("TN-02")
def test_a_token_names_its_tenant_where_the_path_does_not(tenants: Talker) -> None:
    token = service_token(tenants, "/t/acme")

    found = tenants.call("GET", "/oauth/clients", token=token)
    other = tenants.call("GET", "/oauth/clients", token=token, headers={"X-Tenant": "globex"})
    missing = tenants.call("GET", "/oauth/clients", token=token, headers={"X-Tenant": "nowhere"})
    same = tenants.call("GET", "/oauth/clients", token=token, headers={"X-Tenant": "acme"})

    assert [client["client_id"] for client in found.json["clients"]] == ["service"]
    assert same.status_code == 200
    # Which tenants there are is not told either.
    assert (other.status_code, missing.status_code) == (403, 403)
    assert other.json["code"] == missing.json["code"] == "tenant_mismatch"


@pytest.mark.req("TN-02")
def test_a_token_that_only_claims_another_issuer_opens_nothing(tenants: Talker) -> None:
    head, body, signature = service_token(tenants, "/t/acme").split(".")
    claims = claims_of(f"{head}.{body}.{signature}") | {"iss": "http://localhost/t/globex"}
    forged = urlsafe_b64encode(orjson.dumps(claims)).decode().rstrip("=")

    found = tenants.call("GET", "/oauth/clients", token=f"{head}.{forged}.{signature}")

    assert found.status_code == 401


@pytest.mark.req("TN-06", "TN-11", "K35")
@pytest.mark.parametrize(
    ("path", "headers", "more"),
    [
        ("/t/acme/auth/login", {}, {}),
        ("/auth/login", {"X-Tenant": "acme"}, {}),
        ("/auth/login", {}, {"tenant": "acme"}),
        ("/api/auth/login", {}, {"tenant": "acme"}),
    ],
)
def test_a_login_is_one_of_the_tenant_that_is_named(
    tenants: Talker, path: str, headers: dict[str, str], more: dict[str, str]
) -> None:
    found = tenants.call("POST", path, json=CREDENTIALS | more, headers=headers)
    other = tenants.call(
        "POST", path, json={"username": "alice", "password": PASSWORD} | more, headers=headers
    )

    assert found.status_code == 200, found.text
    assert claims_of(found.json["access_token"])["iss"] == "http://localhost/t/acme"
    assert other.status_code == 401


@pytest.mark.req("TN-02", "K35")
def test_names_that_disagree_are_refused(tenants: Talker) -> None:
    answers = [
        tenants.call(
            "POST", "/t/acme/auth/login", json=CREDENTIALS, headers={"X-Tenant": "globex"}
        ),
        tenants.call("POST", "/t/acme/auth/login", json=CREDENTIALS | {"tenant": "globex"}),
        tenants.call("POST", "/t/acme/auth/login", json=CREDENTIALS | {"tenant": "default"}),
        tenants.call("POST", "/t/acme/auth/login", json=CREDENTIALS | {"tenant": 7}),
    ]

    assert [(found.status_code, found.json["code"]) for found in answers] == [
        (403, "tenant_mismatch")
    ] * 4


@pytest.mark.req("K35")
@pytest.mark.parametrize("name", ["nowhere", "", "../acme", "ACME", "a" * 100, "acme\x00"])
def test_a_tenant_that_is_none_is_not_found(tenants: Talker, name: str) -> None:
    by_body = tenants.call("POST", "/auth/login", json=CREDENTIALS | {"tenant": name})
    by_path = tenants.call("GET", f"/t/{name}/oauth/jwks")

    assert (by_body.status_code, by_body.json["code"]) == (404, "not_found")
    assert by_path.status_code == 404


@pytest.mark.req("HT-03")
def test_a_tenant_has_one_address(tenants: Talker) -> None:
    paths = (
        "/t/default/oauth/jwks",
        "/t/initech/oauth/jwks",
        f"{OWN_HOST}/t/acme/oauth/jwks",
        "/t/acme/t/globex/oauth/jwks",
        "/.well-known/openid-configuration/t/acme/t/globex",
        "/.well-known/openid-configurationx/t/acme",
    )

    assert {tenants.call("GET", path).status_code for path in paths} == {404}
    assert tenants.call("GET", "http://elsewhere.example/oauth/jwks").status_code == 400


@pytest.mark.req("J4", "TN-01")
def test_an_api_key_is_one_of_its_tenant(tenants: Talker) -> None:
    login = tenants.call("POST", "/t/acme/auth/login", json=CREDENTIALS).json
    made = tenants.call(
        "POST",
        "/t/acme/auth/api-keys",
        token=login["access_token"],
        json={"name": "script", "scopes": ["read:user"]},
    )
    key = made.json["api_key"]

    statuses = {
        base: tenants.call("GET", f"{base}/users/me", key=key).status_code
        for base in ("", "/t/acme", "/t/globex")
    }

    assert statuses == {"": 200, "/t/acme": 200, "/t/globex": 401}


@pytest.mark.req("BR-02", "SE-01")
def test_pages_and_cookies_of_a_tenant_are_its_own(tenants: Talker) -> None:
    browser = tenants.application.app.test_client()
    page = browser.get("/t/acme/login").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    assert 'action="/t/acme/login"' in page
    form = {"csrf_token": token[1], **CREDENTIALS}

    entered = browser.post("/t/acme/login", data=form)

    assert entered.headers["Location"] == "/t/acme/"
    names = {cookie.partition("=")[0] for cookie in entered.headers.getlist("Set-Cookie")}
    assert "aw-acme" in names
    assert browser.get("/t/acme/account").status_code == 200
    assert browser.get("/account").headers["Location"].startswith("/login")
    assert browser.get("/t/globex/account").headers["Location"].startswith("/t/globex/login")


@pytest.mark.parametrize("path", ["", "/profile", "/security", "/sessions", "/passkeys"])
def test_pages_lead_nowhere_but_to_their_own_tenant(tenants: Talker, path: str) -> None:
    browser = tenants.application.app.test_client()
    page = browser.get("/t/acme/login").text
    token = re.search(r'name="csrf_token" value="([^"]+)"', page)
    assert token is not None
    browser.post("/t/acme/login", data={"csrf_token": token[1], **CREDENTIALS})

    shown = browser.get(f"/t/acme/account{path}")

    assert shown.status_code == 200
    targets = re.findall(r'(?:href|action|src|data-options)="(/[^"]*)"', shown.text)
    assert targets
    assert [target for target in targets if not target.startswith("/t/acme/")] == []


@pytest.mark.req("TN-12")
def test_a_suspended_tenant_is_refused_at_once(tenants: Talker) -> None:
    site = tenants.application.site
    record = add_tenant(site, "closing")
    add_service(site, "closing")
    token = service_token(tenants, "/t/closing")
    now = datetime.now(UTC)
    statement = update(table).where(table.c.id == record.id).values(status="suspended")
    with Configuration(site.database).edit(record.id, now):
        pass
    site.database.write(Statement(statement), {})
    snapshots = site.tenants.of("closing")
    assert snapshots is not None
    snapshots.forget()

    form = {"grant_type": "client_credentials"}
    refused = [
        tenants.call("POST", "/t/closing/oauth/token", data=form, headers=as_service()),
        tenants.call("GET", "/t/closing/.well-known/openid-configuration"),
        tenants.call("GET", "/t/closing/oauth/clients", token=token),
        tenants.call("GET", "/oauth/clients", token=token),
        tenants.call("POST", "/auth/login", json=CREDENTIALS | {"tenant": "closing"}),
        tenants.call("GET", "/t/closing/login"),
    ]

    assert {found.status_code for found in refused} == {403}
    assert refused[0].json["reason"] == refused[2].json["code"] == "tenant_suspended"
    assert introspect(tenants, "/t/closing", token).json == {"active": False}
    assert tenants.call("GET", "/t/acme/login").status_code == 200


@pytest.mark.req("TN-12")
def test_a_deleted_tenant_is_not_there(tenants: Talker) -> None:
    site = tenants.application.site
    record = add_tenant(site, "ending")
    add_service(site, "ending")
    token = service_token(tenants, "/t/ending")
    statement = update(table).where(table.c.id == record.id).values(status="deleted")
    site.database.write(Statement(statement), {})
    snapshots = site.tenants.of("ending")
    assert snapshots is not None
    snapshots.forget()

    statuses = [
        tenants.call("GET", "/t/ending/oauth/jwks").status_code,
        introspect(tenants, "/t/ending", token).status_code,
        tenants.call("GET", "/oauth/clients", token=token).status_code,
    ]

    assert statuses == [404, 404, 401]
