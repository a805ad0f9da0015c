"""Authorization codes (RFC 6749 section 4.1, RFC 9700 section 4.5): once, by the right client."""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import pytest

from tests.support.administration import Administration
from tests.support.browser import has_form
from tests.support.checks import bearer_refused, refused
from tests.support.configuration import CALLBACK, PASSWORD, client
from tests.support.jose import claims_of
from tests.support.site import Site

LONG_AGO = "2020-01-01 00:00:00.000000"


def digest(secret: str) -> bytes:
    """What is stored of a code or token."""
    return hashlib.sha256(secret.encode()).digest()


@pytest.mark.req("CD-01", "B3", "oidcc-codereuse")
def test_a_second_use_ends_what_the_first_one_gave(any_site: Site) -> None:
    site = any_site
    code = site.sign_in().code
    tokens = site.redeem(code).json()

    second = site.redeem(code)

    assert refused(second, "invalid_grant")
    assert bearer_refused(site.userinfo(tokens["access_token"]))
    assert site.introspect(tokens["access_token"]).json() == {"active": False}
    assert site.introspect(tokens["refresh_token"], "web").json() == {"active": False}
    assert refused(site.refresh(tokens["refresh_token"]), "invalid_grant")


@pytest.mark.req("CD-02", "ST-11")
def test_of_many_redemptions_at_once_one_succeeds(any_site: Site) -> None:
    codes = [any_site.sign_in().code for _ in range(3)]

    for code in codes:
        with ThreadPoolExecutor(20) as pool:
            responses = list(pool.map(any_site.redeem, [code] * 20))

        assert sorted(response.status_code for response in responses) == [200] + [400] * 19


@pytest.mark.req("CD-03")
def test_a_code_of_another_client_looks_unknown(site: Site) -> None:
    code = site.sign_in().code

    foreign = site.redeem(code, "code-only")
    unknown = site.redeem("code_" + "A" * 43, "code-only")

    assert refused(foreign, "invalid_grant")
    assert foreign.json() == unknown.json()


@pytest.mark.req("CD-04", "B3")
@pytest.mark.parametrize(
    "uri", ["https://app.example/second", "https://app.example/cb/", "", None, "x" * 5000]
)
def test_the_redirect_uri_must_be_that_of_the_request(site: Site, uri: str | None) -> None:
    code = site.sign_in("two-uris").code

    response = site.redeem(code, "two-uris", redirect_uri=uri)

    assert refused(response, "invalid_grant", "invalid_request")


@pytest.mark.req("CD-05")
def test_an_expired_code_is_refused(site: Site) -> None:
    code = site.sign_in().code
    site.sql(
        "UPDATE handles SET expires_at = :then WHERE digest = :digest",
        then=LONG_AGO,
        digest=digest(code),
    )

    assert refused(site.redeem(code), "invalid_grant")


@pytest.mark.req("CD-05", "B16", "Q-OAUTH2_AUTHORIZATION_CODE_EXPIRES")
def test_a_code_lives_for_a_minute(site: Site) -> None:
    code = site.sign_in().code

    (row,) = site.sql(
        "SELECT created_at, expires_at FROM handles WHERE digest = :digest", digest=digest(code)
    )

    begun, ended = (datetime.fromisoformat(str(row[name])) for name in ("created_at", "expires_at"))
    assert (ended - begun).total_seconds() <= 60


@pytest.mark.req("CD-06")
@pytest.mark.parametrize("change", ["shorter", "longer", "case", "prefix"])
def test_an_altered_code_or_token_is_refused(site: Site, change: str) -> None:
    def altered(secret: str) -> str:
        return {
            "shorter": secret[:-1],
            "longer": secret + "A",
            "case": secret[:-20] + secret[-20:].swapcase(),
            "prefix": secret.partition("_")[2],
        }[change]

    code = site.sign_in("opaque").code
    assert refused(site.redeem(altered(code), "opaque"), "invalid_grant")
    tokens = site.redeem(code, "opaque").json()
    assert not site.is_active(altered(tokens["access_token"]))
    assert bearer_refused(site.userinfo(altered(tokens["access_token"])))
    response = site.refresh(altered(tokens["refresh_token"]), "opaque")
    assert refused(response, "invalid_grant")
    assert site.is_active(tokens["access_token"])


