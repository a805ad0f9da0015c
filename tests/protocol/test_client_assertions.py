"""RFC 7523 section 3: what an assertion of a client must be, and that it is used once."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import Key

from authwell.protocol import grants
from authwell.protocol.clients.authentication import EndpointRequest, authenticate
from authwell.protocol.errors import InvalidClient, InvalidRequest, OAuthError
from authwell.protocol.jose.client_keys import read_fetched
from authwell.protocol.params import Params
from tests.protocol.conftest import ISSUER, NOW, SECRET, PublishedKeys, World, basic, make_world
from tests.support.assertions import claims_for, form, mac, new_key, public, signed
from tests.support.jose import signing_input, unsigned

TOKEN_ENDPOINT = ISSUER + "/oauth/token"
URI = "https://client.example/jwks"
ALGS = ("RS256", "PS256", "ES256", "EdDSA")
NOW_SECONDS = int(NOW.timestamp())


@cache
def key(alg: str) -> Key:
    return new_key(alg)


@cache
def other_key() -> Key:
    return new_key("RS256")


def keyed(client_id: str = "keyed", **changes: Any) -> Mapping[str, Any]:
    return {
        "client_id": client_id,
        "grant_types": ["client_credentials"],
        "scope": "read",
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [public(key(alg), kid=alg) for alg in ("RS256", "ES256", "EdDSA")]},
        **changes,
    }


MACKED = keyed("macked", token_endpoint_auth_method="client_secret_jwt", jwks=None)
FETCHED = keyed("fetched", jwks=None, jwks_uri=URI)


@pytest.fixture
def world() -> World:
    return make_world(
        keyed(), MACKED, FETCHED, keyed("pinned", token_endpoint_auth_signing_alg="ES256")
    )


def claims(client_id: str = "keyed", audience: Any = ISSUER, **changes: Any) -> dict[str, Any]:
    return claims_for(client_id, audience, NOW_SECONDS, **changes)


def sent(world: World, assertion: str, **more: str) -> str:
    request = EndpointRequest(Params.of({**form(assertion), **more}))
    return authenticate(world.server, request).client_id


def next_request(world: World) -> World:
    """The same world for another request."""
    return replace(world, server=replace(world.server, used=set()))


def rs256(values: Any, **header: Any) -> str:
    return signed(values, key("RS256"), "RS256", **header)


@pytest.mark.req("CA-07")
@pytest.mark.parametrize("alg", ALGS)
@pytest.mark.parametrize("with_kid", [True, False])
def test_a_key_of_the_client_proves_it(world: World, alg: str, with_kid: bool) -> None:
    kid = {"PS256": "RS256"}.get(alg, alg) if with_kid else None
    signer = key("RS256" if alg == "PS256" else alg)

    assert sent(world, signed(claims(), signer, alg, kid=kid)) == "keyed"


def test_the_other_name_of_eddsa_is_known(world: World) -> None:
    assert sent(world, signed(claims(), key("EdDSA"), "Ed25519", kid="EdDSA")) == "keyed"


def test_a_shared_secret_proves_a_client_of_client_secret_jwt(world: World) -> None:
    assert sent(world, mac(claims("macked"), SECRET)) == "macked"


@pytest.mark.req("CA-06", "oidcc-ensure-client-assertion-with-iss-aud-succeeds")
@pytest.mark.parametrize(
    "audience",
    [
        ISSUER,
        TOKEN_ENDPOINT,
        [ISSUER],
        [TOKEN_ENDPOINT, "https://other.example"],
        f"{ISSUER}/oauth/introspect",
        f"{ISSUER}/oauth/revoke",
    ],
)
def test_issuer_and_endpoints_are_the_audience(world: World, audience: Any) -> None:
    assert sent(world, rs256(claims(audience=audience)), client_id="keyed") == "keyed"


@pytest.mark.req("CA-06")
@pytest.mark.parametrize(
    "audience",
    [
        None,
        "",
        ISSUER + "/",
        "https://other.example",
        TOKEN_ENDPOINT + "/",
        [],
        ["https://other.example"],
        [ISSUER, 1],
        {"iss": ISSUER},
        1,
    ],
)
def test_another_audience_is_refused(world: World, audience: Any) -> None:
    with pytest.raises(InvalidClient):
        sent(world, rs256(claims(audience=audience)))


@pytest.mark.req("CA-06")
@pytest.mark.parametrize("audience", [[ISSUER], TOKEN_ENDPOINT])
def test_a_strict_policy_wants_the_issuer_as_one_string(world: World, audience: Any) -> None:
    strict = world.client("keyed")
    world.clients["keyed"] = replace(strict, policy=replace(strict.policy, audience_rule="issuer"))

    with pytest.raises(InvalidClient):
        sent(world, rs256(claims(audience=audience)))

    assert sent(world, rs256(claims())) == "keyed"


@pytest.mark.req("CA-06")
@pytest.mark.parametrize(
    "changes",
    [
        {"iss": None},
        {"sub": None},
        {"iss": "other"},
        {"sub": "macked"},
        {"iss": "nobody", "sub": "nobody"},
        {"iss": 1, "sub": 1},
        {"iss": "", "sub": ""},
        {"iss": ["keyed"], "sub": ["keyed"]},
    ],
)
def test_a_client_speaks_for_itself_only(world: World, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidClient):
        sent(world, rs256(claims(**changes)))


@pytest.mark.req("CA-08")
@pytest.mark.parametrize(
    "changes",
    [
        {"exp": None},
        {"exp": NOW_SECONDS - 60},
        {"exp": NOW_SECONDS - 300},
        {"exp": NOW_SECONDS + 3661},
        {"exp": 10**30},
        {"exp": str(NOW_SECONDS)},
        {"exp": True},
        {"exp": [NOW_SECONDS]},
        {"nbf": NOW_SECONDS + 61},
        {"nbf": "soon"},
        {"iat": NOW_SECONDS + 61},
        {"iat": NOW_SECONDS - 3661},
        {"iat": {}},
        {"jti": None},
        {"jti": ""},
        {"jti": 5},
    ],
)
def test_an_assertion_is_short_lived_and_has_an_id(world: World, changes: dict[str, Any]) -> None:
    with pytest.raises(InvalidClient):
        sent(world, rs256(claims(**changes)))


@pytest.mark.req("CA-08")
@pytest.mark.parametrize(
    "changes",
    [
        {"exp": NOW_SECONDS - 59},
        {"exp": NOW_SECONDS + 3660},
        {"exp": NOW_SECONDS + 0.5},
        {"nbf": NOW_SECONDS + 8},
        {"nbf": NOW_SECONDS + 60},
        {"iat": NOW_SECONDS + 60},
        {"iat": None},
    ],
)
def test_clocks_may_differ_by_a_minute(world: World, changes: dict[str, Any]) -> None:
    assert sent(world, rs256(claims(**changes))) == "keyed"


@pytest.mark.req("CA-05")
def test_a_second_use_is_refused(world: World) -> None:
    assertion = rs256(claims())
    sent(world, assertion)

    with pytest.raises(InvalidClient) as refused:
        sent(next_request(world.later(seconds=1)), assertion)

    assert refused.value.rule == "assertion_replay"


@pytest.mark.req("CA-05")
def test_the_same_jti_in_another_assertion_is_refused_too(world: World) -> None:
    sent(world, rs256(claims(jti="one")))

    with pytest.raises(InvalidClient):
        sent(next_request(world), rs256(claims(jti="one", exp=NOW_SECONDS + 200)))


@pytest.mark.req("CA-06")
def test_another_client_may_use_the_same_jti(world: World) -> None:
    sent(world, rs256(claims(jti="one")))

    assert sent(next_request(world), mac(claims("macked", jti="one"), SECRET)) == "macked"


@pytest.mark.req("CA-05")
def test_a_forged_assertion_uses_no_jti_up(world: World) -> None:
    with pytest.raises(InvalidClient):
        sent(world, signed(claims(jti="one"), other_key(), "RS256"))

    assert sent(next_request(world), rs256(claims(jti="one"))) == "keyed"


@pytest.mark.req("CA-05")
def test_a_request_that_is_asked_again_on_a_later_snapshot_goes_on(world: World) -> None:
    assertion = rs256(claims())
    sent(world, assertion)

    assert sent(world, assertion) == "keyed"


@pytest.mark.req("CA-05")
def test_a_refused_request_has_used_its_assertion_up(world: World) -> None:
    assertion = rs256(claims())
    wrong = {**form(assertion), "grant_type": "client_credentials", "scope": "admin"}
    with pytest.raises(OAuthError):
        grants.exchange(world.server, EndpointRequest(Params.of(wrong)))

    with pytest.raises(InvalidClient):
        sent(next_request(world), assertion)


@pytest.mark.req("CA-07", "TK-01")
@pytest.mark.parametrize("alg", ["none", "None", "nOnE", "HS512", "RS1", "dir", ""])
def test_no_other_algorithm_is_taken(world: World, alg: str) -> None:
    with pytest.raises(InvalidClient):
        sent(world, unsigned(claims(), alg))


@pytest.mark.req("CA-07")
def test_a_public_key_is_no_shared_secret(world: World) -> None:
    pem = key("RS256").as_pem(private=False)  # type: ignore[union-attr]
    forged = [
        signed(claims(name), _octets(secret), "HS256")
        for name in ("keyed", "macked")
        for secret in (pem, pem.strip(), b"RS256" * 8)
    ]

    for assertion in forged:
        with pytest.raises(InvalidClient):
            sent(world, assertion)


def _octets(secret: bytes) -> Any:
    class Raw:
        def get_op_key(self, operation: str) -> bytes:
            return secret

    return Raw()


@pytest.mark.req("CA-07")
def test_the_registered_algorithm_is_the_only_one(world: World) -> None:
    with pytest.raises(InvalidClient):
        sent(world, rs256(claims("pinned")))

    assert sent(world, signed(claims("pinned"), key("ES256"), "ES256")) == "pinned"


@pytest.mark.req("CA-04", "CA-07")
def test_the_registered_method_is_the_only_one(world: World) -> None:
    crossed = [rs256(claims("macked")), mac(claims(), SECRET), mac(claims("web"), SECRET)]

    for assertion in crossed:
        with pytest.raises(InvalidClient):
            sent(world, assertion)
    with pytest.raises(InvalidClient):
        authenticate(world.server, EndpointRequest(Params.of({}), basic("macked")))


@pytest.mark.req("CA-07", "TK-03")
@pytest.mark.parametrize("name", ["jwk", "jku", "x5u", "x5c"])
def test_key_material_in_the_header_is_ignored(world: World, name: str) -> None:
    value = public(other_key()) if name == "jwk" else "https://evil.example/keys"
    header = {name: [value] if name == "x5c" else value}

    with pytest.raises(InvalidClient):
        sent(world, signed(claims(), other_key(), "RS256", **header))


@pytest.mark.req("CA-07")
@pytest.mark.parametrize("kid", ["ES256", "unknown", "", 5])
def test_the_kid_chooses_the_key(world: World, kid: Any) -> None:
    with pytest.raises(InvalidClient):
        sent(world, rs256(claims(), kid=kid))


@pytest.mark.req("CA-07")
@pytest.mark.parametrize(
    ("typ", "is_taken"),
    [
        ("JWT", True),
        ("client-authentication+jwt", True),
        ("oauth-authz-req+jwt", False),
        ("dpop+jwt", False),
        ("", False),
    ],
)
def test_what_was_signed_for_another_purpose_is_no_assertion(
    world: World, typ: str, is_taken: bool
) -> None:
    if is_taken:
        assert sent(world, rs256(claims(), typ=typ)) == "keyed"
        return
    with pytest.raises(InvalidClient):
        sent(world, rs256(claims(), typ=typ))


@pytest.mark.req("CA-07")
def test_a_critical_header_is_not_passed_over(world: World) -> None:
    with pytest.raises(InvalidClient):
        sent(world, rs256(claims(), crit=["b64"], b64=True))


@pytest.mark.req("CA-09")
@pytest.mark.parametrize(
    "assertion",
    [
        "x",
        "..",
        "a.b.c",
        "a.b.c.d.e",
        "W10.e30.",
        signing_input({"alg": "RS256"}, []) + ".AAAA",
        signing_input({"alg": "RS256"}, "text") + ".AAAA",
        signing_input({"alg": ["RS256"]}, {}) + ".AAAA",
        signing_input({"alg": {}}, {}) + ".AAAA",
        "é.é.é",
        "e30." + "A" * 20_000 + ".e30",
    ],
)
def test_a_malformed_assertion_is_refused(world: World, assertion: str) -> None:
    with pytest.raises((InvalidClient, InvalidRequest)):
        sent(world, assertion)


@pytest.mark.req("CA-09")
@given(header=st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_any_value_in_the_header_is_refused_but_never_crashes(header: Any) -> None:
    world = make_world(keyed())

    for name in ("alg", "kid", "typ"):
        with pytest.raises((InvalidClient, InvalidRequest)):
            sent(world, signing_input({"alg": "RS256", name: header}, claims()) + ".AAAA")


@pytest.mark.req("CA-09")
@given(
    value=st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists
    )
)
def test_any_value_of_a_claim_is_read_or_refused(value: Any) -> None:
    world = make_world(MACKED)

    for name in ("iss", "sub", "aud", "exp", "iat", "nbf", "jti"):
        try:
            client_id = sent(world, mac({**claims("macked"), name: value}, SECRET))
        except (InvalidClient, InvalidRequest):
            continue
        assert client_id == "macked"


@pytest.mark.parametrize(
    "more",
    [{"client_id": "other"}, {"client_assertion_type": "urn:other"}, {"client_assertion_type": ""}],
)
def test_what_stands_beside_it_must_fit(world: World, more: dict[str, str]) -> None:
    with pytest.raises(InvalidRequest):
        sent(world, rs256(claims()), **more)


@pytest.mark.req("CA-03")
def test_it_is_the_only_method_of_the_request(world: World) -> None:
    fields = form(rs256(claims()))

    with pytest.raises(InvalidRequest):
        authenticate(world.server, EndpointRequest(Params.of({**fields, "client_secret": SECRET})))
    with pytest.raises(InvalidRequest):
        authenticate(world.server, EndpointRequest(Params.of(dict(fields)), basic("web")))


def test_a_disabled_client_is_refused(world: World) -> None:
    world.clients["keyed"] = replace(world.client("keyed"), status="disabled")

    with pytest.raises(InvalidClient):
        sent(world, rs256(claims()))


# -- keys behind a jwks_uri ---------------------------------------------------------------


def published(*keys: dict[str, Any]) -> Any:
    return read_fetched({"keys": list(keys)})


@pytest.fixture
def behind(world: World) -> PublishedKeys:
    keys: Any = world.server.client_keys
    keys.sets[URI] = published(public(key("RS256"), kid="old"))
    found: PublishedKeys = keys
    return found


@pytest.mark.req("oidcc-registration-jwks-uri")
def test_known_keys_are_not_asked_for_again(world: World, behind: PublishedKeys) -> None:
    assert sent(world, rs256(claims("fetched"), kid="old")) == "fetched"
    assert behind.renewals == 0


@pytest.mark.req("oidcc-refresh-token-rp-key-rotation")
@pytest.mark.parametrize("kid", ["new", None])
def test_a_key_that_is_new_is_asked_for_once(
    world: World, behind: PublishedKeys, kid: str | None
) -> None:
    behind.later[URI] = published(public(other_key(), kid="new"))

    assert sent(world, signed(claims("fetched"), other_key(), "RS256", kid=kid)) == "fetched"
    assert behind.renewals == 1


def test_a_wrong_signature_by_a_known_kid_asks_nobody(world: World, behind: PublishedKeys) -> None:
    with pytest.raises(InvalidClient):
        sent(world, signed(claims("fetched"), other_key(), "RS256", kid="old"))

    assert behind.renewals == 0


def test_what_is_refused_by_its_claims_asks_nobody(world: World, behind: PublishedKeys) -> None:
    with pytest.raises(InvalidClient):
        sent(world, rs256(claims("fetched", exp=NOW_SECONDS - 100), kid="unknown"))

    assert behind.renewals == 0


def test_keys_that_cannot_be_had_are_a_refusal(world: World) -> None:
    with pytest.raises(InvalidClient) as refused:
        sent(world, rs256(claims("fetched")))

    assert refused.value.rule == "client_keys"
