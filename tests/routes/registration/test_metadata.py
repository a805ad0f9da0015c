"""What clients may say of themselves (OpenID Connect Registration section 2, RFC 7591 section 2)."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from authwell.protocol.clients.members import MEMBERS
from authwell.protocol.clients.registration import SETTABLE
from tests.routes.registration.portal import CALLBACK, KEY, PATH, Portal, error_of
from tests.support.assertions import public


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
