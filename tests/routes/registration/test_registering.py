"""Clients that register themselves (OpenID Connect Registration, RFC 7591)."""

from typing import Any

import pytest

from tests.identity.configuration.configuring import NOW
from tests.routes.registration.portal import CALLBACK, KEY, OPEN, PATH, TRUSTED, Portal, error_of
from tests.support.assertions import new_key, public, signed


@pytest.mark.req("DR-01")
def test_nobody_registers_unless_the_tenant_wants_it(portal: Portal) -> None:
    portal.policy()

    response = portal.post()
    metadata = portal.browser.get("/.well-known/openid-configuration").get_json()

    assert error_of(response) == (404, "registration_not_supported")
    assert "registration_endpoint" not in metadata


def test_the_endpoint_is_announced_where_it_is(portal: Portal) -> None:
    # The snapshot is read again by the request that needs it.
    portal.post()

    metadata = portal.browser.get("/.well-known/openid-configuration").get_json()

    assert metadata["registration_endpoint"] == metadata["issuer"] + PATH


def test_a_client_registers_reads_changes_and_deletes_itself(portal: Portal) -> None:
    made = portal.post(client_name="App").get_json()
    read = portal.call("GET", made)
    wanted = {"client_id": made["client_id"], "redirect_uris": [CALLBACK + "2"]}
    changed = portal.call("PUT", made, json=wanted)
    gone = portal.call("DELETE", changed.get_json())
    after = portal.call("GET", changed.get_json())

    assert read.status_code == 200
    assert read.get_json()["client_name"] == "App"
    assert changed.status_code == 200
    assert changed.get_json()["redirect_uris"] == [CALLBACK + "2"]
    assert "client_name" not in changed.get_json()
    assert gone.status_code == 204
    assert after.status_code == 401
    assert portal.events(made["client_id"]) == [
        "client.registered",
        "client.updated",
        "client.deleted",
    ]


def test_the_answer_has_what_was_said_and_every_default(portal: Portal) -> None:
    response = portal.post(client_name="App", contacts=["a@app.example"])

    made = response.get_json()
    assert response.status_code == 201
    assert response.headers["Cache-Control"] == "no-store"
    assert made["client_name"] == "App"
    assert made["contacts"] == ["a@app.example"]
    assert made["grant_types"] == ["authorization_code"]
    assert made["response_types"] == ["code"]
    assert made["token_endpoint_auth_method"] == "client_secret_basic"
    assert made["application_type"] == "web"
    assert made["id_token_signed_response_alg"] == "RS256"
    assert made["client_secret_expires_at"] == 0
    assert made["client_id_issued_at"] == int(NOW.timestamp())


def test_the_secret_of_the_answer_is_the_client_s(portal: Portal) -> None:
    made = portal.post().get_json()

    response = portal.browser.post(
        "/oauth/token",
        data={"grant_type": "authorization_code", "code": "x", "redirect_uri": CALLBACK},
        auth=(made["client_id"], made["client_secret"]),
    )

    assert error_of(response) == (400, "invalid_grant")


@pytest.mark.req("CA-14")
def test_a_public_client_gets_no_secret(portal: Portal) -> None:
    made = portal.post(token_endpoint_auth_method="none", client_secret="chosen").get_json()

    assert not {"client_secret", "client_secret_expires_at"} & made.keys()


def test_an_initial_access_token_is_needed_where_the_tenant_says_so(portal: Portal) -> None:
    portal.policy(registration="initial_access_token")
    token = portal.token(uses=2)

    without, wrong = portal.post(), portal.post(token="iat_wrong")
    refused = portal.post(token=token, redirect_uris=["x"])
    made = [portal.post(token=token).status_code for _ in range(3)]

    assert without.status_code == wrong.status_code == 401
    assert "WWW-Authenticate" in without.headers
    assert refused.status_code == 400
    assert made == [201, 201, 401]


def test_an_initial_access_token_may_name_the_scope(portal: Portal) -> None:
    portal.policy(registration="initial_access_token")
    portal.here.apply({"scopes": [{"name": "read"}, {"name": "write"}]})
    token = portal.token(scope="read")

    made = portal.post(
        token=token, redirect_uris=..., grant_types=["client_credentials"], scope="read write admin"
    ).get_json()

    assert made["scope"] == "read"


def test_a_wrong_initial_access_token_is_no_open_registration(portal: Portal) -> None:
    assert portal.post(token="iat_wrong").status_code == 401


def test_a_software_statement_of_a_trusted_issuer_wins(portal: Portal) -> None:
    portal.policy(
        **OPEN,
        software_statement_issuers=[{"issuer": TRUSTED, "jwks": {"keys": [public(KEY)]}}],
    )
    claims = {"iss": TRUSTED, "client_name": "Stated", "consent": "implicit", "software_id": "s"}
    statement = signed(claims, KEY, "ES256", typ="JWT")

    made = portal.post(client_name="Said", software_statement=statement).get_json()

    assert made["client_name"] == "Stated"
    assert made["software_id"] == "s"
    assert made["software_statement"] == statement
    assert "consent" not in portal.kept(made["client_id"])


@pytest.mark.parametrize(
    ("claims", "error"),
    [
        ({"iss": "https://other.example"}, "unapproved_software_statement"),
        ({}, "unapproved_software_statement"),
        ({"iss": TRUSTED, "exp": 1}, "invalid_software_statement"),
        ({"iss": TRUSTED, "nbf": 9e9}, "invalid_software_statement"),
        ({"iss": TRUSTED, "exp": "soon"}, "invalid_software_statement"),
        ({"iss": TRUSTED, "aud": "https://elsewhere.example"}, "invalid_software_statement"),
        ({"iss": TRUSTED, "redirect_uris": ["x"]}, "invalid_redirect_uri"),
    ],
)
def test_a_statement_out_of_order_is_refused(
    portal: Portal, claims: dict[str, Any], error: str
) -> None:
    issuers = [{"issuer": TRUSTED, "jwks": {"keys": [public(KEY)]}}]
    portal.policy(**OPEN, software_statement_issuers=issuers)

    response = portal.post(software_statement=signed(claims, KEY, "ES256", typ="JWT"))

    assert error_of(response) == (400, error)


@pytest.mark.parametrize("statement", ["", "a.b.c", "x" * 20_000, 5, {}, []])
def test_a_statement_that_is_none_is_refused(portal: Portal, statement: object) -> None:
    assert error_of(portal.post(software_statement=statement))[0] == 400


def test_a_statement_that_somebody_else_signed_is_refused(portal: Portal) -> None:
    issuers = [{"issuer": TRUSTED, "jwks": {"keys": [public(KEY)]}}]
    portal.policy(**OPEN, software_statement_issuers=issuers)
    statement = signed({"iss": TRUSTED}, new_key("ES256"), "ES256", typ="JWT")

    response = portal.post(software_statement=statement)

    assert error_of(response) == (400, "invalid_software_statement")
