"""private_key_jwt and client_secret_jwt against a running server (RFC 7523, THREATS.md CA)."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.parts.https import HttpsServer, Reply, https_server
from tests.support.assertions import claims_for, form, mac, new_key, public, signed
from tests.support.checks import refused
from tests.support.configuration import secret_of
from tests.support.jose import unsigned
from tests.support.running import running_site
from tests.support.site import Site

KEY = new_key("RS256")
EC = new_key("ES256")
STRANGER = new_key("RS256")
SECRET = "a-secret-to-sign-with-of-more-than-32-bytes"
SERVICE = {"grant_type": "client_credentials", "scope": "read"}


def client(client_id: str, method: str = "private_key_jwt", **members: Any) -> dict[str, Any]:
    return {
        "client_id": client_id,
        "grant_types": ["client_credentials"],
        "token_endpoint_auth_method": method,
        "scope": "read",
        **members,
    }


CLIENTS = {
    "clients": [
        client("keyed", jwks={"keys": [public(KEY, kid="k1"), public(EC, kid="k2")]}),
        client("signing", "client_secret_jwt", client_secret=SECRET),
    ]
}


@pytest.fixture(scope="module")
def here(site: Site) -> Site:
    site.apply(CLIENTS)
    return site


def claims(site: Site, client_id: str = "keyed", **changes: Any) -> dict[str, Any]:
    return claims_for(client_id, changes.pop("aud", site.issuer), **changes)


def assertion(site: Site, client_id: str = "keyed", **changes: Any) -> str:
    return signed(claims(site, client_id, **changes), KEY, "RS256", kid="k1")


def token_request(site: Site, value: str, **more: str) -> Any:
    return site.post("token", {**SERVICE, **form(value), **more})


@pytest.mark.req("CA-06", "oidcc-ensure-client-assertion-with-iss-aud-succeeds")
@pytest.mark.parametrize("path", ["", "/oauth/token"])
def test_a_client_proves_itself_by_its_key(here: Site, path: str) -> None:
    by_rsa = token_request(here, assertion(here, aud=here.issuer + path))
    by_ec = token_request(here, signed(claims(here), EC, "ES256"))
    by_pss = token_request(here, signed(claims(here), KEY, "PS256"))

    assert [answer.status_code for answer in (by_rsa, by_ec, by_pss)] == [200, 200, 200]


def test_a_client_proves_itself_by_its_secret(here: Site) -> None:
    response = token_request(here, mac(claims(here, "signing"), SECRET))

    assert response.status_code == 200
    (row,) = here.sql("SELECT kind, value FROM client_secrets WHERE client_id = 'signing'")
    assert row["kind"] == "sealed"
    assert SECRET.encode() not in bytes(row["value"])


@pytest.mark.parametrize("endpoint", ["introspect", "revoke"])
def test_the_other_endpoints_take_it_too(here: Site, endpoint: str) -> None:
    response = here.post(endpoint, {"token": "x", **form(assertion(here))})

    assert response.status_code == 200


@pytest.mark.req("CA-05")
def test_a_second_use_is_refused(here: Site) -> None:
    value = assertion(here)

    first, second = token_request(here, value), token_request(here, value)
    elsewhere = here.post("introspect", {"token": "x", **form(value)})

    assert first.status_code == 200
    assert refused(second, "invalid_client", status=401)
    assert refused(elsewhere, "invalid_client", status=401)


@pytest.mark.req("CA-05")
@pytest.mark.parametrize("change", [{"scope": "admin"}, {"grant_type": "urn:x"}, {"resource": "x"}])
def test_a_refused_request_uses_its_assertion_up(here: Site, change: dict[str, str]) -> None:
    value = assertion(here)

    wrong = token_request(here, value, **change)
    again = token_request(here, value)

    assert wrong.status_code == 400
    assert refused(again, "invalid_client", status=401)


@pytest.mark.req("CA-05", "ST-11")
def test_of_twenty_at_once_one_is_served(postgresql_site: Site) -> None:
    postgresql_site.apply(CLIENTS)
    value = assertion(postgresql_site)

    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: token_request(postgresql_site, value), range(20)))

    assert sorted(answer.status_code for answer in answers) == [200] + [401] * 19


@pytest.mark.req("CA-06")
@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://other.example"},
        {"aud": ["https://other.example"]},
        {"aud": None},
        {"iss": "signing"},
        {"sub": "signing"},
        {"sub": None},
        {"iss": None},
    ],
)
def test_an_assertion_for_others_is_refused(here: Site, changes: dict[str, Any]) -> None:
    assert refused(token_request(here, assertion(here, **changes)), "invalid_client", status=401)


@pytest.mark.req("CA-07", "TK-01", "TK-03")
def test_forged_assertions_are_refused(here: Site) -> None:
    pem = KEY.as_pem(private=False).decode()  # type: ignore[union-attr]
    injected = {
        "jwk": public(STRANGER),
        "jku": "https://evil.example/",
        "x5u": "https://evil.example/",
    }
    forged = [
        unsigned(claims(here)),
        unsigned(claims(here), "nOnE"),
        signed(claims(here), STRANGER, "RS256", kid="k1"),
        signed(claims(here), KEY, "RS256", kid="k2"),
        signed(claims(here), KEY, "RS256", kid="unknown"),
        *(signed(claims(here), STRANGER, "RS256", **{name: injected[name]}) for name in injected),
        mac(claims(here), SECRET),
        mac(claims(here), pem.replace("-", "+")),
        mac(claims(here, "signing"), "another" * 6),
        mac(claims(here, "service"), secret_of("service")),
        signed(claims(here, "signing"), KEY, "RS256"),
        signed(claims(here, "nobody"), KEY, "RS256"),
    ]

    for value in forged:
        assert refused(token_request(here, value), "invalid_client", status=401)


@pytest.mark.req("CA-08")
@pytest.mark.parametrize(
    "shift",
    [
        {"exp": None},
        {"exp": -300},
        {"exp": 7200},
        {"nbf": 120},
        {"iat": -7200},
        {"iat": 120},
    ],
)
def test_times_have_bounds(here: Site, shift: dict[str, int | None]) -> None:
    now = int(time.time())
    changes: dict[str, Any] = {name: None if by is None else now + by for name, by in shift.items()}

    assert refused(token_request(here, assertion(here, **changes)), "invalid_client", status=401)


@pytest.mark.req("CA-09")
@pytest.mark.parametrize(
    "value",
    [
        "x",
        "..",
        "a.b.c",
        "a.b.c.d.e",
        "W10.W10.W10",
        "e30.e30.e30",
        "e30." * 9000,
        "\u00e9",
        "null",
    ],
)
def test_malformed_assertions_are_json_refusals(here: Site, value: str) -> None:
    response = token_request(here, value)

    assert refused(response, "invalid_client", status=401) or refused(response, "invalid_request")


@pytest.mark.req("CA-09")
@pytest.mark.parametrize("missing", ["client_assertion", "client_assertion_type"])
def test_half_of_it_is_refused(here: Site, missing: str) -> None:
    fields = {**SERVICE, **form(assertion(here))}
    del fields[missing]

    assert refused(here.post("token", fields), "invalid_request")


def test_discovery_lists_what_is_taken(here: Site) -> None:
    metadata = here.metadata()

    for endpoint in ("token", "introspection", "revocation"):
        methods = metadata[f"{endpoint}_endpoint_auth_methods_supported"]
        algs = metadata[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]
        assert {"private_key_jwt", "client_secret_jwt"} <= set(methods)
        by_size = {f"{kind}{size}" for kind in ("RS", "PS", "ES") for size in (256, 384, 512)}
        assert set(algs) == by_size | {"EdDSA", "Ed25519", "HS256"}


# -- keys behind a jwks_uri ---------------------------------------------------------------


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HttpsServer]:
    with https_server(tmp_path_factory.mktemp("client")) as running:
        yield running


@pytest.fixture(scope="module")
def calling_site(other: HttpsServer) -> Iterator[Site]:
    uri = other.origin + "/jwks"
    entries = {
        "resources": [{"identifier": "https://api.example", "name": "API", "scopes": ["read"]}],
        "clients": [
            client("fetched", jwks_uri=uri),
            client("cold", jwks_uri=other.origin + "/cold"),
            client("gone", jwks_uri=other.origin + "/gone"),
            client("moved", jwks_uri=other.origin + "/moved"),
            client("inside", jwks_uri="https://127.0.0.2/jwks"),
            client("cloud", jwks_uri="https://169.254.169.254/latest/meta-data"),
        ],
    }
    with running_site(
        entries=entries, OUTGOING_ALLOW=other.host_port, OUTGOING_CA_FILE=str(other.ca_file)
    ) as running:
        yield running


@pytest.mark.req("oidcc-registration-jwks-uri")
def test_keys_are_fetched_once_and_not_again_at_will(
    calling_site: Site, other: HttpsServer
) -> None:
    other.replies["/jwks"] = Reply(json.dumps({"keys": [public(KEY, kid="old")]}).encode())
    before = [
        token_request(
            calling_site, signed(claims(calling_site, "fetched"), KEY, "RS256", kid="old")
        )
        for _ in range(3)
    ]
    fetched = other.calls("/jwks")
    unknown = signed(claims(calling_site, "fetched"), EC, "ES256", kid="new")
    too_soon = token_request(calling_site, unknown)

    assert [answer.status_code for answer in before] == [200, 200, 200]
    assert fetched == 1
    assert refused(too_soon, "invalid_client", status=401)
    assert other.calls("/jwks") == 1


@pytest.mark.req("oidcc-refresh-token-rp-key-rotation")
def test_one_request_fetches_once_even_if_its_key_is_not_there(
    calling_site: Site, other: HttpsServer
) -> None:
    other.replies["/cold"] = Reply(json.dumps({"keys": [public(KEY, kid="old")]}).encode())
    unknown = signed(claims(calling_site, "cold"), EC, "ES256", kid="new")

    response = token_request(calling_site, unknown)

    assert refused(response, "invalid_client", status=401)
    assert other.calls("/cold") == 1


@pytest.mark.req("DR-02", "WH-01", "AR-01")
@pytest.mark.parametrize("client_id", ["gone", "moved", "inside", "cloud"])
def test_keys_that_cannot_be_had_are_a_plain_refusal(
    calling_site: Site, other: HttpsServer, client_id: str
) -> None:
    other.replies["/moved"] = Reply(status=302, headers={"Location": other.origin + "/target"})

    response = token_request(calling_site, assertion(calling_site, client_id))

    assert refused(response, "invalid_client", status=401)
    assert other.calls("/target") == 0
