"""The signature of Standard Webhooks, by the vector of its reference libraries."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from authwell.utils import standard_webhooks
from authwell.utils.standard_webhooks import UnfitSecret, is_signed, is_timely, key_of, signed

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE_ID = "msg_p5jXN8AQM9LWM0D4loKWxJek"
AT = datetime.fromtimestamp(1614265330, UTC)
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.req("WH-05")
def test_the_vector_of_the_standard() -> None:
    headers = signed([key_of(SECRET)], MESSAGE_ID, AT, BODY)

    assert headers == {
        "webhook-id": MESSAGE_ID,
        "webhook-timestamp": "1614265330",
        "webhook-signature": SIGNATURE,
    }


@pytest.mark.req("WH-05")
def test_two_secrets_give_two_signatures_and_either_is_enough() -> None:
    old, new = key_of(SECRET), key_of(standard_webhooks.new_secret())

    headers = signed([new, old], MESSAGE_ID, AT, BODY)

    signatures = headers["webhook-signature"]
    assert len(signatures.split(" ")) == 2
    assert is_signed([old], MESSAGE_ID, "1614265330", signatures, BODY)
    assert is_signed([new], MESSAGE_ID, "1614265330", signatures, BODY)


@pytest.mark.req("WH-05")
@pytest.mark.parametrize(
    ("message_id", "timestamp", "body"),
    [
        ("msg_other", "1614265330", BODY),
        (MESSAGE_ID, "1614265331", BODY),
        (MESSAGE_ID, "1614265330", BODY + b" "),
    ],
)
def test_a_signature_is_good_for_its_id_time_and_body_only(
    message_id: str, timestamp: str, body: bytes
) -> None:
    assert not is_signed([key_of(SECRET)], message_id, timestamp, SIGNATURE, body)


@pytest.mark.req("WH-05")
def test_an_old_message_and_one_of_the_future_are_not_timely() -> None:
    assert is_timely("1614265330", AT + timedelta(seconds=299))
    assert not is_timely("1614265330", AT + timedelta(seconds=301))
    assert not is_timely("1614265330", AT - timedelta(seconds=301))


@given(st.text(), st.text(), st.text(), st.binary())
def test_no_text_crashes_the_check(
    message_id: str, timestamp: str, signatures: str, body: bytes
) -> None:
    assert not is_signed([key_of(SECRET)], message_id, timestamp, signatures, body)
    assert not is_timely(timestamp, AT) or timestamp.isdecimal()


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_AAAA", SECRET.removeprefix("whsec_"), "ä"])
def test_what_is_no_secret_is_refused(secret: str) -> None:
    with pytest.raises(UnfitSecret):
        key_of(secret)


def test_a_new_secret_is_one() -> None:
    assert len(key_of(standard_webhooks.new_secret())) == 32
