"""Parsers take anything: own output is accepted, the rest is refused with their own errors."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from authwell.protocol import claims, grants, scopes
from authwell.protocol.authorization.checks import check_request
from authwell.protocol.authorization.request import RefusedRequest, read_request
from authwell.protocol.clients.authentication import EndpointRequest
from authwell.protocol.clients.members import MEMBERS
from authwell.protocol.clients.metadata import Registration, read_client
from authwell.protocol.clients.readers import InvalidClientMetadata
from authwell.protocol.errors import (
    InvalidGrant,
    InvalidRequest,
    InvalidScope,
    OAuthError,
    UnsafeRedirect,
)
from authwell.protocol.params import Params
from authwell.protocol.pkce import challenge_of, prove_possession
from tests.protocol.conftest import (
    CALLBACK,
    SECRET,
    authorization_parameters,
    basic,
    make_tenant,
    make_world,
)

AUTHORIZE_NAMES = st.sampled_from(
    [
        "client_id redirect_uri response_type response_mode scope state nonce prompt max_age",
        "display login_hint id_token_hint ui_locales claims claims_locales resource request",
        "request_uri registration code_challenge code_challenge_method acr_values",
    ]
).flatmap(lambda names: st.sampled_from(names.split()))
TOKEN_NAMES = st.sampled_from(
    [
        "grant_type",
        "code",
        "redirect_uri",
        "code_verifier",
        "refresh_token",
        "scope",
        "resource",
        "client_id",
        "client_secret",
        "username",
        "password",
        "client_assertion",
    ]
)
LIKELY = st.sampled_from(
    [
        *(CALLBACK, SECRET, "https://api.example"),
        *["web", "spa", "code", "openid", "none", "S256", "{}", "0", "fragment", "a.b.c"],
        *["authorization_code", "refresh_token", "client_credentials"],
    ]
)
VALUES = st.one_of(st.text(max_size=60), LIKELY)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
WORLD = make_world()
TENANT = make_tenant()


@given(st.lists(st.tuples(AUTHORIZE_NAMES | st.text(max_size=10), VALUES), max_size=12))
@settings(max_examples=500)
def test_any_authorization_request_is_read_or_refused(pairs: list[tuple[str, str]]) -> None:
    try:
        request = read_request(WORLD.server, Params(pairs))
        check_request(WORLD.server, request)
    except (UnsafeRedirect, RefusedRequest):
        return
    assert request.reply_to.redirect_uri in request.client.redirect_uris


@given(st.dictionaries(AUTHORIZE_NAMES, VALUES, max_size=4))
@settings(max_examples=500)
def test_a_valid_request_with_odd_values_is_read_or_refused(odd: dict[str, str]) -> None:
    parameters = authorization_parameters(**odd)

    said = ""
    try:
        check_request(WORLD.server, read_request(WORLD.server, Params.of(parameters)))
    except (UnsafeRedirect, RefusedRequest) as refused:
        said = str(refused)

    assert said.isprintable()


@given(st.lists(st.tuples(TOKEN_NAMES | st.text(max_size=10), VALUES), max_size=8), VALUES)
@settings(max_examples=500)
def test_any_token_request_is_answered_or_refused(
    pairs: list[tuple[str, str]], header: str
) -> None:
    for authorization in (None, header, basic("web"), f"Basic {header}"):
        said = ""
        try:
            grants.exchange(WORLD.server, EndpointRequest(Params(pairs), authorization))
        except OAuthError as error:
            said = error.description

        assert all(0x20 <= ord(char) <= 0x7E and char not in '"\\' for char in said)


@given(st.dictionaries(st.sampled_from(sorted(MEMBERS)) | st.text(max_size=8), JSON))
@settings(max_examples=500)
def test_any_client_metadata_are_read_or_refused(metadata: dict[str, Any]) -> None:
    registration = Registration(TENANT.id, TENANT.policies)
    try:
        client = read_client(metadata, registration)
    except InvalidClientMetadata:
        return
    assert client.client_id == metadata["client_id"]


@given(st.text())
def test_any_scope_is_parsed_or_refused(value: str) -> None:
    try:
        scope = scopes.parse(value)
    except InvalidScope:
        return
    assert scopes.parse(scopes.serialize(scope)) == scope


@given(st.text() | JSON.map(str))
def test_any_claims_parameter_is_read_or_refused(value: str) -> None:
    try:
        wanted = claims.read_parameter(value)
    except InvalidRequest:
        return
    assert set(wanted) <= {"userinfo", "id_token"}


@given(st.text(), st.text())
@pytest.mark.req("PK-05", "PK-06")
def test_any_verifier_is_refused_but_never_crashes(verifier: str, challenge: str) -> None:
    with pytest.raises(OAuthError):
        prove_possession(verifier, challenge)


VERIFIERS = st.from_regex(r"[A-Za-z0-9._~-]{43,128}", fullmatch=True)


def proves(verifier: str, challenge: str) -> bool:
    try:
        prove_possession(verifier, challenge)
    except InvalidGrant:
        return False
    return True


@given(VERIFIERS, VERIFIERS)
def test_own_challenges_alone_are_accepted(verifier: str, other: str) -> None:
    assert proves(verifier, challenge_of(verifier))
    assert proves(other, challenge_of(verifier)) is (other == verifier)


@pytest.mark.req("B2")
def test_the_example_of_rfc_7636_appendix_b() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
