"""Request objects in the engine (RFC 9101, OpenID Connect Core section 6)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwell.protocol.authorization import waiting
from authwell.protocol.authorization.request import (
    AuthorizationRequest,
    RefusedRequest,
    read_request,
)
from authwell.protocol.authorization.request_object import PARAMETERS
from authwell.protocol.clients import registration
from authwell.protocol.clients.metadata import Registration, read_client
from authwell.protocol.clients.readers import InvalidClientMetadata
from authwell.protocol.errors import InvalidMetadata, UnsafeRedirect
from authwell.protocol.jose.client_keys import read_registered
from authwell.protocol.params import Params
from authwell.protocol.policy import PROFILES
from tests.protocol.conftest import (
    CALLBACK,
    ISSUER,
    NOW,
    WEB,
    KeptObjects,
    PublishedKeys,
    World,
    authorization_parameters,
    make_world,
)
from tests.support.assertions import new_key, public, signed
from tests.support.jose import unsigned

KEY = new_key("ES256")
RSA = new_key("RS256")
STRANGER = new_key("ES256")
MOMENT = int(NOW.timestamp())
OBJECT_URI = "https://app.example/request.jwt"
KEYS = {"keys": [public(KEY, kid="k1"), public(RSA, kid="k2")]}
PROFILES_OF_BOTH = ["oauth21", "oidc_classic"]

SIGNING = {**WEB, "client_id": "signing", "jwks": KEYS, "request_uris": [OBJECT_URI]}
UNSIGNED = {
    **WEB,
    "client_id": "unsigned",
    "profile": "oidc_classic",
    "request_object_signing_alg": "none",
    "request_uris": [OBJECT_URI],
}
BOUND = {**SIGNING, "client_id": "bound", "require_signed_request_object": True}
FETCHING = {key: value for key, value in SIGNING.items() if key != "jwks"} | {
    "client_id": "fetching",
    "jwks_uri": "https://app.example/jwks",
}


@pytest.fixture(scope="module")
def world() -> World:
    """A world with clients that sign."""
    return make_world(SIGNING, UNSIGNED, BOUND, FETCHING, profiles=PROFILES_OF_BOTH)


def claims(client_id: str = "signing", **changes: Any) -> dict[str, Any]:
    """The claims of a valid object with some changed or (None) left out."""
    made: dict[str, Any] = {
        **authorization_parameters(client_id=client_id, state="inner", nonce="inner"),
        "iss": client_id,
        "aud": ISSUER,
        "iat": MOMENT,
        "exp": MOMENT + 60,
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def by_key(**changes: Any) -> str:
    """A signed object."""
    return signed(claims(**changes), KEY, "ES256", kid="k1")


def beside(**changes: str | None) -> Params:
    """What stands beside an object in a request of OpenID Connect."""
    fields: dict[str, str | None] = {
        "client_id": "signing",
        "response_type": "code",
        "scope": "openid",
        "state": "outer",
        "redirect_uri": CALLBACK,
        **changes,
    }
    return Params.of({name: value for name, value in fields.items() if value is not None})


def read(world: World, token: str, **changes: str | None) -> AuthorizationRequest:
    return read_request(world.server, beside(request=token, **changes))


def refusal(world: World, token: str, **changes: str | None) -> tuple[str, str]:
    """Code and rule of the error that goes back to the client."""
    with pytest.raises(RefusedRequest) as refused:
        read(world, token, **changes)
    assert refused.value.reply_to.redirect_uri == CALLBACK
    return refused.value.error.code, refused.value.error.rule


@pytest.mark.parametrize(
    ("key", "alg"),
    [(KEY, "ES256"), (RSA, "RS256"), (RSA, "PS256")],
    ids=["ES256", "RS256", "PS256"],
)
def test_a_signed_object_is_the_request(world: World, key: Any, alg: str) -> None:
    token = signed(claims(scope="openid email", max_age=5, prompt="login"), key, alg)

    request = read(world, token)

    assert request.scope == frozenset({"openid", "email"})
    assert (request.prompt, request.max_age) == (frozenset({"login"}), timedelta(seconds=5))
    assert request.reply_to.state == "inner"


def test_for_openid_the_object_replaces_what_stands_beside_it(world: World) -> None:
    token = by_key(state="inner", nonce=None)

    request = read(world, token, state="outer", nonce="outer", display="popup")

    assert (request.reply_to.state, request.nonce, request.display) == ("inner", "outer", "popup")


def test_an_empty_parameter_in_the_object_replaces_too(world: World) -> None:
    request = read(world, by_key(state=""), state="outer")

    assert request.reply_to.state is None


@pytest.mark.req("AR-05")
def test_without_openid_beside_it_the_object_alone_counts(world: World) -> None:
    token = by_key(state=None, nonce=None)

    request = read(world, token, scope=None, response_type=None, nonce="outer", prompt="none")

    assert (request.reply_to.state, request.nonce, request.prompt) == (None, None, frozenset())
    assert request.scope == {"openid", "profile", "offline_access"}


def test_for_a_client_that_must_sign_the_object_alone_counts(world: World) -> None:
    request = read(world, by_key(client_id="bound", nonce=None), client_id="bound", nonce="outer")

    assert request.nonce is None


def test_a_client_that_must_sign_cannot_ask_otherwise(world: World) -> None:
    with pytest.raises(RefusedRequest) as refused:
        read_request(world.server, beside(client_id="bound"))

    assert (refused.value.error.code, refused.value.error.rule) == (
        "invalid_request",
        "request_object_needed",
    )


@pytest.mark.req("oidcc-ensure-request-object-with-redirect-uri", "RU-01")
def test_the_redirect_uri_of_the_object_counts(world: World) -> None:
    right = read(world, by_key(), redirect_uri="https://evil.example/cb")
    with pytest.raises(UnsafeRedirect) as wrong:
        read(world, by_key(redirect_uri="https://evil.example/cb"))

    assert right.reply_to.redirect_uri == CALLBACK
    assert wrong.value.rule == "redirect_uri_mismatch"


@pytest.mark.req("RU-01")
def test_an_error_goes_nowhere_without_a_proven_redirect_uri(world: World) -> None:
    for uri in (None, "https://evil.example/cb"):
        with pytest.raises(UnsafeRedirect):
            read(world, "broken", redirect_uri=uri)


def test_types_of_the_object_are_those_of_its_parameters(world: World) -> None:
    token = by_key(
        claims={"userinfo": {"name": {"essential": True}}},
        resource=["https://api.example"],
        scope="openid profile read",
        max_age="7",
    )

    request = read(world, token)

    assert request.claims == {"userinfo": {"name": {"essential": True}}}
    assert (request.resources, request.max_age) == (("https://api.example",), timedelta(seconds=7))


@pytest.mark.parametrize(
    "typ", [None, "JWT", "oauth-authz-req+jwt", "application/OAUTH-authz-req+jwt"]
)
def test_usual_types_are_taken(world: World, typ: str | None) -> None:
    assert read(world, signed(claims(), KEY, "ES256", typ=typ)).reply_to.state == "inner"


FORGED: Mapping[str, str] = {
    "none": unsigned(claims(), typ="JWT"),
    "None": unsigned(claims(), "None", typ="JWT"),
    "a stranger's key": signed(claims(), STRANGER, "ES256", kid="k1"),
    "a stranger's key without kid": signed(claims(), STRANGER, "ES256"),
    "another kid": signed(claims(), KEY, "ES256", kid="k2"),
    "its own key": signed(claims(), STRANGER, "ES256", jwk=public(STRANGER)),
    "crit": signed(claims(), KEY, "ES256", crit=["b64"], b64=False),
    "typ of a token": signed(claims(), KEY, "ES256", typ="at+jwt"),
    "typ of an assertion": signed(claims(), KEY, "ES256", typ="client-authentication+jwt"),
    "typ is a number": signed(claims(), KEY, "ES256", typ=5),
    "kid is a list": signed(claims(), KEY, "ES256", kid=["k1"]),
    "no signature": by_key().rpartition(".")[0] + ".",
    "two parts": by_key().rpartition(".")[0],
    "five parts": by_key() + ".a.b",
    "an array": signed(["x"], KEY, "ES256"),
    "text": "broken",
    "very long": "e30." * 9000,
}


@pytest.mark.req("AR-02", "AR-03", "TK-03", "TK-05")
@pytest.mark.parametrize("name", FORGED)
def test_what_the_client_did_not_sign_is_refused(world: World, name: str) -> None:
    assert refusal(world, FORGED[name])[0] == "invalid_request_object"


WRONG: Mapping[str, dict[str, Any]] = {
    "another client inside": {"client_id": "web"},
    "another iss": {"iss": "web"},
    "iss is a list": {"iss": ["signing"]},
    "another aud": {"aud": "https://other.example"},
    "aud of others": {"aud": ["https://other.example"]},
    "aud is an object": {"aud": {ISSUER: True}},
    "an assertion": {"sub": "signing"},
    "expired": {"exp": MOMENT - 61},
    "not yet": {"nbf": MOMENT + 120},
    "from the future": {"iat": MOMENT + 120},
    "exp is text": {"exp": "soon"},
    "exp is true": {"exp": True},
    "another response type": {"response_type": "id_token"},
    "a request inside": {"request": "x"},
    "a request_uri inside": {"request_uri": OBJECT_URI},
    "state is an object": {"state": {"a": 1}},
    "scope is a list": {"scope": ["openid"]},
    "max_age is half": {"max_age": 1.5},
    "max_age is true": {"max_age": True},
    "claims is a list": {"claims": []},
    "resource is a number": {"resource": 5},
    "resource holds a number": {"resource": [5]},
}


@pytest.mark.req("AR-03", "AR-06")
@pytest.mark.parametrize("name", WRONG)
def test_an_object_for_something_else_is_refused(world: World, name: str) -> None:
    assert refusal(world, by_key(**WRONG[name]))[0] == "invalid_request_object"


def test_several_audiences_may_be_named(world: World) -> None:
    assert read(world, by_key(aud=["https://other.example", ISSUER])).reply_to.state == "inner"


def test_the_object_alone_must_name_its_client(world: World) -> None:
    assert refusal(world, by_key(client_id=None, iss="signing"), scope=None) == (
        "invalid_request_object",
        "request_object_parameters",
    )


def test_for_openid_the_response_type_stands_beside_it_too(world: World) -> None:
    assert refusal(world, by_key(), response_type=None)[0] == "invalid_request"


def test_both_ways_at_once_are_refused(world: World) -> None:
    assert refusal(world, by_key(), request_uri=OBJECT_URI) == (
        "invalid_request",
        "request_object_twice",
    )


def test_a_repeated_parameter_is_refused_before_anything_is_fetched(world: World) -> None:
    pairs = [*beside(request_uri=OBJECT_URI).pairs(), ("state", "again")]

    with pytest.raises(RefusedRequest) as refused:
        read_request(world.server, Params(pairs))

    assert refused.value.error.rule == "repeated_parameter"
    assert refused.value.reply_to.state is None


def test_a_registered_algorithm_is_the_only_one() -> None:
    world = make_world({**SIGNING, "request_object_signing_alg": "PS256"})

    accepted = read(world, signed(claims(), RSA, "PS256"))

    assert accepted.reply_to.state == "inner"
    assert refusal(world, signed(claims(), RSA, "RS256"))[1] == "request_object_algorithm"
    assert refusal(world, by_key())[1] == "request_object_algorithm"


def test_a_tenant_may_take_none() -> None:
    world = make_world(SIGNING, request_objects=False)

    assert refusal(world, by_key())[0] == "request_not_supported"
    assert refusal(world, "", request_uri=OBJECT_URI)[0] == "request_uri_not_supported"


def test_registration_is_not_supported_inside_either(world: World) -> None:
    assert refusal(world, by_key(registration={"client_name": "x"}))[0] == (
        "registration_not_supported"
    )


# -- unsigned ------------------------------------------------------------------------------


@pytest.mark.req("oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported")
def test_a_client_registered_for_none_sends_unsigned_objects(world: World) -> None:
    token = unsigned(claims("unsigned"), typ="JWT")

    request = read(world, token, client_id="unsigned")

    assert request.reply_to.state == "inner"


@pytest.mark.parametrize(
    "token",
    [
        unsigned(claims("unsigned"), "None", typ="JWT"),
        unsigned(claims("unsigned"), typ="JWT") + "AAAA",
        unsigned(claims("unsigned"), typ="at+jwt"),
        unsigned(claims("unsigned"), typ=5),
        unsigned(claims("unsigned"), typ="JWT", crit=["x"]),
        signed(claims("unsigned"), KEY, "ES256"),
    ],
)
def test_and_no_others(world: World, token: str) -> None:
    assert refusal(world, token, client_id="unsigned")[0] == "invalid_request_object"


METADATA: Mapping[str, dict[str, Any]] = {
    "none in oauth21": {"request_object_signing_alg": "none"},
    "none and signed": {
        "profile": "oidc_classic",
        "request_object_signing_alg": "none",
        "require_signed_request_object": True,
    },
    "a MAC": {"request_object_signing_alg": "HS256"},
    "plain http": {"request_uris": ["http://app.example/r"]},
    "a user": {"request_uris": ["https://a:b@app.example/r"]},
    "too long": {"request_uris": ["https://app.example/" + "r" * 500]},
    "a bad fragment": {"request_uris": ["https://app.example/r#a b"]},
    "two fragments": {"request_uris": ["https://app.example/r#a#b"]},
    "no list": {"request_uris": OBJECT_URI},
}


@pytest.mark.parametrize("name", METADATA)
def test_metadata_that_cannot_be_kept_are_refused(name: str) -> None:
    with pytest.raises(InvalidClientMetadata):
        read_client({**WEB, **METADATA[name]}, Registration("tenant", PROFILES))


def test_no_client_registers_itself_for_unsigned_objects(world: World) -> None:
    terms = registration.Terms("open", ("oidc_classic",))
    sent = {"redirect_uris": [CALLBACK], "token_endpoint_auth_method": "none"}

    made = registration.read(world.server, "new", sent, terms)
    with pytest.raises(InvalidMetadata):
        registration.read(
            world.server, "new", {**sent, "request_object_signing_alg": "none"}, terms
        )

    assert made.client.request_object_signing_alg is None


# -- by reference --------------------------------------------------------------------------


def referring(world: World, objects: KeptObjects) -> World:
    return replace(world, server=replace(world.server, request_objects=objects, fetched={}))


@pytest.mark.req("oidcc-request-uri-signed-rs256")
@pytest.mark.parametrize("fragment", ["", "#v1"])
def test_an_object_is_fetched_once_for_a_request(world: World, fragment: str) -> None:
    objects = KeptObjects({OBJECT_URI: signed(claims(), RSA, "RS256")})
    here = referring(world, objects)

    request = read(here, "", request_uri=OBJECT_URI + fragment)
    again = read(here, "", request_uri=OBJECT_URI + fragment)

    assert request.reply_to.state == again.reply_to.state == "inner"
    assert objects.fetches == 1


@pytest.mark.parametrize(
    ("registered", "requested", "is_fetched"),
    [
        ("https://a.example/r", "https://a.example/r", True),
        ("https://a.example/r", "https://a.example/r#any", True),
        ("https://a.example/r#v1", "https://a.example/r#v1", True),
        ("https://a.example/r#v1", "https://a.example/r", True),
        ("https://a.example/r#v1", "https://a.example/r#v2", False),
        ("https://a.example/r", "https://a.example/r/", False),
        ("https://a.example/r", "https://a.example/r?x=1", False),
        ("https://a.example/r", "https://A.example/r", False),
        ("https://a.example/r", "https://evil.example/#https://a.example/r", False),
        ("https://a.example/r", "http://169.254.169.254/", False),
        ("https://a.example/r", "urn:ietf:params:oauth:request_uri:x", False),
        ("https://a.example/r", "https://a.example/r#" + "v" * 512, False),
    ],
)
@pytest.mark.req("AR-01")
def test_only_what_is_registered_is_fetched(
    registered: str, requested: str, is_fetched: bool
) -> None:
    objects = KeptObjects({"https://a.example/r": by_key()})
    world = referring(make_world({**SIGNING, "request_uris": [registered]}), objects)

    if is_fetched:
        assert read(world, "", request_uri=requested).reply_to.state == "inner"
    else:
        assert refusal(world, "", request_uri=requested)[0] == "invalid_request_uri"
    assert objects.fetches == is_fetched


def test_nothing_at_the_address_is_a_plain_refusal(world: World) -> None:
    here = referring(world, KeptObjects())

    assert refusal(here, "", request_uri=OBJECT_URI) == (
        "invalid_request_uri",
        "request_uri_unavailable",
    )


@pytest.mark.parametrize("is_posted", [False, True])
def test_a_kept_request_is_neither_fetched_nor_verified_again(
    world: World, is_posted: bool
) -> None:
    uri = FETCHING["jwks_uri"]
    keys = PublishedKeys({str(uri): read_registered(KEYS)})
    objects = KeptObjects({OBJECT_URI: by_key(client_id="fetching", prompt="consent")})
    here = referring(world, objects)
    here = replace(here, server=replace(here.server, client_keys=keys))
    request = read(here, "", request_uri=OBJECT_URI, client_id="fetching")
    kept = waiting.keep(here.server, request, "browser")
    posted = waiting.keep_posted(here.server, request)
    objects.objects.clear()
    keys.sets.clear()
    after = replace(here.server, now=NOW + timedelta(minutes=20), fetched={})

    if is_posted:
        params = waiting.take_posted(after, posted)
        found = read_request(after, params, is_kept=True)
    else:
        found = waiting.find(after, kept.id, "browser").request

    assert replace(found, parameters=()) == replace(request, parameters=())
    assert objects.fetches == 1


def test_a_kept_request_of_a_client_that_must_sign_goes_on(world: World) -> None:
    request = read(world, by_key(client_id="bound"), client_id="bound")

    kept = waiting.keep(world.server, request, "browser")

    assert waiting.find(world.server, kept.id, "browser").request.reply_to.state == "inner"


# -- keys behind a jwks_uri ----------------------------------------------------------------


def test_an_unknown_key_is_looked_for_once(world: World) -> None:
    uri = FETCHING["jwks_uri"]
    old = read_registered({"keys": [public(STRANGER, kid="k0")]})
    keys = PublishedKeys({str(uri): old}, {str(uri): read_registered(KEYS)})
    here = replace(world, server=replace(world.server, client_keys=keys))

    request = read(here, by_key(client_id="fetching"), client_id="fetching")

    assert (request.reply_to.state, keys.renewals) == ("inner", 1)


def test_keys_that_cannot_be_had_are_a_plain_refusal(world: World) -> None:
    assert refusal(world, by_key(client_id="fetching"), client_id="fetching") == (
        "invalid_request_object",
        "client_keys",
    )


# -- what stricter policies ask ------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "is_taken"),
    [
        ({"nbf": MOMENT, "exp": MOMENT + 3600}, True),
        ({"nbf": MOMENT + 8, "exp": MOMENT + 60}, True),
        ({"exp": MOMENT + 60}, False),
        ({"nbf": MOMENT, "exp": None}, False),
        ({"nbf": MOMENT, "iss": None}, False),
        ({"nbf": MOMENT, "aud": None}, False),
        ({"nbf": MOMENT, "exp": MOMENT + 4200}, False),
        ({"nbf": MOMENT - 4200, "exp": MOMENT + 60}, False),
    ],
)
def test_a_policy_may_demand_claims_and_bounds(
    world: World, changes: dict[str, Any], is_taken: bool
) -> None:
    client = world.client("signing")
    strict = replace(
        client.policy,
        request_object_claims=frozenset({"iss", "aud", "exp", "nbf"}),
        request_object_lifetime=timedelta(hours=1),
    )
    known = {"signing": replace(client, policy=strict)}
    here = replace(world, server=replace(world.server, clients=_Known(known)))

    if is_taken:
        assert read(here, by_key(**changes)).reply_to.state == "inner"
    else:
        assert refusal(here, by_key(**changes))[0] == "invalid_request_object"


class _Known(dict[str, Any]):
    """Clients by id."""

    def find(self, client_id: str) -> Any:
        return self.get(client_id)


# -- anything ------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from([*PARAMETERS, "iss", "aud", "sub", "exp", "nbf", "iat", "jti", "request"])


def _header(value: Any) -> dict[str, Any]:
    return {"kid": value, "typ": value} if not isinstance(value, dict) else {"typ": None}


TOKENS = (
    st.text(min_size=1, max_size=200)
    | st.lists(st.text("AQWcy_-9.eJ", max_size=40), min_size=2, max_size=6).map(".".join)
    | st.tuples(JSON, JSON).map(lambda both: unsigned(both[1], **_header(both[0])))
)


@pytest.mark.req("AR-09", "TK-11")
@given(st.dictionaries(NAMES, JSON, max_size=4), st.booleans())
def test_any_claim_is_read_or_refused(changes: dict[str, Any], is_openid: bool) -> None:
    scope = "openid" if is_openid else None
    try:
        request = read(FUZZED, signed(claims() | changes, KEY, "ES256"), scope=scope)
    except (RefusedRequest, UnsafeRedirect):
        return
    assert request.client.client_id == "signing"
    assert request.reply_to.redirect_uri in request.client.redirect_uris


@pytest.mark.req("AR-09", "TK-11")
@given(TOKENS)
def test_any_text_is_refused(token: str) -> None:
    with pytest.raises((RefusedRequest, UnsafeRedirect)):
        read(FUZZED, token, client_id="signing")


@pytest.mark.req("AR-09", "TK-11")
@given(TOKENS)
def test_any_text_is_read_or_refused_of_a_client_that_need_not_sign(token: str) -> None:
    try:
        request = read(FUZZED, token, client_id="unsigned")
    except (RefusedRequest, UnsafeRedirect):
        return
    assert request.client.client_id == "unsigned"
    assert request.reply_to.redirect_uri in request.client.redirect_uris


FUZZED = make_world(SIGNING, UNSIGNED, profiles=PROFILES_OF_BOTH)
