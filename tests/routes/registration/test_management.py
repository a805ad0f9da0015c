"""Clients that manage their registration (RFC 7592), and what they cannot give themselves."""

from typing import Any

import pytest

from tests.routes.registration.portal import CALLBACK, CLASSIC, KEY, OPEN, PATH, Portal, error_of
from tests.support.assertions import public


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
