"""Introspection, revocation and userinfo (RFC 7662, RFC 7009, OpenID Connect Core 5.3)."""

import hashlib
from typing import Any

import pytest

from tests.support.administration import Administration
from tests.support.checks import bearer_refused, refused
from tests.support.configuration import API
from tests.support.site import PUBLIC, Site

INACTIVE = {"active": False}
SPA: dict[str, Any] = {"redirect_uri": "https://spa.example/cb"}
Tokens = dict[str, Any]


def spa_tokens(site: Site) -> Tokens:
    """The tokens of a public client."""
    return dict(site.redeem(site.sign_in("spa", **SPA).code, "spa", **SPA).json())


@pytest.mark.req("B7", "1.7")
@pytest.mark.parametrize("hint", ["access_token", "refresh_token", "nonsense", None])
def test_introspection_describes_a_token(site: Site, hint: str | None) -> None:
    token = site.client_credentials("service", scope="read", resource=API)

    answer = site.introspect(token, "rs", token_type_hint=hint).json()

    assert answer["active"] is True
    assert (answer["client_id"], answer["sub"]) == ("service", "service")
    assert (answer["scope"], answer["aud"], answer["iss"]) == ("read", API, site.issuer)
    assert answer["token_type"] == "Bearer"
    assert isinstance(answer["exp"], int)


@pytest.mark.req("EP-01")
@pytest.mark.parametrize("client_id", sorted(PUBLIC))
def test_a_public_client_cannot_introspect(site: Site, client_id: str) -> None:
    token = spa_tokens(site)["access_token"]

    assert refused(site.introspect(token, client_id), "invalid_client", status=401)


@pytest.mark.req("EP-01")
def test_a_stranger_cannot_introspect(site: Site) -> None:
    token = site.client_credentials()

    response = site.post("introspect", {"token": token})

    assert refused(response, "invalid_client", status=401)


@pytest.mark.req("EP-02", "1.7")
def test_another_client_learns_nothing_of_a_token(site: Site) -> None:
    jwt = site.client_credentials("service", resource=API)
    opaque = site.tokens("opaque")["access_token"]

    assert site.introspect(jwt, "reader").json() == INACTIVE
    assert site.introspect(opaque, "web").json() == INACTIVE
    assert site.introspect(jwt, "service").json()["active"] is True
    assert site.introspect(jwt, "rs").json()["active"] is True
    assert site.introspect(opaque, "opaque").json()["active"] is True
    assert site.introspect(jwt, "monitor").json()["active"] is True


@pytest.mark.req("EP-02")
@pytest.mark.parametrize("client_id", ["rs", "monitor", "code-only"])
def test_a_refresh_token_is_known_to_its_own_client_only(site: Site, client_id: str) -> None:
    token = site.tokens()["refresh_token"]

    assert site.introspect(token, client_id).json() == INACTIVE
    assert site.introspect(token, "web").json()["active"] is True


@pytest.mark.req("EP-03")
@pytest.mark.parametrize(
    "token", ["garbage", "a.b.c", "rt_" + "A" * 43, "at_" + "A" * 43, "é", "0", "null", "\x00"]
)
def test_garbage_is_just_inactive(site: Site, token: str) -> None:
    response = site.introspect(token)

    assert response.status_code in (200, 400)
    assert response.status_code == 400 or response.json() == INACTIVE


@pytest.mark.req("EP-03", "B8")
@pytest.mark.parametrize("client_id", ["web", "opaque"])
def test_a_revoked_token_is_just_inactive(any_site: Site, client_id: str) -> None:
    token = any_site.tokens(client_id)["access_token"]

    revocation = any_site.revoke(token, client_id)

    assert revocation.status_code == 200
    assert any_site.introspect(token, client_id).json() == INACTIVE
    assert bearer_refused(any_site.userinfo(token))


@pytest.mark.req("EP-03")
def test_an_expired_opaque_token_is_just_inactive(site: Site) -> None:
    token = site.tokens("opaque")["access_token"]
    site.sql(
        "UPDATE access_tokens SET expires_at = '2020-01-01 00:00:00.000000' WHERE digest = :d",
        d=hashlib.sha256(token.encode()).digest(),
    )

    assert site.introspect(token, "opaque").json() == INACTIVE


