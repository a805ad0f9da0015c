"""What a browser sends after a ceremony: whatever it is, it is read or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwell.identity.passkeys.errors import PasskeyRefused
from authwell.identity.passkeys.library import check_assertion, check_registration
from authwell.identity.passkeys.party import Party
from authwell.identity.passkeys.responses import CREATE, GET, read_response
from tests.support.authenticator import Authenticator, b64

PARTY = Party("as.example", "https://as.example", "Here")
OPTIONS = {
    "challenge": b64(b"c"),
    "rpId": PARTY.id,
    "rp": {"id": PARTY.id},
    "user": {"id": b64(b"u")},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3)
)
MEMBERS = st.sampled_from(
    ["id", "rawId", "type", "response", "clientDataJSON", "attestationObject", "signature"]
)


@given(sent=JSON | st.dictionaries(MEMBERS, JSON | st.dictionaries(MEMBERS, JSON)))
def test_any_json_is_refused_and_never_crashes(sent: object) -> None:
    for kind in (CREATE, GET):
        with pytest.raises(PasskeyRefused):
            read_response(sent, kind, PARTY)


@given(st.sampled_from(["authenticatorData", "signature"]), st.binary(max_size=300))
def test_any_bytes_are_refused_and_never_crash(name: str, value: bytes) -> None:
    key = Authenticator(PARTY.origin)
    made = check_registration(read_response(key.create(OPTIONS), CREATE, PARTY), PARTY)
    sent = key.get(OPTIONS)
    honest = read_response(sent, GET, PARTY)

    sent["response"][name] = b64(value)

    with pytest.raises(PasskeyRefused):
        check_assertion(read_response(sent, GET, PARTY), PARTY, made.public_key)
    with pytest.raises(PasskeyRefused):
        check_assertion(honest, PARTY, value)
    assert check_assertion(honest, PARTY, made.public_key).user_verified


@given(st.binary(max_size=300))
def test_any_user_handle_is_read_as_text(value: bytes) -> None:
    key = Authenticator(PARTY.origin)
    key.create(OPTIONS)
    key.user_handle = value

    response = read_response(key.get(OPTIONS), GET, PARTY)

    assert response.user_handle == value.decode("utf-8", "replace")