@pytest.mark.req("CD-07", "oidcc-0-entropy")
def test_codes_are_long_and_differ_and_only_their_digest_is_stored(site: Site) -> None:
    browser = site.browser()
    codes = [site.sign_in(browser=browser).code for _ in range(20)]

    rows = site.sql("SELECT * FROM handles")

    assert len(set(codes)) == 20
    assert all(len(code.partition("_")[2]) == 43 for code in codes)
    assert {digest(code) for code in codes} <= {bytes(row["digest"]) for row in rows}
    assert not any(code in str(row) for row in rows for code in codes)


@pytest.mark.req("CD-08")
def test_an_injected_code_fails_by_its_verifier(site: Site) -> None:
    code = site.sign_in().code

    response = site.redeem(code, code_verifier="another-verifier-of-the-attacker-0123456789-abc")

    assert refused(response, "invalid_grant")


@pytest.mark.req("CD-08")
def test_a_code_carries_the_nonce_of_its_own_request(site: Site) -> None:
    tokens = site.redeem(site.sign_in(nonce="of-the-victim").code).json()

    assert claims_of(tokens["id_token"])["nonce"] == "of-the-victim"


@pytest.mark.req("CD-08")
def test_the_fifth_failed_check_uses_the_code_up(site: Site) -> None:
    code = site.sign_in().code
    wrong = "another-verifier-of-the-attacker-0123456789-abc"
    for _ in range(5):
        assert refused(site.redeem(code, code_verifier=wrong), "invalid_grant")

    assert refused(site.redeem(code), "invalid_grant")


@pytest.mark.req("CD-10")
@pytest.mark.parametrize("change", ["disabled", "locked", "new password"])
def test_an_account_that_changed_since_gets_no_token(
    site: Site, administration: Administration, person: str, change: str
) -> None:
    code = site.sign_in(username=person).code

    if change == "disabled":
        administration.disable_account(person)
    elif change == "locked":
        browser = site.browser()
        for _ in range(5):
            page = site.authorize(browser)
            browser.submit(page, {"username": person, "password": "wrong"})
    else:
        administration.set_password(person, PASSWORD + "2")

    assert refused(site.redeem(code), "invalid_grant")


@pytest.mark.req("CD-11")
def test_a_client_that_was_disabled_since_gets_no_token(
    site: Site, administration: Administration
) -> None:
    administration.create(client("ends"))
    code = site.sign_in("ends").code

    administration.disable_client("ends")

    response = site.redeem(code, "ends")
    assert refused(response, "invalid_client", status=401) or refused(response, "invalid_grant")


@pytest.mark.req("CD-11", "1.12")
def test_a_consent_that_was_taken_back_since_gives_no_token(
    site: Site, administration: Administration, person: str
) -> None:
    browser = site.browser()
    earlier = site.tokens("asks", username=person, browser=browser)
    code = site.sign_in("asks", username=person, browser=browser).code

    administration.revoke_consent(person, "asks")

    assert refused(site.redeem(code, "asks"), "invalid_grant")
    assert not site.is_active(earlier["access_token"])
    assert refused(site.refresh(earlier["refresh_token"], "asks"), "invalid_grant")
    assert has_form(site.authorize(browser, "asks"), "decision")


@pytest.mark.req("CD-09", "B18")
def test_a_used_code_stays_used_when_redis_is_emptied(redis_site: Site) -> None:
    code = redis_site.sign_in().code
    first = redis_site.redeem(code)

    redis_site.empty_redis()

    assert first.status_code == 200
    assert refused(redis_site.redeem(code), "invalid_grant")
    assert not redis_site.is_active(first.json()["access_token"])


@pytest.mark.req("CD-08")
def test_a_refused_client_authentication_does_not_burn_the_code(site: Site) -> None:
    code = site.sign_in("spa", redirect_uri="https://spa.example/cb").code
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
    refusal = site.post("token", fields, {"Authorization": "Basic c3BhOg=="})

    response = site.redeem(code, "spa", redirect_uri="https://spa.example/cb")

    assert refusal.status_code in (400, 401)
    assert response.status_code == 200
