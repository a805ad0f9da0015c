"""Clients that register themselves (OpenID Connect Registration, RFC 7591) and manage it (RFC 7592)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from werkzeug.test import TestResponse

from authwell.app import create_app
from authwell.identity import initial_access
from authwell.identity.initial_access import Wish
from authwell.models.audit import audit_events
from authwell.protocol.clients.members import MEMBERS
from authwell.protocol.clients.registration import SETTABLE
from authwell.storage.statements import Statement
from tests.conftest import NewDatabase
from tests.identity import configuring
from tests.identity.configuring import NOW, Desk, alice, desk
from tests.support.assertions import new_key, public, signed

PATH = "/oauth/register"
CALLBACK = "https://app.example/cb"
OPEN = {"registration": "open"}
CLASSIC = {"profiles": ["oauth21", "oidc_classic"]}
EVENTS = Statement(select(audit_events).order_by(audit_events.c.id))
TRUSTED = "https://trusted.example"
KEY = new_key("ES256")


@dataclass
class Portal:
    """The endpoint in the hands of a stranger."""

    app: Flask
    here: Desk
    now: datetime = NOW

    @property
    def browser(self) -> FlaskClient:
        return self.app.test_client()

    def policy(self, **policy: Any) -> None:
        self.here.apply({"tenants": [{"slug": "default", "policy": policy}]})

    def token(self, **wish: Any) -> str:
        state = self.here.configurator.state()
        lasting = Wish(timedelta(hours=1), **wish)
        return initial_access.create(self.here.database, state, lasting, self.here.author)[1]

    def kept(self, client_id: str) -> dict[str, Any]:
        return dict(self.here.configurator.client(client_id).metadata)

    def events(self, client_id: str) -> list[str]:
        rows = self.here.database.all(EVENTS, {})
        return [row.type for row in rows if row.client_id == client_id]

    def post(self, token: str | None = None, **members: Any) -> TestResponse:
        body = {"redirect_uris": [CALLBACK], **members}
        sent = {name: value for name, value in body.items() if value is not ...}
        return self.browser.post(PATH, json=sent, headers=_bearer(token))

    def call(self, method: str, made: dict[str, Any], **more: Any) -> TestResponse:
        token = more.pop("token", made["registration_access_token"])
        path = urlsplit(made["registration_client_uri"]).path
        return self.browser.open(path, method=method, headers=_bearer(token), **more)


def _bearer(token: str | None) -> dict[str, str]:
    return {} if token is None else {"Authorization": f"Bearer {token}"}


@pytest.fixture(scope="module")
def portal(new_database: NewDatabase) -> Iterator[Portal]:
    url = new_database("sqlite")
    here = desk(url)
    switches = {"RATE_LIMITING_ENABLED": "false", "UNUSED_CLIENTS_MAX": "100000"}
    app = create_app(configuring.settings(url, LOG_LEVEL="ERROR", **switches), lambda: NOW)
    yield Portal(app, here)
    here.database.close()


@pytest.fixture(autouse=True)
def is_open(portal: Portal) -> None:
    portal.policy(**OPEN)


def error_of(response: TestResponse) -> tuple[int, str]:
    return response.status_code, response.get_json()["error"]


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


def test_names_in_other_languages_are_kept(portal: Portal) -> None:
    said = {"client_name#ja": "クライアント", "tos_uri#de": "https://app.example/de/agb"}

    made = portal.post(**said).get_json()

    assert said.items() <= made.items()


@pytest.mark.req("DR-05")
@pytest.mark.parametrize("name", ["a\u202eb", "a\nb", "", "x" * 256, " padded", 5, ["a"]])
@pytest.mark.parametrize("member", ["client_name", "client_name#nl"])
def test_a_name_is_a_line_of_text_in_every_language(portal: Portal, member: str, name: Any) -> None:
    assert error_of(portal.post(**{member: name})) == (400, "invalid_client_metadata")


@pytest.mark.req("DR-05")
@pytest.mark.parametrize("char", "\u115f\u1160\u3164\uffa0\u2800\u034f\u200b\u2060\U000e0041")
def test_a_name_has_no_invisible_characters(portal: Portal, char: str) -> None:
    for name in (char, char * 3, f"Ba{char}nk"):
        assert error_of(portal.post(client_name=name)) == (400, "invalid_client_metadata")


@pytest.mark.req("DR-05")
@pytest.mark.parametrize("name", ["\ufe0f", "\U000e0100", "\u0301\u0301"])
def test_marks_alone_are_no_name(portal: Portal, name: str) -> None:
    assert error_of(portal.post(client_name=name)) == (400, "invalid_client_metadata")


@pytest.mark.req("DR-05")
@pytest.mark.parametrize(
    "name",
    [
        "한국 은행",
        "\u1112\u1161\u11ab",
        "I \u2764\ufe0f Rāga",
        "葛\U000e0100城市",
        "बैंक",
        "#1",
        "日本",
    ],
)
def test_a_name_may_be_of_any_language(portal: Portal, name: str) -> None:
    made = portal.post(client_name=name)

    assert (made.status_code, made.get_json()["client_name"]) == (201, name)


@pytest.mark.req("DR-03")
def test_what_only_administrators_give_is_passed_over(portal: Portal) -> None:
    privileged: dict[str, Any] = {
        "consent": "implicit",
        "introspection": "tenant",
        "password_grant": True,
        "allowed_resources": ["https://api.example"],
        "access_token_lifetime": 86_400,
        "access_token_format": "opaque",
        "refresh_retry_seconds": 30,
        "profile": "oidc_classic",
        "status": "active",
        "client_id": "authwell",
        "first_party": True,
    }

    made = portal.post(**privileged).get_json()

    kept = portal.kept(made["client_id"])
    assert made["client_id"] != "authwell"
    assert kept["profile"] == "oauth21"
    assert not (privileged.keys() - {"profile", "client_id"}) & (kept.keys() | made.keys())


@pytest.mark.req("DR-03")
def test_the_scopes_of_our_own_apis_are_not_for_strangers(portal: Portal) -> None:
    made = portal.post(scope="openid admin account email unheard-of").get_json()

    assert made["scope"] == "openid email"


@pytest.mark.req("DR-03")
@pytest.mark.parametrize("grant_type", ["client_credentials", "password", "unheard-of"])
def test_no_stranger_gets_a_grant_without_a_person(portal: Portal, grant_type: str) -> None:
    response = portal.post(grant_types=["authorization_code", grant_type])

    assert error_of(response) == (400, "invalid_client_metadata")


@pytest.mark.req("oidcc-redirect-uri-regfrag", "RU-03", "RU-06")
@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example/cb#fragment",
        "https://app.example/cb#",
        "http://app.example/cb",
        "https://app.example@evil.example/cb",
        "https://*.example/cb",
        "javascript:alert(1)",
        "JavaScript://app.example/%0aalert(1)",
        "data:text/html,x",
        "vbscript:x",
        "com.example.app:/cb",
        "/cb",
        "",
        "https://app.example/cb?code=1",
        "https://app.example\\@evil.example/cb",
    ],
)
def test_a_redirect_uri_that_is_none_is_refused(portal: Portal, uri: str) -> None:
    status, error = error_of(portal.post(redirect_uris=[uri]))

    assert status == 400
    assert error == ("invalid_redirect_uri" if uri else "invalid_client_metadata")


@pytest.mark.parametrize(
    "uri", ["com.example.app:/cb", "http://127.0.0.1/cb", "http://[::1]/cb", CALLBACK]
)
def test_a_native_client_has_the_uris_of_rfc_8252(portal: Portal, uri: str) -> None:
    response = portal.post(
        application_type="native", token_endpoint_auth_method="none", redirect_uris=[uri]
    )

    assert response.status_code == 201


def test_a_scheme_of_a_native_client_has_a_dot(portal: Portal) -> None:
    response = portal.post(application_type="native", redirect_uris=["myapp:/cb"])

    assert error_of(response) == (400, "invalid_redirect_uri")


@pytest.mark.req("oidcc-3rd_party-init-login")
def test_initiate_login_uri_comes_back_at_registration_and_when_read(portal: Portal) -> None:
    uri = "https://app.example/start"

    made = portal.post(initiate_login_uri=uri).get_json()
    read = portal.call("GET", made).get_json()

    assert (made["initiate_login_uri"], read["initiate_login_uri"]) == (uri, uri)


@pytest.mark.req("oidcc-3rd_party-init-login-nohttps")
def test_initiate_login_uri_without_tls_is_refused(portal: Portal) -> None:
    response = portal.post(initiate_login_uri="http://app.example/start")

    assert error_of(response) == (400, "invalid_client_metadata")


@pytest.mark.req("TK-12")
@pytest.mark.parametrize(
    "key",
    [
        {"kty": "RSA", "e": "AQAB", "n": "w" * 86},
        {"kty": "RSA", "e": "AQ", "n": "w" * 342},
        {"kty": "EC", "crv": "P-256", "x": "A" * 43, "y": "A" * 43},
        {"kty": "OKP", "crv": "Ed25519", "x": "A" * 43},
        {"kty": "oct", "k": "c2VjcmV0"},
        {**public(KEY), "d": "AAAA"},
    ],
)
def test_a_weak_key_is_refused(portal: Portal, key: dict[str, str]) -> None:
    response = portal.post(token_endpoint_auth_method="private_key_jwt", jwks={"keys": [key]})

    assert error_of(response) == (400, "invalid_client_metadata")


def test_keys_are_given_once(portal: Portal) -> None:
    response = portal.post(jwks={"keys": [public(KEY)]}, jwks_uri="https://app.example/jwks.json")

    assert error_of(response) == (400, "invalid_client_metadata")


@pytest.mark.req("oidcc-registration-jwks-uri")
def test_a_client_with_keys_of_its_own_has_no_secret(portal: Portal) -> None:
    made = portal.post(
        token_endpoint_auth_method="private_key_jwt", jwks_uri="https://app.example/jwks.json"
    ).get_json()

    assert made["jwks_uri"] == "https://app.example/jwks.json"
    assert "client_secret" not in made


@pytest.mark.req("DR-02")
@pytest.mark.parametrize("member", ["jwks_uri", "sector_identifier_uri", "backchannel_logout_uri"])
@pytest.mark.parametrize("uri", ["http://app.example/x", "file:///etc/passwd", "gopher://x/", 5])
def test_what_the_server_would_call_is_https(portal: Portal, member: str, uri: Any) -> None:
    response = portal.post(**{member: uri})

    assert error_of(response) == (400, "invalid_client_metadata")


@pytest.mark.req("DR-02", "WH-01")
@pytest.mark.parametrize("member", ["jwks_uri", "request_uris", "backchannel_logout_uri"])
@pytest.mark.parametrize(
    "host", ["169.254.169.254", "127.0.0.1:8443", "[::1]", "[::ffff:10.0.0.1]", "2130706433"]
)
def test_an_address_that_may_not_be_called_is_not_kept(
    portal: Portal, member: str, host: str
) -> None:
    uri = f"https://{host}/x"
    made = portal.post().get_json()
    value: Any = [uri] if member == "request_uris" else uri
    wanted = {"client_id": made["client_id"], "redirect_uris": [CALLBACK], member: value}

    registered = portal.post(**{member: value})
    changed = portal.call("PUT", made, json=wanted)

    assert error_of(registered) == (400, "invalid_client_metadata")
    assert error_of(changed) == (400, "invalid_client_metadata")
    assert host not in registered.get_json()["error_description"]


@pytest.mark.req("WH-01")
@pytest.mark.parametrize("host", ["93.184.216.34", "[2606:4700::1111]", "app.example"])
def test_public_addresses_and_names_are_kept(portal: Portal, host: str) -> None:
    response = portal.post(backchannel_logout_uri=f"https://{host}/logout")

    assert response.status_code == 201


@pytest.mark.req("DR-02")
def test_a_private_sector_is_not_fetched(portal: Portal) -> None:
    response = portal.post(
        subject_type="pairwise", sector_identifier_uri="https://169.254.169.254/latest"
    )

    assert error_of(response) == (400, "invalid_client_metadata")
    assert "169" not in response.get_json()["error_description"]


def test_a_scheme_of_an_application_gets_no_subjects_of_the_host_behind_it(portal: Portal) -> None:
    response = portal.post(
        subject_type="pairwise",
        application_type="native",
        token_endpoint_auth_method="none",
        redirect_uris=["com.evil.app://bank.example/cb"],
    )

    assert error_of(response) == (400, "invalid_client_metadata")
    assert "sector_identifier_uri" in response.get_json()["error_description"]


@pytest.mark.req("DR-06")
@pytest.mark.parametrize(
    "members",
    [
        {"redirect_uris": [f"https://app.example/{number}" for number in range(1000)]},
        {"redirect_uris": ["https://app.example/" + "x" * 3000]},
        {"contacts": ["x"] * 101},
        {"software_id": "x" * 3000},
        {"jwks": {"keys": [{}] * 51}},
    ],
)
def test_oversized_metadata_are_refused(portal: Portal, members: dict[str, Any]) -> None:
    assert portal.post(**members).status_code == 400


@pytest.mark.req("DR-06")
def test_a_body_has_an_end(portal: Portal) -> None:
    response = portal.post(client_name="x" * 70_000)

    assert response.status_code == 413
    assert response.get_json()["reason"] == "body_too_large"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b"null", "application/json"),
        (b'{"redirect_uris": ["https://app.example/cb"]}', "text/plain"),
        (b"redirect_uris=https://app.example/cb", "application/x-www-form-urlencoded"),
        (b'{"client_name": "\\ud800"}', "application/json"),
        (b"[" * 5000, "application/json"),
        (b"\xff", "application/json"),
    ],
)
def test_only_a_json_object_registers(portal: Portal, body: bytes, content_type: str) -> None:
    response = portal.browser.post(PATH, data=body, content_type=content_type)

    assert error_of(response) == (400, "invalid_client_metadata")


def test_a_client_gets_the_first_profile_that_its_metadata_fit(portal: Portal) -> None:
    portal.policy(**OPEN, **CLASSIC, registration_profiles=["oauth21", "oidc_classic"])

    plain = portal.post().get_json()
    hybrid = portal.post(response_types=["code id_token"]).get_json()

    assert portal.kept(plain["client_id"])["profile"] == "oauth21"
    assert portal.kept(hybrid["client_id"])["profile"] == "oidc_classic"
    assert hybrid["grant_types"] == ["authorization_code", "implicit"]


def test_the_other_profiles_of_the_tenant_are_not_for_strangers(portal: Portal) -> None:
    portal.policy(**OPEN, **CLASSIC)

    response = portal.post(response_types=["id_token"], grant_types=["implicit"])

    assert error_of(response) == (400, "invalid_client_metadata")


def test_a_change_never_widens_the_profile(portal: Portal) -> None:
    portal.policy(**OPEN, **CLASSIC, registration_profiles=["oauth21", "oidc_classic"])
    made = portal.post().get_json()
    wanted = {
        "client_id": made["client_id"],
        "redirect_uris": [CALLBACK],
        "response_types": ["code id_token"],
    }

    assert error_of(portal.call("PUT", made, json=wanted)) == (400, "invalid_client_metadata")


def test_a_change_ends_the_token_before(portal: Portal) -> None:
    made = portal.post().get_json()
    wanted = {"client_id": made["client_id"], "redirect_uris": [CALLBACK]}

    changed = portal.call("PUT", made, json=wanted).get_json()

    assert portal.call("PUT", made, json=wanted).status_code == 401
    assert portal.call("GET", made).status_code == 401
    assert portal.call("GET", changed).status_code == 200


def test_a_refused_change_ends_no_token(portal: Portal) -> None:
    made = portal.post().get_json()
    wanted = {"client_id": made["client_id"], "redirect_uris": ["x"]}

    refused = portal.call("PUT", made, json=wanted)

    assert error_of(refused) == (400, "invalid_redirect_uri")
    assert portal.call("GET", made).get_json()["redirect_uris"] == [CALLBACK]


@pytest.mark.parametrize("client_id", [None, "other", 5])
def test_a_change_says_whom_it_is_about(portal: Portal, client_id: object) -> None:
    made = portal.post().get_json()
    wanted = {"client_id": client_id, "redirect_uris": [CALLBACK]}

    assert error_of(portal.call("PUT", made, json=wanted)) == (400, "invalid_client_metadata")


def test_a_change_chooses_no_secret_but_may_repeat_it(portal: Portal) -> None:
    made = portal.post().get_json()
    wanted = {"client_id": made["client_id"], "redirect_uris": [CALLBACK]}

    chosen = portal.call("PUT", made, json={**wanted, "client_secret": "x" * 43})
    repeated = portal.call("PUT", made, json={**wanted, "client_secret": made["client_secret"]})

    assert error_of(chosen) == (400, "invalid_client_metadata")
    assert repeated.get_json()["client_secret"] == made["client_secret"]


def test_another_method_brings_or_ends_the_secret(portal: Portal) -> None:
    made = portal.post(token_endpoint_auth_method="none").get_json()
    wanted = {"client_id": made["client_id"], "redirect_uris": [CALLBACK]}

    secret = portal.call("PUT", made, json=wanted).get_json()
    public_again = portal.call(
        "PUT", secret, json={**wanted, "token_endpoint_auth_method": "none"}
    ).get_json()

    assert secret["client_secret"]
    assert "client_secret" not in public_again
    assert portal.here.configurator.client(made["client_id"]).secrets == ()


def test_what_an_administrator_gave_survives_a_change(portal: Portal) -> None:
    made = portal.post().get_json()
    client_id = made["client_id"]
    portal.here.apply(
        {
            "clients": [
                {**portal.kept(client_id), "client_id": client_id, "access_token_lifetime": 60}
            ]
        }
    )
    wanted = {"client_id": client_id, "redirect_uris": [CALLBACK], "access_token_lifetime": 9000}

    changed = portal.call("PUT", made, json=wanted)

    assert changed.status_code == 200
    assert portal.kept(client_id)["access_token_lifetime"] == 60


RIGHTS: list[dict[str, Any]] = [
    {"password_grant": True},
    {"introspection": "tenant"},
    {"scope": "openid admin"},
]


@pytest.mark.req("DR-03")
@pytest.mark.parametrize("given", RIGHTS)
@pytest.mark.parametrize(
    "change",
    [
        {"redirect_uris": ["https://other.example/cb"]},
        {"application_type": "native"},
        {"token_endpoint_auth_method": "none"},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": {"keys": [public(KEY)]}},
        {"jwks_uri": "https://other.example/jwks.json"},
    ],
)
def test_rights_of_an_administrator_are_not_taken_elsewhere(
    portal: Portal, given: dict[str, Any], change: dict[str, Any]
) -> None:
    made = portal.post().get_json()
    client_id = made["client_id"]
    portal.here.apply({"clients": [{**portal.kept(client_id), **given}]})
    before = portal.kept(client_id)
    same = {"client_id": client_id, "redirect_uris": [CALLBACK]}

    refused = portal.call("PUT", made, json={**same, **change})
    after = portal.kept(client_id)
    allowed = portal.call("PUT", made, json={**same, "client_name": "New"})

    assert error_of(refused) == (400, "invalid_client_metadata")
    assert after == before
    assert allowed.status_code == 200


@pytest.mark.req("DR-04")
def test_another_client_is_like_an_unknown_one(portal: Portal) -> None:
    one, other = portal.post().get_json(), portal.post().get_json()
    unknown = {**one, "registration_client_uri": f"http://x{PATH}/unknown"}
    foreign = {**other, "registration_access_token": one["registration_access_token"]}

    answers = [
        portal.call(method, made, **({"json": {}} if method == "PUT" else {}))
        for method in ("GET", "PUT", "DELETE")
        for made in (unknown, foreign)
    ]

    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.data for answer in answers}) == 1
    assert portal.call("GET", other).status_code == 200


def test_a_disabled_client_manages_nothing(portal: Portal) -> None:
    made = portal.post().get_json()
    client_id = made["client_id"]
    portal.here.apply(
        {"clients": [{**portal.kept(client_id), "client_id": client_id, "status": "disabled"}]}
    )

    statuses = {
        portal.call("GET", made).status_code,
        portal.call("PUT", made, json={"client_id": client_id}).status_code,
        portal.call("DELETE", made).status_code,
    }

    assert statuses == {403}


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


PAGES = {
    "client_name": "<b>Bank</b>",
    "logo_uri": "https://logos.example/a.png",
    "policy_uri": "https://app.example/policy",
    "tos_uri": "https://app.example/terms",
}


def ask(portal: Portal, made: dict[str, Any], browser: FlaskClient) -> TestResponse:
    parameters = {
        "client_id": made["client_id"],
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "scope": "openid",
    }
    return browser.get("/oauth/authorize", query_string=parameters, follow_redirects=True)


@pytest.mark.req(
    "oidcc-registration-logo-uri", "oidcc-registration-policy-uri", "oidcc-registration-tos-uri"
)
def test_the_login_page_shows_logo_policy_and_terms(portal: Portal) -> None:
    made = portal.post(**PAGES).get_json()

    page = ask(portal, made, portal.browser)

    policy = page.headers["Content-Security-Policy"]
    assert '<img src="https://logos.example/a.png"' in page.text
    assert 'href="https://app.example/policy"' in page.text
    assert 'href="https://app.example/terms"' in page.text
    assert "img-src 'self' data: https://logos.example;" in policy + ";"


@pytest.mark.req("RU-18")
def test_the_logo_of_a_stranger_is_a_picture_of_one_origin_and_learns_no_address(
    portal: Portal,
) -> None:
    made = portal.post(logo_uri="https://Logos.example:443/a.png?x=;script-src").get_json()

    page = ask(portal, made, portal.browser)

    policy = page.headers["Content-Security-Policy"] + ";"
    image = re.search(r"<img [^>]*>", page.text)
    assert "img-src 'self' data: https://logos.example;" in policy
    assert policy.count("logos.example") == 1
    assert image is not None
    assert 'referrerpolicy="no-referrer"' in image[0]


@pytest.mark.req("RU-18")
@pytest.mark.parametrize("host", ["*", "*.example", "a.example;script-src", "a.example,b"])
def test_a_logo_opens_no_more_than_its_origin(portal: Portal, host: str) -> None:
    made = portal.post(logo_uri=f"https://{host}/a.png").get_json()

    page = ask(portal, made, portal.browser)

    assert "img-src 'self' data:;" in page.headers["Content-Security-Policy"] + ";"


@pytest.mark.req("RU-18")
@pytest.mark.parametrize("member", ["logo_uri", "logo_uri#nl"])
def test_the_logo_of_a_stranger_comes_by_https_alone(portal: Portal, member: str) -> None:
    response = portal.post(**{member: "http://logos.example/a.png"})

    assert error_of(response) == (400, "invalid_client_metadata")


def test_a_page_without_a_logo_loads_pictures_from_nowhere(portal: Portal) -> None:
    page = ask(portal, portal.post().get_json(), portal.browser)

    assert "img-src 'self' data:;" in page.headers["Content-Security-Policy"] + ";"


@pytest.mark.req("DR-05", "DR-03")
def test_consent_is_asked_and_says_that_nobody_checked_the_client(portal: Portal) -> None:
    portal.here.apply({"accounts": [alice(password="Correct-Horse-7-Battery")]})
    made = portal.post(**PAGES).get_json()
    client_id = made["client_id"]
    trusted = {**portal.kept(client_id), "consent": "implicit"}
    portal.here.apply({"clients": [trusted]})
    browser = portal.browser
    login = ask(portal, made, browser)
    token = re.search(r'name="csrf_token" value="([^"]+)"', login.text)
    assert token is not None

    page = browser.post(
        login.request.full_path,
        data={
            "csrf_token": token[1],
            "username": "alice",
            "password": "Correct-Horse-7-Battery",
        },
        follow_redirects=True,
    )

    assert page.request.path == "/consent"
    assert "Not verified" in page.text
    assert "&lt;b&gt;Bank&lt;/b&gt;" in page.text
    assert "<b>Bank" not in page.text
    assert "<b>app.example</b>" in page.text


ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
    | st.sampled_from([CALLBACK, "code", "none", "openid", "authorization_code", "implicit"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
)
NAMES = st.sampled_from(sorted(SETTABLE | MEMBERS.keys() | {"client_name#nl", "x"}))


@given(sent=st.dictionaries(NAMES, ANYTHING, max_size=4), with_uri=st.booleans())
@settings(
    max_examples=2_000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_json_in_any_field_is_no_fault_of_ours(
    portal: Portal, sent: dict[str, Any], with_uri: bool
) -> None:
    body = {"redirect_uris": [CALLBACK], **sent} if with_uri else sent

    response = portal.browser.post(PATH, json=body)

    assert response.status_code in (201, 400)
    assert response.status_code == 400 or response.get_json()["client_id"]
