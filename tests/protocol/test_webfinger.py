"""RFC 7033 and OpenID Connect Discovery section 2: from an identifier to the issuer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwell.protocol.errors import InvalidRequest
from authwell.protocol.webfinger import ISSUER_RELATION, describe

ISSUER = "https://id.example:8443"
HOSTS = frozenset({"people.example"})


@pytest.mark.parametrize(
    "resource",
    [
        "acct:alice@id.example",
        "acct:alice@id.example:8443",
        "acct:alice@PEOPLE.example",
        "acct:alice%40home.example@people.example",
        "mailto:alice@people.example",
        "https://people.example/alice?x=1",
        "https://id.example:8443",
        "HTTPS://id.example/",
    ],
)
def test_whoever_is_of_our_hosts_is_led_to_the_issuer(resource: str) -> None:
    assert describe(ISSUER, HOSTS, resource, ()) == {
        "subject": resource,
        "links": [{"rel": ISSUER_RELATION, "href": ISSUER}],
    }


def test_another_relation_has_no_link() -> None:
    described = describe(ISSUER, HOSTS, "acct:alice@people.example", ("author",))

    assert described == {"subject": "acct:alice@people.example", "links": []}


@pytest.mark.parametrize(
    "resource",
    [
        "acct:alice@other.example",
        "acct:alice@id.example.evil.example",
        "acct:alice@people.example@evil.example",
        "https://people.example@evil.example/",
        "urn:people.example",
        "device:people.example",
    ],
)
def test_of_another_host_nothing_is_known(resource: str) -> None:
    assert describe(ISSUER, HOSTS, resource, ()) is None


@pytest.mark.parametrize(
    "resource",
    [
        "",
        "alice@people.example",
        "acct:",
        "acct:alice",
        "acct:@people.example",
        "acct:alice@people.example/x",
        "acct:a b@people.example",
        "acct:alice@pe\x00ople.example",
        "https:///x",
    ],
)
def test_a_malformed_identifier_is_refused(resource: str) -> None:
    with pytest.raises(InvalidRequest):
        describe(ISSUER, HOSTS, resource, ())


@given(st.text() | st.from_regex(r"(acct|https?|mailto):\S*", fullmatch=True))
def test_any_text_is_answered_or_refused(resource: str) -> None:
    try:
        described = describe(ISSUER, HOSTS, resource, ())
    except InvalidRequest:
        return
    assert described is None or described["subject"] == resource