@pytest.mark.req("EP-04", "1.7")
def test_revoking_a_foreign_token_does_nothing_and_tells_nothing(site: Site) -> None:
    tokens = site.tokens()
    unknown = site.revoke("rt_" + "A" * 43, "code-only")

    for token in (tokens["access_token"], tokens["refresh_token"]):
        foreign = site.revoke(token, "code-only")
        assert (foreign.status_code, foreign.content) == (unknown.status_code, unknown.content)

    assert site.is_active(tokens["access_token"])
    assert site.refresh(tokens["refresh_token"]).status_code == 200


@pytest.mark.req("EP-05", "1.7", "B18")
@pytest.mark.parametrize("client_id", ["web", "opaque"])
def test_access_tokens_die_with_their_refresh_token(any_site: Site, client_id: str) -> None:
    tokens = any_site.tokens(client_id)
    renewed = any_site.refresh(tokens["refresh_token"], client_id).json()

    any_site.revoke(renewed["refresh_token"], client_id, token_type_hint="refresh_token")

    for token in (tokens["access_token"], renewed["access_token"]):
        assert not any_site.is_active(token)
        assert bearer_refused(any_site.userinfo(token))
    assert refused(any_site.refresh(renewed["refresh_token"], client_id), "invalid_grant")


@pytest.mark.req("EP-05")
def test_a_public_client_may_revoke_its_own(site: Site) -> None:
    tokens = spa_tokens(site)

    response = site.revoke(tokens["refresh_token"], "spa")

    assert response.status_code == 200
    assert not response.content
    assert not response.headers.get("content-type", "").startswith("text/")
    assert refused(site.refresh(tokens["refresh_token"], "spa"), "invalid_grant")


@pytest.mark.req("EP-05", "B8")
@pytest.mark.parametrize("hint", ["access_token", "nonsense"])
def test_a_wrong_hint_does_not_save_a_token(site: Site, hint: str) -> None:
    tokens = site.tokens()

    site.revoke(tokens["refresh_token"], token_type_hint=hint)

    assert refused(site.refresh(tokens["refresh_token"]), "invalid_grant")


@pytest.mark.req("EP-06", "HT-09")
def test_machine_answers_are_not_stored(site: Site) -> None:
    token = site.client_credentials()
    answers = [
        site.token("service", grant_type="client_credentials"),
        site.token("service", grant_type="nonsense"),
        site.introspect(token),
        site.introspect("garbage"),
        site.post("introspect", {"token": token}),
        site.userinfo(token),
        site.userinfo(site.tokens()["access_token"]),
        site.revoke("garbage"),
    ]

    assert all("no-store" in answer.headers["cache-control"] for answer in answers)


@pytest.mark.req("EP-07")
def test_userinfo_wants_openid(site: Site) -> None:
    token = site.tokens("plain-oauth", scope="read", nonce=None)["access_token"]

    response = site.userinfo(token)

    assert response.status_code in (401, 403)
    assert "error=" in response.headers["www-authenticate"]


@pytest.mark.req("EP-07")
def test_userinfo_wants_a_person(site: Site) -> None:
    response = site.userinfo(site.client_credentials())

    assert response.status_code in (401, 403)


@pytest.mark.req("EP-07")
@pytest.mark.parametrize("change", ["deleted", "disabled"])
def test_userinfo_wants_a_live_account(
    site: Site, administration: Administration, person: str, change: str
) -> None:
    token = site.tokens(username=person)["access_token"]

    if change == "deleted":
        administration.delete_account(person)
    else:
        administration.disable_account(person)

    assert bearer_refused(site.userinfo(token))


@pytest.mark.req("EP-08", "BR-12")
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://app.example.evil"])
def test_userinfo_reflects_no_foreign_origin(site: Site, origin: str) -> None:
    token = spa_tokens(site)["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Origin": origin}

    response = site.http.get(site.endpoint("userinfo"), headers=headers)

    assert response.headers.get("access-control-allow-origin") != origin
    assert "access-control-allow-credentials" not in response.headers


@pytest.mark.req("EP-09")
@pytest.mark.parametrize("token", ['x", realm="evil', "x\tInjected: 1", "ü", "a b", "x" * 4000])
def test_challenges_repeat_nothing_of_the_request(site: Site, token: str) -> None:
    header = f"Bearer {token}".encode("latin-1")

    response = site.http.get(site.endpoint("userinfo"), headers=[(b"Authorization", header)])

    challenge = response.headers["www-authenticate"]
    assert response.status_code in (400, 401)
    assert challenge.startswith("Bearer")
    assert token not in challenge
    assert "evil" not in challenge
    assert "injected" not in response.headers


@pytest.mark.req("B8")
def test_revoking_an_unknown_token_is_a_success(site: Site) -> None:
    assert site.revoke("unknown").status_code == 200
