"""Proof Key for Code Exchange (RFC 7636), as RFC 9700 section 2.1.1 tightens it."""

from typing import Any

import pytest

from tests.support.checks import refused, sent_back
from tests.support.site import VERIFIER, Site, challenge_of

SPA: dict[str, Any] = {"redirect_uri": "https://spa.example/cb"}


@pytest.mark.req("B2", "1.2", "oidcc-ensure-request-with-valid-pkce-succeeds")
def test_challenge_and_verifier_give_tokens(site: Site) -> None:
    code = site.sign_in("spa", **SPA).code

    assert site.redeem(code, "spa", **SPA).status_code == 200


@pytest.mark.req("PK-01")
def test_a_public_client_needs_a_challenge(site: Site) -> None:
    response = site.authorize(
        site.browser(), "spa", **SPA, code_challenge=None, code_challenge_method=None
    )

    assert sent_back(response, "invalid_request")


@pytest.mark.req("PK-01")
def test_a_confidential_client_may_go_without(site: Site) -> None:
    code = site.sign_in(code_challenge=None, code_challenge_method=None).code

    assert site.redeem(code, code_verifier=None).status_code == 200


@pytest.mark.req("PK-02")
@pytest.mark.parametrize("client_id", ["web", "spa"])
def test_a_challenge_needs_its_verifier(site: Site, client_id: str) -> None:
    uri = SPA if client_id == "spa" else {}
    code = site.sign_in(client_id, **uri).code

    response = site.redeem(code, client_id, code_verifier=None, **uri)

    assert refused(response, "invalid_grant", "invalid_request")


@pytest.mark.req("PK-03")
def test_a_verifier_without_a_challenge_is_a_downgrade(site: Site) -> None:
    code = site.sign_in(code_challenge=None, code_challenge_method=None).code

    assert refused(site.redeem(code), "invalid_grant", "invalid_request")


@pytest.mark.req("PK-04", "DC-06")
@pytest.mark.parametrize("method", ["plain", None, "s256", "S512", ""])
def test_only_s256_is_taken(site: Site, method: str | None) -> None:
    response = site.authorize(site.browser(), code_challenge_method=method)

    assert sent_back(response, "invalid_request")
    assert site.metadata()["code_challenge_methods_supported"] == ["S256"]


@pytest.mark.req("PK-04")
def test_a_method_without_a_challenge_is_refused(site: Site) -> None:
    assert sent_back(site.authorize(site.browser(), code_challenge=None), "invalid_request")


@pytest.mark.req("PK-05")
@pytest.mark.parametrize(
    "verifier", [VERIFIER.swapcase(), VERIFIER + "0", VERIFIER[:-1], challenge_of(VERIFIER)]
)
def test_a_wrong_verifier_is_invalid_grant(site: Site, verifier: str) -> None:
    code = site.sign_in().code

    assert refused(site.redeem(code, code_verifier=verifier), "invalid_grant")


@pytest.mark.req("PK-05")
def test_an_empty_verifier_is_refused(site: Site) -> None:
    code = site.sign_in().code

    response = site.redeem(code, code_verifier="")

    assert refused(response, "invalid_grant", "invalid_request")


@pytest.mark.req("PK-06")
@pytest.mark.parametrize(
    "verifier", ["short", "a" * 42, "a" * 129, "a" * 50000, "ä" * 43, "a" * 42 + "=", "\x00" * 43]
)
def test_a_verifier_of_the_wrong_form_is_a_plain_refusal(site: Site, verifier: str) -> None:
    code = site.sign_in().code

    response = site.redeem(code, code_verifier=verifier)

    assert refused(response, "invalid_request", "invalid_grant")


@pytest.mark.req("PK-06")
@pytest.mark.parametrize(
    "challenge", ["short", "a" * 42, "a" * 44, "a" * 42 + "=", "a" * 42 + "+", "ä" * 43]
)
def test_a_challenge_of_the_wrong_form_is_invalid_request(site: Site, challenge: str) -> None:
    response = site.authorize(site.browser(), code_challenge=challenge)

    assert sent_back(response, "invalid_request")
