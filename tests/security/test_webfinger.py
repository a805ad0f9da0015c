"""WebFinger on a running server: who asks learns the issuer, and nothing of any account."""

import httpx2
import pytest

from authwell.protocol.webfinger import ISSUER_RELATION
from tests.support.site import Site


def ask(site: Site, resource: str | None, **more: str) -> httpx2.Response:
    params = ({} if resource is None else {"resource": resource}) | more
    return site.http.get(site.url(".well-known/webfinger"), params=params)


def test_an_identifier_leads_to_the_issuer(site: Site) -> None:
    response = ask(site, "acct:alice@localhost", rel=ISSUER_RELATION)

    assert response.status_code == 200
    assert response.headers["content-type"] == "application/jrd+json"
    assert response.headers["access-control-allow-origin"] == "*"
    assert response.headers["cache-control"] == "public, max-age=300"
    assert response.json() == {
        "subject": "acct:alice@localhost",
        "links": [{"rel": ISSUER_RELATION, "href": site.issuer}],
    }


@pytest.mark.req("BR-15")
def test_it_does_not_tell_who_has_an_account(site: Site) -> None:
    known, unknown = (ask(site, f"acct:{name}@localhost") for name in ("alice", "nobody"))

    assert known.status_code == unknown.status_code == 200
    assert known.text == unknown.text.replace("nobody", "alice")


def test_what_cannot_be_answered_says_why(site: Site) -> None:
    missing, malformed, unknown = (
        ask(site, resource) for resource in (None, "alice", "acct:alice@other.example")
    )
    twice = site.http.get(
        site.url(".well-known/webfinger?resource=acct:a@localhost&resource=acct:b@localhost")
    )

    answers = [missing, malformed, unknown, twice]
    assert [answer.status_code for answer in answers] == [400, 400, 404, 400]
    for answer in answers:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["access-control-allow-origin"] == "*"
